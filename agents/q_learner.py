"""What Q-learning algorithms on SB3's seams have in common: how a loss becomes a step, and how they act."""

import io
import pathlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.torch_layers import CombinedExtractor, NatureCNN
from stable_baselines3.common.type_aliases import PyTorchObs
from stable_baselines3.dqn.policies import DQNPolicy

from ..policies import NatureConvolutions
from .acceleration import Acceleration
from .exploration import epsilon_greedy
from .gradient_clipping import clip_gradients
from .interleaved_channels import interleaved
from .loss_record import LossRecord
from .tiny_momentum import drop_tiny_momentum

ANY_ORDER = (NatureConvolutions, NatureCNN, CombinedExtractor)  # features extractors that take images in any memory order


class QLearner(BaseAlgorithm):
    """
    Mixed into an SB3 algorithm with a DQN policy, in front of it: epsilon-greedy ``predict``, the step of the optimizer, and losses
    that are never waited for but never lost sight of either.
    """

    policy: DQNPolicy
    exploration_rate: float
    max_grad_norm: float
    compile: bool | None
    autocast: bool | None
    _n_updates: int

    def _setup_learning(self) -> None:
        """Once the policy is there."""
        # Convolutions run faster in this order on CPU and GPU; shapes and saved weights stay as they are. A features extractor that
        # is not known may count on torch's usual order.
        self._interleaves = type(self.policy.q_net.features_extractor) in ANY_ORDER
        for module in self.policy.modules() if self._interleaves else ():
            if isinstance(module, th.nn.Conv2d):
                module.to(memory_format=th.channels_last)  # type: ignore[call-overload]
        self._losses = LossRecord(self.device)
        self._acceleration = Acceleration(self.device, self.observation_space, self.compile, self.autocast)

    def _laid_out(self, observations: PyTorchObs) -> PyTorchObs:
        """Observations in the order in memory that suits the network."""
        return interleaved(observations) if self._interleaves else observations

    def _descend(self, loss: th.Tensor) -> None:
        """One step of the optimizer down the gradient of a loss, clipped."""
        optimizer = self.policy.optimizer
        optimizer.zero_grad()  # of what a callback may have left
        loss.backward()
        clip_gradients(self.policy.q_net.parameters(), self.max_grad_norm)
        optimizer.step()
        optimizer.zero_grad()  # where the loss is a CUDA graph, gradients lie in its memory
        self._n_updates += 1
        drop_tiny_momentum(optimizer, self._n_updates)
        self._losses.add(loss.detach(), self._n_updates)

    def _after_training(self) -> None:
        """Once the updates that were due are done."""
        self._losses.check_now_and_then(self._n_updates)
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")

    def _explored(self, greedy: np.ndarray) -> np.ndarray:
        return epsilon_greedy(greedy, self.exploration_rate, int(self.action_space.n))  # type: ignore[attr-defined]

    def predict(
        self,
        observation: np.ndarray | dict[str, np.ndarray],
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """
        Greedy actions, each replaced with probability epsilon by a random one unless ``deterministic``.

        :param observation: one observation or a batch
        :param state: passed through, for SB3's signature
        :param episode_start: likewise
        :param deterministic: whether to explore not at all
        :return: actions, and the state
        """
        actions, state = self.policy.predict(observation, state, episode_start, deterministic)
        return actions if deterministic else self._explored(actions), state

    def _record_loss(self) -> None:
        """The mean loss since the last log, into the next one."""
        self._losses.check()
        loss = self._losses.mean()
        if loss is not None:
            self.logger.record("train/loss", loss)

    def set_parameters(self, *args: Any, **kwargs: Any) -> None:
        """As SB3's; a loss that was not finite is forgotten, since these weights are others."""
        super().set_parameters(*args, **kwargs)
        self._losses = LossRecord(self.device)

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
        made_anew = [name for name in self.__dict__ if name.startswith("_fast_")]
        return [*super()._excluded_save_params(), "_losses", "_acceleration", "_interleaves", *made_anew]
