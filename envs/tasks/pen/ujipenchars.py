"""
Real characters: UJIpenchars2 by Prat, Castro, Llorens, Marzal and Vilar (2009), from the UCI repository. It has 11,640 characters
of 60 hands.

A character is ``WORD a trn_UJI_W01-01``, ``NUMSTROKES 2``, and for each stroke ``POINTS 3 # x y x y x y``, a line each. Lines that
begin with ``//`` are comments.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .ink import Ink, InkError, damaged, files_with_ink, number

PATTERN = "[uU][jJ][iI]penchars*"
NO_INK = {".names", ".html", ".pdf", ".zip"}  # files beside the data


def read_ujipenchars(folder: str | Path) -> list[Ink]:
    """
    All characters of the files ``ujipenchars*`` in a folder.

    :raises InkError: if there is no such file, or if one is damaged: with its name and line
    """
    files = [file for file in files_with_ink(folder, PATTERN, "the file ujipenchars2.txt") if file.suffix not in NO_INK]
    inks = [ink for file in files for ink in _characters(file)]
    if not inks:
        raise InkError(f"the files ujipenchars* in {folder} have no character; give the folder with the file ujipenchars2.txt")
    return inks


def _characters(file: Path) -> Iterator[Ink]:
    lines = _lines(file)
    for at, words in lines:
        if words[0] != "WORD" or len(words) != 3:
            raise damaged(file, at, f"{' '.join(words)[:40]!r} stands where a line 'WORD character name' must be")
        at, (count,) = _values(lines, file, at, "NUMSTROKES", 1)
        strokes = []
        for _ in range(_count(count, file, at, "the number of strokes")):
            at, (points, mark, *places) = _values(lines, file, at, "POINTS", 2)
            expected = _count(points, file, at, "the number of points")
            if mark != "#" or len(places) != 2 * expected:
                raise damaged(file, at, f"{expected} points need '#' and {2 * expected} numbers, and there are {len(places)}")
            strokes.append(np.array([number(place, file, at, "a place") for place in places]).reshape(-1, 2))
        yield Ink(words[1], f"{file.name} {words[2]}", tuple(strokes))


def _lines(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Numbers and words of the lines that are not comments."""
    try:
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        bad = 1 + error.object[: error.start].count(b"\n")
        raise damaged(file, bad, "it is not text in UTF-8") from error
    for i, line in enumerate(text.splitlines()):
        if line.strip() and not line.lstrip().startswith("//"):
            yield i + 1, line.split()


def _values(lines: Iterator[tuple[int, list[str]]], file: Path, before: int, name: str, least: int) -> tuple[int, list[str]]:
    """What follows the name in the next line."""
    at, words = next(lines, (before + 1, ["the end of the file"]))
    if words[0] != name or len(words) <= least:
        raise damaged(file, at, f"{' '.join(words)[:40]!r} stands where a line {name!r} must be")
    return at, words[1:]


def _count(text: str, file: Path, line: int, what: str) -> int:
    value = number(text, file, line, what)
    if value < 1 or value != int(value):
        raise damaged(file, line, f"{what} is {text}; it must be a whole number of at least 1")
    return int(value)
