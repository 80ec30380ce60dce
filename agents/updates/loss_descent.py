"""How a loss becomes a step of the optimizer, for SB3 algorithms; a loss is never waited for but never lost sight of either."""

import io
import pathlib
from collections.abc import Iterable
from typing import Any

import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm

from .denormals import drop_tiny_momentum
from .gradient_clipping import clip_gradients
from .loss_record import LossRecord


class LossDescent(BaseAlgorithm):
    """Mixed into an SB3 algorithm, in front of it; ``_setup_losses`` is to be called once the policy is there."""

    max_grad_norm: float
    _n_updates: int

    def _setup_losses(self) -> None:
        self._losses = LossRecord(self.device)

    def _descend(self, loss: th.Tensor) -> None:
        """One step of the optimizer down the gradient of a loss, clipped."""
        optimizer = self.policy.optimizer
        optimizer.zero_grad()  # of what a callback may have left
        loss.backward()  # type: ignore[no-untyped-call]
        clip_gradients((parameter for group in optimizer.param_groups for parameter in group["params"]), self.max_grad_norm)
        optimizer.step()
        optimizer.zero_grad()  # where the loss is a CUDA graph, gradients lie in its memory
        self._n_updates += 1
        drop_tiny_momentum(optimizer, self._n_updates)
        self._losses.add(loss.detach(), self._n_updates)

    def _after_training(self) -> None:
        """Once the updates that were due are done."""
        self._losses.check_now_and_then(self._n_updates)
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")

    def _record_loss(self) -> None:
        """The mean loss since the last log, into the next one."""
        self._losses.check()
        loss = self._losses.mean()
        if loss is not None:
            self.logger.record("train/loss", loss)

    def set_parameters(self, *args: Any, **kwargs: Any) -> None:
        """As SB3's; a loss that was not finite is forgotten, since these weights are others."""
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

        :raises NonFiniteLossError: if the network is spoilt; nothing is written then
        """
        self._losses.check()
        super().save(path, exclude, include)

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "_losses"]
