"""Double DQN on SB3's seams: any DQN policy, any replay buffer."""

import io
import pathlib
from collections.abc import Iterable

import numpy as np
import torch as th
from stable_baselines3 import DQN
from torch.nn import functional as F

from .double_q_target import double_q_target
from .exploration import epsilon_greedy
from .loss_record import LossRecord

class DoubleDQN(DQN):
    """
    SB3's ``DQN`` with double-Q targets (van Hasselt et al. 2015), made for many envs.

    Arguments, ``learn``, ``save``, ``load``, ``predict`` and callbacks are those of :class:`stable_baselines3.DQN`. What differs:

    - The online network chooses the next action, the target network rates it.
    - Each env tosses its own coin for exploration; SB3's DQN tosses one for all, so its envs explore or exploit together.
    - Nothing in an update waits for the device: the loss is kept there and read when logs are written, as a mean since the last.
    - A loss that is not finite raises :class:`NonFiniteLossError` with the update's number, before the model can be saved.

    As in SB3, ``n_steps`` is for SB3's own buffer; :class:`FrameReplayBuffer` takes it in ``replay_buffer_kwargs``.
    """

    def _setup_model(self) -> None:
        super()._setup_model()
        # Convolutions run faster in this order on CPU and GPU; shapes and saved weights stay as they are.
        for module in self.policy.modules():
            if isinstance(module, th.nn.Conv2d):
                module.to(memory_format=th.channels_last)  # type: ignore[call-overload]
        self._losses = LossRecord(self.device)

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        assert self.replay_buffer is not None
        for _ in range(gradient_steps):
            replay_data = self.replay_buffer.sample(batch_size, env=self._vec_normalize_env)
            discounts = self.gamma if replay_data.discounts is None else replay_data.discounts
            with th.no_grad():
                target = double_q_target(
                    replay_data.rewards,
                    replay_data.dones,
                    discounts,
                    next_q_online=self.q_net(replay_data.next_observations),
                    next_q_target=self.q_net_target(replay_data.next_observations),
                )
            q = self.q_net(replay_data.observations).gather(1, replay_data.actions.long())
            loss = F.smooth_l1_loss(q, target)

            self.policy.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            th.nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
            self.policy.optimizer.step()
            self._n_updates += 1
            self._losses.add(loss.detach(), self._n_updates)

        self._losses.check_now_and_then(self._n_updates)
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")

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
        epsilon = 0.0 if deterministic else self.exploration_rate
        return epsilon_greedy(actions, epsilon, int(self.action_space.n)), state  # type: ignore[attr-defined]

    def dump_logs(self) -> None:
        self._losses.check()
        loss = self._losses.mean()
        if loss is not None:
            self.logger.record("train/loss", loss)
        super().dump_logs()

    def save(
        self,
        path: str | pathlib.Path | io.BufferedIOBase,
        exclude: Iterable[str] | None = None,
        include: Iterable[str] | None = None,
    ) -> None:
        self._losses.check()
        super().save(path, exclude, include)

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "_losses"]
