"""progress.csv of a run that is going on: each row is read once."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from ...saliency.page.score_rows import EVALUATION
from ...saliency.records.growing_folder import Mark, mark_of
from ..resuming.progress_csv import ENV_STEPS, SCORE, number

TRAINING = "rollout/ep_rew_mean"
MOST_BYTES = 64 * 2**20  # that are read at once
LONGEST_END = 1024  # bytes by which a file is known again
LARGEST = 1e300  # of numbers that are shown, so that their differences are finite too
FINEST = 500  # points of the training return in a run


@dataclass(frozen=True)
class Point:
    """
    :param env_steps: of training
    :param figures: {curve: value}
    """

    env_steps: int
    figures: dict[str, float]


@dataclass
class GrowingProgress:
    """
    :param file: progress.csv; it may be missing at first
    :ivar points: scores and returns, in order
    :ivar env_steps: done so far
    :ivar score: mean of the latest evaluation; None before the first
    :ivar scored_at: env steps of the latest evaluation
    :ivar generation: is raised when the file was written anew, so that the points are others
    """

    file: Path
    points: list[Point] = field(default_factory=list)
    env_steps: int = 0
    score: float | None = None
    scored_at: int | None = None
    generation: int = 0
    _columns: list[str] = field(default_factory=list)
    _start: bytes = b""  # of the file: its columns
    _end: bytes = b""  # of what was read
    _offset: int = 0
    _mark: Mark | None = None  # of the file at the latest look
    _returned_at: int | None = None

    def look(self, total: int | None) -> None:
        """
        Read the rows that are new. Half a row at the end is left for the next look. With a new column there is a new file, which is
        read from its start.

        :param total: env steps of the whole run, if they are known
        """
        mark = mark_of(self.file)
        if mark is None or mark == self._mark:
            return
        try:
            with self.file.open("rb") as opened:
                if not self._goes_on(opened):
                    self.__dict__.update(GrowingProgress(self.file, generation=self.generation + 1).__dict__)
                opened.seek(self._offset)
                data = opened.read(MOST_BYTES)
        except OSError:  # it is being replaced
            return
        self._mark = mark if len(data) < MOST_BYTES else None
        self._read(data[: data.rfind(b"\n") + 1], total)

    def _goes_on(self, opened: BinaryIO) -> bool:
        """
        Whether a file is the one that was read so far, with more at its end. Its number does not say so: a file system may give a
        new file the number of one that is gone.
        """
        begins_alike = opened.read(len(self._start)) == self._start
        opened.seek(self._offset - len(self._end))
        return begins_alike and opened.read(len(self._end)) == self._end

    def _read(self, data: bytes, total: int | None) -> None:
        if not self._start:
            self._start = data[: data.find(b"\n") + 1]
        self._offset += len(data)
        self._end = (self._end + data)[-LONGEST_END:]
        rows = csv.reader(io.StringIO(data.decode("utf-8", "replace"), newline=""))
        try:
            for row in rows:
                if self._columns:
                    self._take(dict(zip(self._columns, row, strict=False)), total)
                else:
                    self._columns = row
        except csv.Error:  # no log of ours; what was read stays
            return

    def _take(self, row: dict[str, Any], total: int | None) -> None:
        env_steps = _number(row.get(ENV_STEPS))
        if env_steps is not None:
            self.env_steps = int(env_steps)
        score, returned = _number(row.get(SCORE)), _number(row.get(TRAINING))
        figures = {}
        if score is not None:
            self.score, self.scored_at = score, self.env_steps
            figures[EVALUATION] = score
        apart = (total or 0) // FINEST  # whole, because a number of any length may stand in config.yml
        if returned is not None and (self._returned_at is None or self.env_steps - self._returned_at >= apart):
            self._returned_at = self.env_steps
            figures["scores/training_return"] = returned
        if figures:
            self.points.append(Point(self.env_steps, figures))


def _number(text: Any) -> float | None:
    value: float | None = number(text, None)
    return value if value is not None and abs(value) < LARGEST else None
