"""What decisions of one event rest on, step by step back in time: figures, arrays and pictures."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..map_key import JACOBIAN
from ..pictures.layout import contact_sheet
from ..pictures.text import paragraph
from ..pictures.time_picture import OF_JACOBIAN, time_square
from ..statistics.memory_statistics import lag_profile, mean_lag, peak_lag

SECTION = "through_time"  # of curves, pictures and arrays
Through = tuple[str, str]  # head and method


@dataclass(frozen=True)
class MemoryRecord:
    """
    Maps through time of some decisions in a stretch of play.

    :param norms: {(head, method): (T_out, T), non-negative}
    :param outputs: (T_out,) the steps of the decisions, rising
    :param starts: (T,) whether an episode starts there; None if it is not known
    :param drawings: {head: (H, W, 3) uint8}, of the last decision, as the env draws episodes
    :param doubt: what was assumed of the memory; empty if nothing was
    """

    norms: Mapping[Through, np.ndarray]
    outputs: np.ndarray
    starts: np.ndarray | None = None
    drawings: Mapping[str, np.ndarray] = field(default_factory=dict)
    doubt: str = ""

    def figures(self) -> dict[str, float]:
        """{curve: value}: the mean lag and the lag of the largest mean norm; none of norms that are all zero or not finite."""
        found = {}
        for (head, method), norms in self.norms.items():
            mean = mean_lag(norms, self.outputs)
            if np.isfinite(mean):
                found[f"{SECTION}/{head}/{method}/mean_lag"] = mean
                found[f"{SECTION}/{head}/{method}/peak_lag"] = float(peak_lag(self.profile(head, method)))
        return found

    def profile(self, head: str, method: str = JACOBIAN) -> np.ndarray:
        """
        The mean norm by lag.

        :param head: of the maps
        :param method: of the maps
        :return: (L,) from lag 0 on
        """
        return lag_profile(self.norms[head, method], self.outputs, self.starts)

    def arrays(self) -> dict[str, np.ndarray]:
        """What an event's file keeps: norms and lag profiles by head and method, the decisions, and where episodes start."""
        kept = {f"{SECTION}/norms/{head}/{method}": x.astype(np.float32) for (head, method), x in self.norms.items()}
        kept |= {f"{SECTION}/profile/{head}/{method}": self.profile(head, method).astype(np.float32) for head, method in self.norms}
        starts = {} if self.starts is None else {f"{SECTION}/starts": self.starts}
        return {**kept, f"{SECTION}/outputs": np.asarray(self.outputs), **starts}

    def pictures(self) -> dict[str, np.ndarray]:
        """(H, W, 3) uint8 by name: a square for each map, and the drawings of the env."""
        note = f" In this stretch {self.doubt}." if self.doubt else ""
        squares = {}
        for (head, method), norms in self.norms.items():
            strength = (OF_JACOBIAN if method == JACOBIAN else f"the strength by {method} of one step for another") + note
            squares[f"{SECTION}/{head}/{method}"] = time_square(norms, f"{head}, {method}", self.starts, self.outputs, strength)
        return squares | {f"{SECTION}/{head}/drawing": self._explained(head, drawing) for head, drawing in self.drawings.items()}

    def sheet(self) -> np.ndarray:
        """All pictures below each other."""
        return contact_sheet(list(self.pictures().values()))

    def _explained(self, head: str, drawing: np.ndarray) -> np.ndarray:
        told = f"What {head} rests on at step {int(self.outputs[-1])}, drawn by the env: its episode, each step by its strength."
        return contact_sheet([paragraph(told, max(drawing.shape[1], 320)), drawing])
