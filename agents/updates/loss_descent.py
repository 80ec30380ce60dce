"""How SB3 algorithms turn a loss into a step of the optimizer and a log entry, without waiting for the device."""

import io
import pathlib
from collections.abc import Iterable
from typing import Any

import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm

from .denormals import flush_denormals
from .gradient_clipping import clip_gradients
from .loss_record import LossRecord


class LossDescent(BaseAlgorithm):
    """Mixin for SB3 algorithms, named before the algorithm among the base classes. ``_setup_losses`` must follow the policy."""

    max_grad_norm: float
    _n_updates: int

    def _setup_losses(self) -> None:
        self._losses = LossRecord(self.device)

    def _descend(self, loss: th.Tensor) -> None:
        """Take one step of the optimizer, with the gradient clipped."""
        optimizer = self.policy.optimizer
        optimizer.zero_grad()  # a callback may have left gradients
        loss.backward()  # type: ignore[no-untyped-call]
        clip_gradients((parameter for group in optimizer.param_groups for parameter in group["params"]), self.max_grad_norm)
        optimizer.step()
        optimizer.zero_grad()  # the gradients of a CUDA graph lie in its own memory
        self._n_updates += 1
        flush_denormals(optimizer, self._n_updates)
        self._losses.add(loss.detach(), self._n_updates)

    def _after_training(self) -> None:
        """To be called after the updates of one ``train``."""
        self._losses.check_periodically(self._n_updates)
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")

    def _record_loss(self) -> None:
        """Record the mean loss since the last log."""
        self._losses.check()
        loss = self._losses.mean()
        if loss is not None:
            self.logger.record("train/loss", loss)

    def set_parameters(self, *args: Any, **kwargs: Any) -> None:
        """As SB3's. A loss that was not finite is forgotten, because it came from the old weights."""
        super().set_parameters(*args, **kwargs)
        self._setup_losses()

    def save(
        self,
        path: str | pathlib.Path | io.BufferedIOBase,
        exclude: Iterable[str] | None = None,
        include: Iterable[str] | None = None,
    ) -> None:
        """
        As SB3's.

        :raises NonFiniteLossError: if a loss was not finite; then nothing is written
        """
        self._losses.check()
        super().save(path, exclude, include)

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "_losses"]
