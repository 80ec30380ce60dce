"""Which rows the table of an attack has: a victim, what is done to its canvases, how strongly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .methods.ladder import RUNGS, Effort
from .victims.victim import Victim

CLEAN, UNIFORM, GAUSSIAN, OCCLUSION, WORST = "clean", "uniform", "gaussian", "occlusion", "worst"
STRONGEST = ("score", "eot", "gradient", "frozen")  # the rung whose steps are doubled: the first that there is
Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Planned:
    """
    :param victim: its name
    :param attack: a rung of the ladder, ``clean``, ``uniform``, ``gaussian``, ``occlusion``, or ``worst`` of all rungs
    :param eps: largest change of a pixel; of Gaussian noise its standard deviation
    :param loss: that rises
    :param steps: of gradient ascent
    :param side: of the black square in pixels
    """

    victim: str
    attack: str
    eps: float = 0.0
    loss: str | None = None
    steps: int | None = None
    side: int | None = None

    @property
    def key(self) -> str:
        """Its name in files."""
        return " | ".join(str(getattr(self, name)) for name in ("victim", "attack", "eps", "loss", "steps", "side"))

    @property
    def is_rung(self) -> bool:
        """Whether its examples count for the worst of all."""
        return self.attack in RUNGS

    def text(self) -> str:
        """In a sentence."""
        parts = [self.victim, self.attack, self.loss, f"eps {self.eps:g}" if self.eps else None]
        parts += [f"{self.steps} steps" if self.steps else None, f"{self.side} pixels" if self.side else None]
        return ", ".join(filter(None, parts))


def planned_rows(
    victim: Victim, rungs: Sequence[str], losses: Sequence[str], eps: Sequence[float], sides: Sequence[int], effort: Effort
) -> list[Planned]:
    """
    The rows of a victim that are known from the start, the cheap ones first.

    :param victim: to be attacked
    :param rungs: of the ladder that can be used against it
    :param losses: for the rungs that take one
    :param eps: largest changes of a pixel
    :param sides: of black squares in pixels
    :param effort: of the attack
    """
    name = victim.name
    rows = [Planned(name, CLEAN), *(Planned(name, OCCLUSION, side=side) for side in sides)]
    rows += [Planned(name, noise, each) for each in eps for noise in (UNIFORM, GAUSSIAN)]
    for each in eps:
        for rung in rungs:
            if RUNGS[rung].has_loss:
                rows += [Planned(name, rung, each, loss, effort.steps) for loss in losses]
            else:
                rows.append(Planned(name, rung, each))
    return rows


def doubled_row(planned: Sequence[Planned], rows: Rows) -> Planned | None:
    """
    The row of the strongest gradient attack to be run again with twice the steps: the one whose accuracy is nearest to half of the
    clean one, where more steps have the most to gain.

    :param planned: of one victim
    :param rows: the finished rows by key
    :return: None if there is no such attack
    """
    strongest = next((name for name in STRONGEST if any(row.attack == name for row in planned)), None)
    if strongest is None:
        return None
    half = next(rows[row.key]["accuracy"] for row in planned if row.attack == CLEAN) / 2
    candidates = [row for row in planned if row.attack == strongest and row.loss == planned_loss(planned, strongest)]
    chosen = min(candidates, key=lambda row: abs(rows[row.key]["accuracy"] - half))
    return replace(chosen, steps=2 * (chosen.steps or 0))


def planned_loss(planned: Sequence[Planned], rung: str) -> str | None:
    """The first loss with which a rung is run."""
    return next(row.loss for row in planned if row.attack == rung)


def worst_rows(victim: Victim, eps: Sequence[float]) -> list[Planned]:
    """
    The worst over all rungs, for each canvas, at each eps.

    :param victim: that was attacked
    :param eps: largest changes of a pixel
    """
    return [Planned(victim.name, WORST, each) for each in eps]
