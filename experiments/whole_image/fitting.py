"""The training of a CNN on fresh canvases, which can be stopped and go on."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch as th
from torch import nn
from torch.nn import functional as F

from ...agents.updates.acceleration import Acceleration
from ...envs.counter_random import uniforms
from ...envs.tasks.cluttered_mnist import ClutteredMNIST
from ...saliency.whole_file import whole_file
from ..errors import OutputError
from ..reporting import SILENT, Reporter
from ..setup.gaze_envs import SEEDS_APART

LOGS = 10  # lines about the loss
SAVED_EVERY = 60.0  # seconds


class Fitting:
    """
    Cross-entropy by Adam on a fresh batch of canvases in every update. The learning rate falls to 0 linearly.

    The number of an update determines its canvases, so a training that goes on from a file sees what it would have seen.

    :param network: to train
    :param game: draws the canvases
    :param updates: in all
    :param batch_size: canvases in an update
    :param learning_rate: at the start
    :param seed: of the canvases
    :ivar done: updates so far
    :ivar seconds: of training so far
    """

    def __init__(
        self, network: nn.Module, game: ClutteredMNIST, updates: int, batch_size: int, learning_rate: float, seed: int
    ) -> None:
        self.network, self.game, self.updates = network, game, updates
        self.optimizer = th.optim.Adam(network.parameters(), lr=learning_rate)
        self.rate = th.optim.lr_scheduler.LinearLR(self.optimizer, 1.0, 0.0, updates)
        self.acceleration = Acceleration(game.device, game.observation_space, compile=False)
        self.keys = th.arange(batch_size, device=game.device) + seed * max(SEEDS_APART, batch_size)
        self.done, self.seconds = 0, 0.0

    def run(self, reporter: Reporter = SILENT, file: Path | None = None, about: Mapping[str, Any] | None = None) -> None:
        """
        Train to the end.

        :param reporter: gets the loss
        :param file: keeps the state, once a minute and when the training ends or is interrupted; None for none
        :param about: what identifies the training; a file of another one is refused
        :raises OutputError: if the file is of another training, is damaged or cannot be written
        """
        if file is not None and file.exists():
            self._restore(file, dict(about or {}))
        before, start = self.seconds, time.perf_counter()
        saved = start
        try:
            while self.done < self.updates:
                loss = self._update()
                self.seconds = before + time.perf_counter() - start
                if (self.done - 1) % max(self.updates // LOGS, 1) == 0:
                    reporter.say(f"{(self.done - 1) * len(self.keys):,} canvases: loss {loss.item():.3f}")
                if file is not None and time.perf_counter() - saved >= SAVED_EVERY:
                    self._save(file, dict(about or {}))
                    saved = time.perf_counter()
        finally:
            if file is not None:
                self._save(file, dict(about or {}))

    def _update(self) -> th.Tensor:
        update = self.done
        images, labels, _ = self.game.canvas.draw(uniforms(self.keys, th.full_like(self.keys, update), self.game.draws))
        with self.acceleration.autocast():
            logits = self.network(images[:, None].contiguous(memory_format=th.channels_last) / 255)
        loss = F.cross_entropy(logits.float(), labels)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.rate.step()
        self.done += 1
        return loss.detach()

    def _parts(self) -> dict[str, Any]:
        return {"network": self.network, "optimizer": self.optimizer, "rate": self.rate}

    def _save(self, file: Path, about: dict[str, Any]) -> None:
        state = {name: part.state_dict() for name, part in self._parts().items()}
        try:
            with whole_file(file) as part:
                th.save({"about": about, "done": self.done, "seconds": self.seconds, **state}, part)
        except OSError as error:
            raise OutputError(f"{file} cannot be written: {error}") from error

    def _restore(self, file: Path, about: dict[str, Any]) -> None:
        try:
            kept = th.load(file, map_location=self.game.device, weights_only=True)
        except Exception as error:  # a damaged file raises anything; the message names it
            raise OutputError(f"{file} is damaged: {error}; remove it to start this training again") from error
        if not isinstance(kept, dict) or kept.get("about") != about:
            raise OutputError(f"{file} is of another training; remove it, or choose another folder")
        for name, part in self._parts().items():
            part.load_state_dict(kept[name])
        self.done, self.seconds = kept["done"], kept["seconds"]
