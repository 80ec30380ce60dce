"""Real ink, and the steps in which an agent sees it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

UNIT = 3.0  # an observed move is this times the move in heights of the letter x, so that moves along a line are near 1/2


class InkError(ValueError):
    """A file with ink is damaged, or a folder has none."""


@dataclass(frozen=True)
class Ink:
    """
    What somebody wrote.

    :param text: what it says; empty if the files do not say it
    :param source: name of its file, and of the writing within the file if there are several
    :param strokes: points (M, 2) of each stroke, from the pen's going down to its going up, in the file's units; y points
        downwards, as in the files of both data sets
    """

    text: str
    source: str
    strokes: tuple[np.ndarray, ...]

    def steps(self, height: float) -> np.ndarray:
        """
        The ink as :class:`saccade.envs.tasks.pen.pen_strokes.PenStrokes` shows it.

        The move to the first point of a stroke leaves no ink. The first stroke begins at its first point, without such a move. A
        stroke of a single point, such as a dot, has a step that stays where it is and leaves ink.

        :param height: of the letter x, in the file's units
        :return: (T, 4) float32: dx, dy (to the right and upwards, in thirds of the height), pen down, end of a stroke
        :raises ValueError: if the height is not above 0
        """
        if not height > 0:
            raise ValueError(f"height is {height}; it must be above 0")
        points, down, ends = [], [], []
        for stroke in self.strokes:
            line = stroke if len(stroke) > 1 else np.repeat(stroke, 2, axis=0)
            points.append(line)
            down.append(np.arange(len(line)) > 0)
            ends.append(np.arange(len(line)) == len(line) - 1)
        moves = np.diff(np.concatenate(points), axis=0) * (UNIT / height, -UNIT / height)
        columns = [moves, np.concatenate(down)[1:, None], np.concatenate(ends)[1:, None]]
        return np.concatenate(columns, axis=1).astype(np.float32)


def damaged(file: Path, line: int, what: str) -> InkError:
    """The error of a damaged file, to be raised."""
    return InkError(f"{file}, line {line}: {what}")


def files_with_ink(folder: str | Path, pattern: str, what: str) -> list[Path]:
    """
    The files of a folder and of the folders in it, in order of their names.

    :param folder: to look in
    :param pattern: of the names
    :param what: the files hold, for the error
    :raises InkError: if there is no such folder, or no such file in it
    """
    if Path(folder).is_file():
        raise InkError(f"{folder} is a file; give the folder with {what}")
    if not Path(folder).is_dir():
        raise InkError(f"there is no folder {folder}; give the folder with {what}")
    found = sorted(path for path in Path(folder).rglob(pattern) if path.is_file())
    if not found:
        raise InkError(f"the folder {folder} has no file {pattern}; give the folder with {what}")
    return found


def number(text: str | None, file: Path, line: int, what: str) -> float:
    """
    A finite number in a file.

    :raises InkError: if it is none
    """
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise damaged(file, line, f"{what} is {text!r}; it must be a number")
    return value
