"""Double DQN on SB3's seams: any DQN policy, any replay buffer."""

import math
from typing import Any

import torch as th
from stable_baselines3 import DQN
from stable_baselines3.common.buffers import DictReplayBuffer, NStepReplayBuffer, ReplayBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.noise import ActionNoise
from stable_baselines3.common.type_aliases import MaybeCallback, PyTorchObs, ReplayBufferSamples, RolloutReturn, TrainFreq
from stable_baselines3.common.vec_env import VecEnv
from torch.nn import functional as F

from .double_q_target import double_q_target
from .learn_while_waiting import LearnWhileWaiting
from .q_learner import QLearner
from .replay.frame_replay_buffer import FrameReplayBuffer
from .replay.prioritized_replay_buffer import PrioritizedFrameReplayBuffer, PrioritizedSamples
from .replay.sample_batches import sample_batches

ROWS_AT_ONCE = 256  # transitions about which the target network is asked together
INDEPENDENT_DRAWS = (ReplayBuffer, DictReplayBuffer, NStepReplayBuffer, FrameReplayBuffer)


class DoubleDQN(QLearner, DQN):
    """
    SB3's ``DQN`` with double-Q targets (van Hasselt et al. 2015), made for many envs.

    Arguments, ``learn``, ``save``, ``load``, ``predict`` and callbacks are those of :class:`stable_baselines3.DQN`. What differs:

    - The online network chooses the next action, the target network rates it.
    - Each env tosses its own coin for exploration; SB3's DQN tosses one for all, so its envs explore or exploit together.
    - An update's loss is one compiled function with the policies of this suite (SB3's own break into several), see
      :class:`saccade.agents.updates.acceleration.Acceleration`. The target network does not change between two env steps, so it is
      asked about several updates' batches at once.
    - Nothing in an update waits for the device: the loss is kept there and read when logs are written, as a mean since the last.
    - A loss that is not finite raises :class:`NonFiniteLossError` with the update's number, before the model can be saved.
    - With a :class:`PrioritizedFrameReplayBuffer` losses are weighted and priorities follow the errors (Schaul et al. 2016).

    As in SB3, ``n_steps`` is for SB3's own buffer; :class:`FrameReplayBuffer` takes it in ``replay_buffer_kwargs``.

    :param args: as of ``DQN``
    :param compile: whether updates go through ``torch.compile``; None: for images
    :param autocast: whether networks compute in bfloat16 there; None: for images, where the device has instructions for it
    :param overlap: whether an update is done while the envs take their next step, whose actions then come from the weights before
        it; None: on a GPU
    :param kwargs: as of ``DQN``; the same seed gives the same run with ``compile=False, autocast=False``
    """

    def __init__(
        self,
        *args: Any,
        compile: bool | None = None,
        autocast: bool | None = None,
        overlap: bool | None = None,
        **kwargs: Any,
    ) -> None:
        self.compile, self.autocast, self.overlap = compile, autocast, overlap
        super().__init__(*args, **kwargs)

    def _setup_model(self) -> None:
        super()._setup_model()
        self._setup_learning()
        # Functions of the class, since a copy of this object must not work on the original.
        self._fast_target_q = self._acceleration.function(type(self)._target_q)
        self._fast_loss = self._acceleration.function(type(self)._loss)
        self._learning = False  # inside learn()
        self._due: tuple[int, int] | None = None  # gradient steps and batch size of the training put off to the next env step

    def learn(self, total_timesteps: int, callback: MaybeCallback = None, *args: Any, **kwargs: Any) -> "DoubleDQN":
        """As SB3's."""
        self._learning = True
        try:
            super().learn(total_timesteps, callback, *args, **kwargs)
            self._train_if_due()
        finally:
            self._learning, self._due = False, None
        return self

    def collect_rollouts(
        self,
        env: VecEnv,
        callback: BaseCallback,
        train_freq: TrainFreq,
        replay_buffer: ReplayBuffer,
        action_noise: ActionNoise | None = None,
        learning_starts: int = 0,
        log_interval: int | None = None,
    ) -> RolloutReturn:
        """As SB3's, with the training that is due done while the envs take their first step."""
        if self._overlaps():
            env = LearnWhileWaiting(env, self._train_if_due)
        return super().collect_rollouts(env, callback, train_freq, replay_buffer, action_noise, learning_starts, log_interval)

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        if self._overlaps() and self._learning:
            self._train_if_due()
            self._due = (gradient_steps, batch_size)
        else:
            self._train(gradient_steps, batch_size)

    def _overlaps(self) -> bool:
        return self.device.type == "cuda" if self.overlap is None else self.overlap

    def _train_if_due(self) -> None:
        if self._due is not None:
            due, self._due = self._due, None
            self._train(*due)

    def _train(self, gradient_steps: int, batch_size: int) -> None:
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        assert self.replay_buffer is not None
        at_once = self._updates_at_once(gradient_steps, batch_size)
        for _ in range(0, gradient_steps, at_once):
            samples = self.replay_buffer.sample(at_once * batch_size, env=self._vec_normalize_env)
            # A clone, since the next call may reuse the memory where the call is a CUDA graph.
            next_q_target = self._fast_target_q(self, samples.next_observations).clone()
            batches = sample_batches(samples, batch_size)
            for batch, batch_q_target in zip(batches, next_q_target.split(batch_size), strict=True):
                self._update(batch, batch_q_target)
        self._after_training()

    def _update(self, batch: ReplayBufferSamples | PrioritizedSamples, next_q_target: th.Tensor) -> None:
        """One step of the optimizer."""
        weights = batch.weights if isinstance(batch, PrioritizedSamples) else None
        loss, errors = self._fast_loss(
            self,
            batch.observations,
            batch.actions,
            batch.rewards,
            batch.next_observations,
            batch.dones,
            batch.discounts,
            next_q_target,
            weights,
        )
        if isinstance(batch, PrioritizedSamples):
            assert isinstance(self.replay_buffer, PrioritizedFrameReplayBuffer)
            self.replay_buffer.set_priorities(batch.places, errors.squeeze(1))
        self._descend(loss)

    def _updates_at_once(self, gradient_steps: int, batch_size: int) -> int:
        """
        Updates whose batches are drawn as one: a divisor of their number, so that compiled functions see few sizes, and 1 for
        buffers of whose draws it is not known that they are independent (HER's come in an order, priorities change).
        """
        if type(self.replay_buffer) not in INDEPENDENT_DRAWS:
            return 1
        return math.gcd(gradient_steps, max(ROWS_AT_ONCE // batch_size, 1))

    def _target_q(self, next_observations: PyTorchObs) -> th.Tensor:
        """Q-values of the target network, (B, A)."""
        with th.no_grad(), self._acceleration.autocast():
            return self.q_net_target(self._laid_out(next_observations)).float()

    def _loss(
        self,
        observations: PyTorchObs,
        actions: th.Tensor,
        rewards: th.Tensor,
        next_observations: PyTorchObs,
        dones: th.Tensor,
        discounts: th.Tensor | None,
        next_q_target: th.Tensor,
        weights: th.Tensor | None,
    ) -> tuple[th.Tensor, th.Tensor]:
        """The batch's mean Huber loss, and the size of each error of Q(s, a), (B, 1)."""
        with self._acceleration.autocast():
            # Both with gradient, so that compiled code rounds the weights to bfloat16 once for the two.
            q = self.q_net(self._laid_out(observations))
            next_q_online = self.q_net(self._laid_out(next_observations)).detach()
        target = double_q_target(
            rewards,
            dones,
            self.gamma if discounts is None else discounts,
            next_q_online=next_q_online.float(),
            next_q_target=next_q_target,
        )
        errors = q.float().gather(1, actions.long()) - target
        losses = F.smooth_l1_loss(errors, th.zeros_like(errors), reduction="none")
        return (losses if weights is None else weights * losses).mean(), errors.detach().abs()

    def dump_logs(self) -> None:
        self._record_loss()
        super().dump_logs()

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "_due", "_learning"]
