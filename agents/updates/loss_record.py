"""Losses that stay on the device until they are read."""

import torch as th

UPDATES_BETWEEN_CHECKS = 1000  # on a device where reading a loss stalls the update


class NonFiniteLossError(RuntimeError):
    """A loss of the training is infinite or not a number."""


class LossRecord:
    """
    The mean loss since the last log, and the first update whose loss was not finite.

    :param device: of the losses
    """

    def __init__(self, device: th.device) -> None:
        self._sum = th.zeros((), device=device)
        self._count = 0
        self._first_bad_update = th.zeros((), dtype=th.int64, device=device)  # 0: none
        self._checked = 0

    def add(self, loss: th.Tensor, update: int) -> None:
        """
        :param loss: () of one update, without gradient
        :param update: its number, from 1
        """
        self._sum += loss
        self._count += 1
        newly_bad = ~th.isfinite(loss) & (self._first_bad_update == 0)
        self._first_bad_update += newly_bad * update

    def mean(self) -> float | None:
        """Mean loss since the last call; None if there was no update."""
        if not self._count:
            return None
        mean = self._sum.item() / self._count
        self._sum.zero_()
        self._count = 0
        return mean

    def check_periodically(self, update: int) -> None:
        """As :meth:`check`. On a device that would have to wait, only once in 1000 updates."""
        if self._sum.device.type == "cpu" or update - self._checked >= UPDATES_BETWEEN_CHECKS:
            self._checked = update
            self.check()

    def check(self) -> None:
        """:raises NonFiniteLossError: if a loss was not finite"""
        update = int(self._first_bad_update.item())
        if update:
            raise NonFiniteLossError(
                f"the loss of update {update} is not finite, so the network is unusable from there on. "
                "Look whether the rewards of the env are finite; if so, use a smaller learning rate or clipped rewards"
            )
