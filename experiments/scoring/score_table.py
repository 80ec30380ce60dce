"""scores.csv: a row for each game in which a run, or a model, was ever evaluated."""

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from ...saliency.whole_file import write_text
from ..errors import OutputError
from .played_games import PlayedGames
from .scores import GameScores, Scores

TABLE = "scores.csv"
COLUMNS = (
    "env_steps",  # of training
    "played_in",  # training or evaluate
    "kind",
    "probability",
    "gaze",
    "seed",
    "game",  # number in its evaluation, from 1
    "score",
    "length",  # env steps
    "frames",
    "trajectory",
    "distinct",  # yes, or no for a copy of an earlier game of the same evaluation
)
ONE_EVALUATION = ("env_steps", "played_in", "kind", "probability", "gaze", "seed")  # columns that tell one from another
Source = Literal["training", "evaluate"]
Row = dict[str, Any]


def add_games(file: Path, kinds: Sequence[PlayedGames], env_steps: int, source: Source, seed: int, gaze: str | None = None) -> None:
    """
    Add the games of an evaluation to a file; the other parameters are those of :func:`with_games`.

    :param file: scores.csv, which may not exist yet
    :raises OSError: if it cannot be written
    """
    with _alone(file):
        write_games(file, with_games(read_games(file), kinds, env_steps, source, seed, gaze))


def with_games(
    rows: Sequence[Row], kinds: Sequence[PlayedGames], env_steps: int, source: Source, seed: int, gaze: str | None = None
) -> list[Row]:
    """
    Rows with those of an evaluation at their end. Rows of an earlier one of the same weights, kind, gaze and seed are left out.

    :param rows: of earlier evaluations
    :param kinds: the games of each kind
    :param env_steps: of training
    :param source: what played them
    :param seed: of the games
    :param gaze: under which they were played; None for an agent without a gaze
    """
    about = {"env_steps": env_steps, "played_in": source, "gaze": gaze or "", "seed": seed}
    new = [
        {
            **about,
            "kind": played.kind.name,
            "probability": played.kind.probability,
            "game": game,
            "score": float(score),
            "length": int(length),
            "frames": "" if frames is None else frames,
            "trajectory": trajectory,
            "distinct": "yes" if is_first else "no",
        }
        for played in kinds
        for game, (score, length, frames, trajectory, is_first) in enumerate(
            zip(played.scores, played.lengths, played.frames, played.trajectories, played.is_first, strict=True), 1
        )
    ]
    replaced = {_key(row) for row in new}
    return [*(row for row in rows if _key(row) not in replaced), *new]


def check_table(file: Path) -> None:
    """
    Check that games can be added to a file, before any is played.

    :param file: scores.csv, which may not exist yet
    :raises OSError: if it is not such a table, or cannot be read or written
    """
    read_games(file)
    for path, needed in ((file, os.W_OK), (file.parent, os.W_OK | os.X_OK)):
        if path.exists() and not os.access(path, needed):
            raise OSError(f"{path} cannot be written to; allow it, or evaluate a copy of the run")


def forget_after(file: Path, env_steps: int) -> None:
    """
    Without the games that a training played after these env steps, because it is going to play them again.

    :param file: scores.csv, which may not exist yet
    :param env_steps: from which the run goes on
    :raises OSError: if it cannot be written
    """
    if not file.exists():
        return
    with _alone(file):
        rows = read_games(file)
        kept = [row for row in rows if row["played_in"] != "training" or int(row["env_steps"]) <= env_steps]
        if len(kept) < len(rows):
            write_games(file, kept)


def read_games(file: Path) -> list[Row]:
    """
    The rows of scores.csv as texts; none if there is no such file.

    :raises OSError: if it cannot be read, or is not such a table
    """
    if not file.exists():
        return []
    reader = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8", errors="replace"), newline=""))
    rows = list(reader)
    if tuple(reader.fieldnames or ()) != COLUMNS or not all((row["env_steps"] or "").isdigit() for row in rows):
        raise OSError(f"{file} is not a table of games; move it")
    return rows


def write_games(file: Path, rows: list[Row]) -> None:
    """Write all rows."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(file, text.getvalue())


def _key(row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ONE_EVALUATION)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """A training and an evaluation may add games at the same time: each waits for the other."""
    try:
        with FileLock(file.with_name(f".{file.name}.lock"), timeout=30):
            yield
    except Timeout as error:
        raise OSError(f"{file} is being written by another process") from error


def keep_report(scores: Scores, report: Path, table: Path, changed: Mapping[str, Any]) -> None:
    """
    Write the report of an evaluation, and each game into the table of scores.

    :param scores: that were found
    :param report: JSON file
    :param table: scores.csv of the run
    :param changed: more entries of the report, of what was changed
    :raises OutputError: if one of them cannot be written
    """
    try:
        report.parent.mkdir(exist_ok=True)
        write_text(report, json.dumps({**scores.figures(), **changed}, indent=1))
    except OSError as error:
        raise OutputError(f"{report} cannot be written: {error}") from error
    if isinstance(scores, GameScores):
        try:
            add_games(table, scores.played, scores.env_steps, "evaluate", scores.seed, scores.gaze)
        except OSError as error:
            raise OutputError(f"{table} cannot be written: {error}; the scores are kept in {report}") from error
