"""The training of a CNN on fresh canvases, which can be stopped and go on."""

import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch as th
from torch import nn

from ...agents.updates.acceleration import Acceleration
from ...envs.counter_random import uniforms
from ...saliency.whole_file import whole_file
from ..errors import OutputError
from ..reporting import SILENT, Reporter
from ..setup.gaze_envs import SEEDS_APART
from .canvases import DigitsGame
from .network import answers_cross_entropy
from .plateau import Plateau

LOGS = 10  # lines about the loss
SAVED_EVERY = 60.0  # seconds
CHECKS = 20  # of the validation error, if all updates are done
FALL = 0.1  # of the learning rate, when the error has stopped falling


class Fitting:
    """
    Cross-entropy by Adam on a fresh batch of canvases in every update. The learning rate falls to 0 linearly; with a check it is
    constant, falls to a tenth when the error has stopped falling, and then the training ends, with the weights of its lowest error.

    The number of an update determines its canvases, so a training that goes on from a file sees what it would have seen.

    :param network: to train
    :param game: draws the canvases
    :param updates: in all; with a check at most
    :param batch_size: canvases in an update
    :param learning_rate: at the start
    :param seed: of the canvases
    :param check: gives the error on validation digits; None to train for all updates
    :ivar plateau: of the checks; None without
    :ivar done: updates so far
    :ivar seconds: of training so far
    """

    def __init__(
        self,
        network: nn.Module,
        game: DigitsGame,
        updates: int,
        batch_size: int,
        learning_rate: float,
        seed: int,
        *,
        check: Callable[[], float] | None = None,
    ) -> None:
        self.network, self.game, self.updates, self.check = network, game, updates, check
        self.optimizer = th.optim.Adam(network.parameters(), lr=learning_rate)
        at_end = 0.0 if check is None else 1.0
        self.rate = th.optim.lr_scheduler.LinearLR(self.optimizer, 1.0, at_end, updates)
        self.plateau = None if check is None else Plateau()
        self.best = deepcopy(network.state_dict())
        self.acceleration = Acceleration(game.device, game.observation_space, compile=False)
        self.keys = th.arange(batch_size, device=game.device) + seed * max(SEEDS_APART, batch_size)
        self.done, self.seconds = 0, 0.0

    @property
    def has_ended(self) -> bool:
        """Whether all updates and checks are done, or the error has stopped falling."""
        return (self.done >= self.updates and not self._is_due) or (self.plateau is not None and self.plateau.converged)

    @property
    def _is_due(self) -> bool:
        """Whether a check comes next. One that was interrupted comes again."""
        return self.plateau is not None and len(self.plateau.errors) < self.done // max(self.updates // CHECKS, 1)

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
            while not self.has_ended:
                if self._is_due:
                    self._check(reporter)
                    continue
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
        if self.plateau is not None and self.plateau.errors:
            self.network.load_state_dict(self.best)

    def _check(self, reporter: Reporter) -> None:
        """Look at the validation error, and keep weights, lower the rate or end the training as it says."""
        assert self.check is not None  # otherwise none is due
        assert self.plateau is not None
        error = self.check()
        reporter.say(f"{self.done * len(self.keys):,} canvases: {error:.2f} % of some validation digits wrong")
        verdict = self.plateau.see(error)
        if verdict == "better":
            self.best = deepcopy(self.network.state_dict())
        elif verdict == "fall":
            self.network.load_state_dict(self.best)
            for group in self.optimizer.param_groups:
                group["lr"] *= FALL

    def _update(self) -> th.Tensor:
        update = self.done
        images, answers = self.game.draw(uniforms(self.keys, th.full_like(self.keys, update), self.game.draws))
        with self.acceleration.autocast():
            logits = self.network(images.contiguous(memory_format=th.channels_last) / 255)
        loss = answers_cross_entropy(logits.float(), answers)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.rate.step()
        self.done += 1
        return loss.detach()

    def _parts(self) -> dict[str, Any]:
        plateau = {} if self.plateau is None else {"plateau": self.plateau}
        return {"network": self.network, "optimizer": self.optimizer, "rate": self.rate, **plateau}

    def _save(self, file: Path, about: dict[str, Any]) -> None:
        state = {name: part.state_dict() for name, part in self._parts().items()}
        try:
            with whole_file(file) as part:
                th.save({"about": about, "done": self.done, "seconds": self.seconds, "best": self.best, **state}, part)
        except OSError as error:
            raise OutputError(f"{file} cannot be written: {error}") from error

    def _restore(self, file: Path, about: dict[str, Any]) -> None:
        try:
            kept = th.load(file, map_location=self.game.device, weights_only=True)
        except Exception as error:  # a damaged file raises anything; the message names it
            raise OutputError(f"{file} is damaged: {error}; remove it to start this training again") from error
        if not isinstance(kept, dict) or kept.get("about") != about:
            raise OutputError(f"{file} is of another training; remove it, or choose another folder")
        missing = {*self._parts(), "best", "done", "seconds"} - kept.keys()
        if missing:
            raise OutputError(f"{file} has no {', '.join(sorted(missing))}; remove it to start this training again")
        for name, part in self._parts().items():
            part.load_state_dict(kept[name])
        self.best = kept["best"]
        self.done, self.seconds = kept["done"], kept["seconds"]
