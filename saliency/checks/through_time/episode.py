"""One episode with what is known of its steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import AlignmentError
from ...readers.entries import Observations
from ...statistics.alignment import NOBODY, checked_alignment


@dataclass(frozen=True)
class Episode:
    """
    One episode from its start, with the decisions that are asked about.

    :param observations: (T, ...) as the env gives them, or a dict of such
    :param decisions: rising steps, D of them
    :param inputs: (T,) bool, the steps that maps and rivals may point at, such as those of the reading phase; by default all, or
        those of a segment where segments are given
    :param segments: (T,) int, which segment each step belongs to, such as a stroke or a word; -1: none. Or None
    :param diagonal: (D,) for each decision the input step of the same place in the sequence, where that means something; -1: none
    :param alignment: (D,) for each decision the input step that it rests on, -1 for none. Or None
    :raises AlignmentError: if one of them does not fit the steps
    """

    observations: Observations
    decisions: Sequence[int]
    inputs: np.ndarray | None = None
    segments: np.ndarray | None = None
    diagonal: np.ndarray | None = None
    alignment: np.ndarray | None = None

    def __post_init__(self) -> None:
        steps, decisions = len(self), list(self.decisions)
        if not decisions or decisions != sorted(set(decisions)) or not 0 <= decisions[0] <= decisions[-1] < steps:
            raise AlignmentError(f"decisions must be rising steps from 0 to {steps - 1}, at least one, not {decisions}")
        for name in ("inputs", "segments"):
            marks = getattr(self, name)
            if marks is not None and np.shape(marks) != (steps,):
                raise AlignmentError(f"{name} have the shape {np.shape(marks)}; they must have one mark a step, ({steps},)")
        for said in (self.diagonal, self.alignment):
            if said is not None:
                checked_alignment(said, len(decisions), steps)

    def __len__(self) -> int:
        whole: Any = self.observations
        return len(next(iter(whole.values())) if isinstance(whole, dict) else whole)

    def candidates(self, decision: int) -> np.ndarray:
        """
        The steps that may be pointed at, rising; none lies after the decision.

        :param decision: its step
        """
        allowed = np.ones(len(self), dtype=bool) if self.inputs is None else np.asarray(self.inputs, dtype=bool)
        if self.segments is not None:
            allowed = allowed & (np.asarray(self.segments) != NOBODY)
        return np.flatnonzero(allowed[: decision + 1])

    def check_map(self, strengths: np.ndarray, name: str = "a map") -> None:
        """
        :param strengths: a map of its decisions through time, (D, T)
        :param name: of the map, for the message
        :raises AlignmentError: if it has another shape
        """
        if strengths.shape != (len(self.decisions), len(self)):
            raise AlignmentError(
                f"{name} has the shape {strengths.shape}; it must be ({len(self.decisions)}, {len(self)}), decisions by steps"
            )
