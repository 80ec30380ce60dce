"""What a callback shows in the active Weights & Biases run."""

import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

log = logging.getLogger(__name__)


class WandbLog:
    """
    Entries of a W&B run, in a section of their own. If W&B fails, this says so once and writes no more.

    :param section: of the keys, such as ``"saliency"``
    :param folder: which has everything in any case
    :param run: of W&B; None: the run that is active when this is made, if there is one; False: none
    """

    def __init__(self, section: str, folder: Path, run: Any = None) -> None:
        self.section, self.folder = section, folder
        # Nobody has started a run if nobody has imported wandb, and importing it takes a second.
        self._wandb: Any = sys.modules.get("wandb")
        active = None if self._wandb is None else self._wandb.run
        self.run: Any = active if run is None else run or None
        self.active = self.run is not None
        self._tried(self._define)

    def write(
        self,
        env_steps: int,
        figures: dict[str, float],
        pictures: dict[str, np.ndarray],
        video: Path | None = None,
        rows: Sequence[dict[str, Any]] = (),
    ) -> None:
        """
        One entry.

        :param env_steps: of training
        :param figures: by key
        :param pictures: (H, W, 3) uint8 by name in the section
        :param video: mp4
        :param rows: of a table, all with the same columns; the column ``map`` has the names of pictures
        """

        def send() -> None:
            wandb = self._wandb
            media: dict[str, Any] = {f"{self.section}/{name}": wandb.Image(picture) for name, picture in pictures.items()}
            if video is not None:
                media[f"{self.section}/video"] = wandb.Video(str(video), format="mp4")
            if rows:
                shown = [{**row, "map": wandb.Image(pictures[row["map"]])} for row in rows]
                media[f"{self.section}/table"] = wandb.Table(list(shown[0]), [list(row.values()) for row in shown])
            self.run.log({"global_step": env_steps, **figures, **media})

        self._tried(send)

    def _define(self) -> None:
        self.run.define_metric("global_step", hidden=True)
        self.run.define_metric(f"{self.section}/*", step_metric="global_step")

    def _tried(self, call: Callable[[], None]) -> None:
        if not self.active:
            return
        try:
            call()
        # W&B documents no closed set of errors: its own, those of its service's socket, of PIL and of moviepy. None of them may
        # end a training run of days, and the folder has the same files.
        except Exception as error:
            log.warning("W&B failed (%s); %s goes to %s only", error, self.section, self.folder)
            self.active = False
