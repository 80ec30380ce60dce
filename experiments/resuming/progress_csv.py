"""progress.csv of a run: one file, however often the run was stopped, on a disk that may be full."""

import csv
import io
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stable_baselines3.common.logger import KVWriter, filter_excluded_keys

from ...saliency.whole_file import write_text
from ..reporting import Reporter

ENV_STEPS, SECONDS, SCORE = "time/total_timesteps", "time/time_elapsed", "eval/score_mean"
Row = dict[str, Any]
NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd]")  # letters that no log has; the last one stands for bytes that are not UTF-8


class LogError(ValueError):
    """A file is not a log of a training, or is damaged; the message says how."""


class ProgressCsv(KVWriter):
    """
    Writes what SB3 logs, a row each time. A new column is added to the rows before, too.

    Rows that cannot be written wait for the next one. So a full disk costs no rows unless the run ends before there is room.

    :param file: continued if it exists
    :param reporter: is told once if a row cannot be written
    """

    def __init__(self, file: Path, reporter: Reporter) -> None:
        self.file, self.reporter = file, reporter
        self.columns = list(read_rows(file)[0]) if file.exists() else []
        self._waiting: list[Row] = []
        self._told = False

    def write(self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0) -> None:
        self._waiting.append(filter_excluded_keys(key_values, key_excluded, "csv"))
        try:
            self._write_waiting()
        except OSError as error:
            if not self._told:
                self.reporter.say(f"warning: {self.file} cannot be written ({error}); training goes on, and its rows wait for room")
            self._told = True

    def _write_waiting(self) -> None:
        new = sorted({key for row in self._waiting for key in row} - set(self.columns))
        if new or not self.file.exists():
            columns = [*self.columns, *new]
            before = read_rows(self.file)[1] if self.file.exists() else []
            write_rows(self.file, columns, [*before, *self._waiting])
            self.columns = columns
        else:
            rows = _text(self.columns, self._waiting, header=False).encode()
            with self.file.open("r+b", buffering=0) as opened:  # a buffer would write its rest when the file is cut and closed
                end = _end_of_rows(opened)
                try:
                    while rows:
                        rows = rows[opened.write(rows) :]
                except OSError:
                    opened.truncate(end)  # half a row is worse than none
                    raise
        self._waiting = []

    def close(self) -> None:
        """Nothing is open between two rows."""


def continued(file: Path, later: Sequence[Path], env_steps: int) -> float:
    """
    Make one file of the log of a run that goes on, without the rows that the run is going to write again.

    :param file: progress.csv
    :param later: logs of later parts, as versions before this one wrote them; they are deleted
    :param env_steps: from which the run goes on
    :return: seconds of training up to there
    :raises OSError: if it cannot be written
    """
    columns: dict[str, None] = {}
    kept: list[Row] = []
    seconds, changed = 0.0, bool(later)
    for part in (file, *later):
        if not part.exists():
            continue
        names, rows = read_rows(part)
        columns |= dict.fromkeys(names)
        before, last = seconds, 0.0
        for row in rows:
            last = number(row.get(ENV_STEPS), last)
            if last > env_steps:
                changed = True
                continue
            if row.get(SECONDS):
                seconds = before + number(row[SECONDS], 0)
                row[SECONDS] = f"{seconds:g}" if before else row[SECONDS]
            kept.append(row)
    if changed and not kept:  # a log without a row would look damaged
        file.unlink(missing_ok=True)
    elif changed:
        write_rows(file, list(columns), kept)
    if changed:
        for part in later:
            part.unlink(missing_ok=True)
    return seconds


def read_rows(file: Path) -> tuple[list[str], list[Row]]:
    """The columns and the rows of a log. Half a row at its end, which a killed process left, is not one."""
    reader = csv.DictReader(io.StringIO(_whole_lines(file), newline=""))
    return list(reader.fieldnames or ()), [{name: row[name] for name in reader.fieldnames or ()} for row in reader]


def checked_rows(file: Path) -> list[Row]:
    """
    The rows of a log, as :func:`read_rows` gives them.

    :param file: progress.csv
    :raises LogError: if it is not a log of a training, or a row has more or fewer values than there are columns
    """
    text = _whole_lines(file)
    if NO_TEXT.search(text):
        raise LogError("it is not text")
    reader = csv.reader(io.StringIO(text, newline=""))
    rows: list[Row] = []
    try:
        columns = next(reader, [])
        for values in reader:
            if values and len(values) != len(columns):
                raise LogError(f"line {reader.line_num} has {len(values)} values for {len(columns)} columns")
            rows += [dict(zip(columns, values, strict=True))] if values else []
    except csv.Error as error:
        raise LogError(str(error)) from error
    if rows and ENV_STEPS not in columns:
        raise LogError(f"it has no column {ENV_STEPS}")
    return rows


def _whole_lines(file: Path) -> str:
    text = file.read_text(encoding="utf-8", errors="replace")
    return text[: text.rfind("\n") + 1]


def _end_of_rows(log: io.FileIO) -> int:
    """Where the next row begins. Half a row of a killed process is cut off, else the next one would be its end."""
    end = log.seek(0, io.SEEK_END)
    if end:
        log.seek(end - 1)
        if log.read(1) != b"\n":
            log.seek(0)
            end = log.read().rfind(b"\n") + 1
            log.truncate(end)
    return log.seek(end)


def write_rows(file: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Write a whole log."""
    write_text(file, _text(columns, rows, header=True))


def _text(columns: Sequence[str], rows: Sequence[Row], header: bool) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def number(text: Any, otherwise: Any) -> Any:
    """A finite number of a log, or ``otherwise`` where the log is empty or damaged."""
    try:
        read = float(text)
    except (TypeError, ValueError):
        return otherwise
    return read if math.isfinite(read) else otherwise
