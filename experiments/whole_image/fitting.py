"""The training of a network on fresh canvases, which can be stopped and go on."""

import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch as th
from torch import nn

from ...agents.updates.acceleration import Acceleration
from ...agents.updates.gradient_clipping import clip_gradients
from ...envs.counter_random import uniforms
from ...envs.tasks.naming.naming_game import NamingGame
from ...saliency.whole_file import whole_file
from ..errors import OutputError
from ..reporting import SILENT, Reporter
from ..setup.device_and_seed import SEEDS_APART
from .looks import answers_of, loss_of
from .plateau import Plateau

LOGS = 10  # lines about the loss
SAVED_EVERY = 60.0  # seconds
CHECKS = 20  # of the validation error, if all updates are done
FALL = 0.1  # of the learning rate, when the error has stopped falling
MOST_GRADIENT = 5.0  # norm, of recurrent networks, as REINFORCE clips it


class Fitting:
    """
    Cross-entropy by Adam on a fresh batch of canvases in every update. The learning rate falls to 0 linearly. With ``early_stop``
    it is constant, falls to a tenth when the error has stopped falling, and then the training ends, with the weights of its lowest
    error.

    The number of an update determines its canvases, so a training that goes on from a file sees what it would have seen.

    :param network: to train
    :param game: draws the canvases
    :param updates: in all; with ``early_stop`` at most
    :param batch_size: canvases in an update
    :param learning_rate: at the start
    :param seed: of the canvases
    :param check: gives the error on validation digits, for the curve and for ``early_stop``; None for neither
    :param early_stop: whether a check may end the training
    :ivar plateau: of the checks; None without ``early_stop``
    :ivar curve: of each check the ``images`` and ``seconds`` so far and the ``error_percent``
    :ivar done: updates so far
    :ivar seconds: of training so far
    """

    def __init__(
        self,
        network: nn.Module,
        game: NamingGame,
        updates: int,
        batch_size: int,
        learning_rate: float,
        seed: int,
        *,
        check: Callable[[], float] | None = None,
        early_stop: bool = True,
    ) -> None:
        self.network, self.game, self.updates, self.check = network, game, updates, check
        self.optimizer = th.optim.Adam(network.parameters(), lr=learning_rate)
        self.plateau = Plateau() if check is not None and early_stop else None
        self.rate = th.optim.lr_scheduler.LinearLR(self.optimizer, 1.0, 0.0 if self.plateau is None else 1.0, updates)
        self.curve: list[dict[str, float]] = []
        self.best = deepcopy(network.state_dict())
        self.acceleration = Acceleration(game.device, game.observation_space, compile=False)
        self.keys = th.arange(batch_size, device=game.device) + seed * max(SEEDS_APART, batch_size)
        self.done, self.seconds = 0, 0.0

    @property
    def has_ended(self) -> bool:
        """Whether all updates and checks are done, or the error has stopped falling."""
        checks = None if self.check is None else len(self.curve)
        return has_ended(self.done, self.updates, checks, self.plateau is not None and self.plateau.converged)

    @property
    def _is_due(self) -> bool:
        """Whether a check comes next. One that was interrupted comes again."""
        return self.check is not None and len(self.curve) < self.done // updates_between_checks(self.updates)

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
        """Look at the validation error. With ``early_stop`` keep weights, lower the rate or end the training as it says."""
        assert self.check is not None  # otherwise none is due
        error, images = self.check(), self.done * len(self.keys)
        reporter.say(f"{images:,} canvases: {error:.2f} % of some validation digits wrong")
        self.curve.append({"images": images, "seconds": round(self.seconds, 3), "error_percent": error})
        if self.plateau is None:
            return
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
            given = answers_of(self.network, images.contiguous(memory_format=th.channels_last) / 255)
        loss = loss_of(given, answers)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        if len(given) > 1:  # of a recurrent network
            clip_gradients(self.network.parameters(), MOST_GRADIENT)
        self.optimizer.step()
        self.rate.step()
        self.done += 1
        return loss.detach()

    def _parts(self) -> dict[str, Any]:
        plateau = {} if self.plateau is None else {"plateau": self.plateau}
        return {"network": self.network, "optimizer": self.optimizer, "rate": self.rate, **plateau}

    def _save(self, file: Path, about: dict[str, Any]) -> None:
        state = {name: part.state_dict() for name, part in self._parts().items()}
        so_far = {"done": self.done, "seconds": self.seconds, "best": self.best, "curve": self.curve}
        try:
            with whole_file(file) as part:
                th.save({"about": about, **so_far, **state}, part)
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
        self.curve = kept["curve"] if "curve" in kept else self._curve_without_seconds()

    def _curve_without_seconds(self) -> list[dict[str, float]]:
        """Of a file from before there was a curve."""
        errors = [] if self.plateau is None else self.plateau.errors
        between = updates_between_checks(self.updates) * len(self.keys)
        return [{"images": i * between, "error_percent": error} for i, error in enumerate(errors, start=1)]


def updates_between_checks(updates: int) -> int:
    """
    :param updates: of the whole training
    """
    return max(updates // CHECKS, 1)


def has_ended(done: int, updates: int, checks: int | None, converged: bool) -> bool:
    """
    Whether a training is over: all updates and checks are done, or the error has stopped falling.

    :param done: updates so far
    :param updates: of the whole training
    :param checks: so far; None for a training without any
    :param converged: whether a check has ended it
    """
    return converged or (done >= updates and (checks is None or checks >= done // updates_between_checks(updates)))
