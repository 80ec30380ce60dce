"""All rows of one victim, one after the other. A finished row is not run again."""

import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch as th

from ..errors import OutputError
from ..reporting import Reporter
from .attack_pictures import draw_attacked_gazes
from .attack_record import AttackRecord
from .judging import Judged, judged
from .methods.harmless import gaussian_noise, occluded, uniform_noise
from .methods.ladder import RUNGS, Effort, Target, examples
from .methods.losses import LOSSES
from .planned_rows import CLEAN, GAUSSIAN, OCCLUSION, UNIFORM, WORST, Planned, doubled_row, planned_rows, worst_rows
from .victims.loaded_victims import Canvases
from .victims.victim import LookingVictim, Victim
from .worst_cases import WorstCases

SIDES = (8, 12, 16)  # pixels of the black squares


@dataclass(frozen=True)
class Campaign:
    """
    :param victim: that is attacked
    :param canvases: to change
    :param source: network whose examples are handed over, or None
    :param effort: of the attacks
    :param judged_draws: gazes with which each example is judged
    :param seed: of all random numbers
    :param folder: for the worst examples
    :param record: of the rows
    :param reporter: gets each row
    """

    victim: Victim
    canvases: Canvases
    source: Victim | None
    effort: Effort
    judged_draws: int
    seed: int
    folder: Path
    record: AttackRecord
    reporter: Reporter

    def run(self, rungs: Sequence[str], losses: Sequence[str], eps: Sequence[float]) -> None:
        """
        :param rungs: of the ladder
        :param losses: for the rungs that take one
        :param eps: largest changes of a pixel
        :raises OutputError: if a file cannot be written
        """
        planned = planned_rows(self.victim, rungs, losses, eps, SIDES, self.effort)
        for row in planned:
            self._finish(row)
        more = doubled_row(planned, self.record.rows)
        if more is not None:
            self._finish(more)
        for row in worst_rows(self.victim, eps) if rungs else ():
            self._finish(row)

    def picture(self, eps: float, count: int) -> None:
        """
        Draw the gaze before and after.

        :param eps: of the worst examples
        :param count: canvases; the victim has a gaze
        """
        clean, labels = self.canvases.images, self.canvases.labels
        changed = th.from_numpy(self._worst(eps).images).to(clean.device)
        path = self._file(eps).with_suffix(".png")
        draw_attacked_gazes(cast(LookingVictim, self.victim), clean, changed, labels, self._generator("pictures"), path, count)

    def _finish(self, row: Planned) -> None:
        """Run a row, unless it is there already."""
        there = row.key in self.record.rows
        if there and (not row.is_rung or row.key in self._worst(row.eps).attacks):
            return
        start = time.perf_counter()
        images = self._examples(row)
        found = judged(self.victim, images, self.canvases.labels, self.judged_draws, self._generator(f"judged {row.key}"))
        if row.is_rung:
            self._keep_worst(row, images, found)
        if there:  # only the worst examples were missing
            return
        self.record.add(row, found.figures(self.canvases.items), time.perf_counter() - start)
        figures = self.record.rows[row.key]
        error = figures["standard_error"]
        self.reporter.say(
            f"{row.text()}: {100 * figures['accuracy']:.1f}{'' if error is None else f' +- {100 * error:.1f}'} % right, "
            f"{100 * figures['majority']:.1f} % by majority, {figures['seconds']:.0f} s"
        )

    def _examples(self, row: Planned) -> th.Tensor:
        """The changed canvases of a row, (N, 1, H, W)."""
        shown, generator = self.canvases, self._generator(row.key)
        if row.attack == CLEAN:
            return shown.images
        if row.attack == OCCLUSION:
            return occluded(shown.images, shown.corners, row.side or 0, generator)
        if row.attack in (UNIFORM, GAUSSIAN):
            return (uniform_noise if row.attack == UNIFORM else gaussian_noise)(shown.images, row.eps, generator)
        if row.attack == WORST:
            return th.from_numpy(self._worst(row.eps).images).to(shown.images.device)
        effort = Effort(row.steps or self.effort.steps, self.effort.draws, self.effort.queries)
        loss = LOSSES[row.loss or "margin"]
        target = Target(self.victim, shown.images, shown.labels, row.eps, loss, effort, self.source)
        return examples(RUNGS[row.attack], target, generator)

    def _keep_worst(self, row: Planned, images: th.Tensor, found: Judged) -> None:
        file = self._file(row.eps)
        try:
            file.parent.mkdir(exist_ok=True)
            self._worst(row.eps).with_attack(row.key, images.cpu().numpy(), found.shares).save(file)
        except OSError as error:
            raise OutputError(f"{file} cannot be written: {error}") from error

    def _worst(self, eps: float) -> WorstCases:
        return WorstCases.load(self._file(eps), self.canvases.images.cpu().numpy().astype(np.float32))

    def _file(self, eps: float) -> Path:
        name = re.sub(r"[^\w.-]+", "-", self.victim.name)
        return self.folder / "examples" / f"{name}-eps-{eps:g}.npz"

    def _generator(self, key: str) -> th.Generator:
        """Random numbers that depend on the seed and the row alone, so that a stopped attack goes on to the same result."""
        digest = hashlib.sha256(f"{self.seed} {key}".encode()).digest()
        return th.Generator().manual_seed(int.from_bytes(digest[:7], "big"))
