"""Double DQN as an SB3 algorithm, for any DQN policy and any replay buffer."""

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

from ..policies import q_of_actions
from ..policies.plain_numbers import check_number
from .double_q_target import double_q_target
from .learn_while_waiting import LearnWhileWaiting
from .q_learner import QLearner
from .replay.frame_replay_buffer import FrameReplayBuffer
from .replay.prioritized_replay_buffer import PrioritizedSamples
from .replay.sample_batches import sample_batches
from .several_branches import SeveralBranches

ROWS_AT_ONCE = 256  # transitions in one forward pass of the target network
INDEPENDENT_DRAWS = (ReplayBuffer, DictReplayBuffer, NStepReplayBuffer, FrameReplayBuffer)

# SB3 takes 1e4 for the whole ones of these, too.
NUMBERS = (
    *("buffer_size", "learning_starts", "batch_size", "tau", "gamma", "gradient_steps", "target_update_interval"),
    *("exploration_fraction", "exploration_initial_eps", "exploration_final_eps", "max_grad_norm"),
)


class DoubleDQN(QLearner, DQN, SeveralBranches):
    """
    SB3's ``DQN`` with double-Q targets (van Hasselt et al. 2015), fast with many envs.

    Arguments, ``learn``, ``save``, ``load``, ``predict`` and callbacks are those of :class:`stable_baselines3.DQN`. The
    differences:

    - The online network chooses the next action, and the target network rates it.
    - Each env decides by itself whether to explore. In SB3's DQN one random number decides for all envs.
    - With the policies of this suite, the loss of an update is one compiled function. SB3's own policies break it into several. See
      :class:`saccade.agents.updates.acceleration.Acceleration`.
    - The target network does not change between two env steps. So one forward pass of it serves the batches of several updates.
    - An update does not wait for the device. The loss stays there until logs are written; the log has its mean since the last one.
    - A loss that is not finite raises :class:`NonFiniteLossError` with the number of the update, before the model can be saved.
    - ``MultiDiscrete`` actions: :class:`saccade.policies.DuelingQNetwork` says what their Q is.
    - With a :class:`PrioritizedFrameReplayBuffer`, losses are weighted and the errors set the priorities (Schaul et al. 2016).

    As in SB3, ``n_steps`` is for SB3's own buffer. :class:`FrameReplayBuffer` takes it in ``replay_buffer_kwargs``, and gets the
    ``gamma`` of the algorithm.

    :param args: as in ``DQN``
    :param compile: whether to use ``torch.compile`` for updates; None: only for images
    :param autocast: whether updates compute in bfloat16; None: only for images, on a device with bfloat16 instructions
    :param overlap: whether to update while the envs take their next step; the actions of that step then come from the weights
        before the update; None: only on a GPU. Never with a buffer that asks the envs for rewards, as HER's
    :param kwargs: as in ``DQN``; with ``compile=False, autocast=False`` the same seed gives the same run
    """

    replay_buffer: ReplayBuffer

    def __init__(
        self,
        *args: Any,
        compile: bool | None = None,
        autocast: bool | None = None,
        overlap: bool | None = None,
        **kwargs: Any,
    ) -> None:
        self.compile, self.autocast, self.overlap = compile, autocast, overlap
        self._from_file = not kwargs.get("_init_setup_model", True)  # SB3's `load` sets a model up later
        super().__init__(*args, **kwargs)

    def _setup_model(self) -> None:
        for name in NUMBERS:
            check_number(name, getattr(self, name), no_limit=name == "max_grad_norm")
        self._check_branches()
        self._use_one_gamma()
        super()._setup_model()
        self._setup_learning()
        # Functions of the class, not bound methods: a copy of this object must not change the original.
        self._fast_target_q = self._acceleration.function(type(self)._target_q)
        self._fast_loss = self._acceleration.function(type(self)._loss)
        self._learning = False  # whether learn() is running
        self._due: tuple[int, int] | None = None  # gradient steps and batch size of the delayed training

    def _use_one_gamma(self) -> None:
        """
        Returns over several steps, which the buffer sums, have the discount factor of the values after them. To a loaded model the
        user may give another one, and then that of the buffer comes from the file.
        """
        given = self.replay_buffer_kwargs.get("gamma")
        if given is not None and given != self.gamma and not self._from_file:
            raise ValueError(
                f"gamma is {self.gamma}, but replay_buffer_kwargs has gamma {given}; they are one number, so give gamma alone"
            )
        if given is not None or "n_steps" in self.replay_buffer_kwargs:
            self.replay_buffer_kwargs = {**self.replay_buffer_kwargs, "gamma": self.gamma}

    def load_replay_buffer(self, *args: Any, **kwargs: Any) -> None:
        """As SB3's. Its sums over several steps have the discount factor of this model."""
        super().load_replay_buffer(*args, **kwargs)
        if hasattr(self.replay_buffer, "gamma"):
            self.replay_buffer.gamma = self.gamma

    def learn(self, total_timesteps: int, callback: MaybeCallback = None, *args: Any, **kwargs: Any) -> "DoubleDQN":
        """
        As SB3's.

        :raises ValueError: if only some of the envs force a gaze, if they teach it, or if VecNormalize changes it
        """
        self._hear_of_gaze()
        self._learning = True
        try:
            super().learn(total_timesteps, callback, *args, **kwargs)
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
        """As SB3's. The delayed training runs while the envs take their first step."""
        if self._overlaps():
            env = LearnWhileWaiting(env, self._train_if_due)
        rollout = super().collect_rollouts(env, callback, train_freq, replay_buffer, action_noise, learning_starts, log_interval)
        if not rollout.continue_training:
            self._train_if_due()  # before the callbacks hear of the end
        return rollout

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        if self._overlaps() and self._learning and self.num_timesteps < self._total_timesteps:
            self._train_if_due()
            self._due = (gradient_steps, batch_size)
        else:
            self._train(gradient_steps, batch_size)

    def _overlaps(self) -> bool:
        """Never with a buffer that knows the env, as HER's: it asks for rewards, and envs in processes are busy with their step."""
        if hasattr(self.replay_buffer, "set_env"):
            return False
        return self.device.type == "cuda" if self.overlap is None else self.overlap

    def _train_if_due(self) -> None:
        if self._due is not None:
            due, self._due = self._due, None
            self._train(*due)

    def _train(self, gradient_steps: int, batch_size: int) -> None:
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        at_once = self._updates_at_once(gradient_steps, batch_size)
        for _ in range(0, gradient_steps, at_once):
            samples = self.replay_buffer.sample(at_once * batch_size, env=self._vec_normalize_env)
            # A clone, because the next call of a CUDA graph may reuse the memory.
            next_q_target = self._fast_target_q(self, samples.next_observations).clone()
            batches = sample_batches(samples, batch_size)
            for batch, batch_q_target in zip(batches, next_q_target.split(batch_size), strict=True):
                self._update(batch, batch_q_target)
        self._after_training()

    def _update(self, batch: ReplayBufferSamples | PrioritizedSamples, next_q_target: th.Tensor) -> None:
        """Take one step of the optimizer."""
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
            self.replay_buffer.set_priorities(batch.places, errors.squeeze(1))  # type: ignore[attr-defined]
        self._descend(loss)

    def _updates_at_once(self, gradient_steps: int, batch_size: int) -> int:
        """
        How many updates get their batches from one large sample. It divides ``gradient_steps``, so that compiled functions see few
        sizes. It is 1 unless the draws of the buffer are known to be independent: HER draws in an order, and priorities change.
        """
        if type(self.replay_buffer) not in INDEPENDENT_DRAWS:
            return 1
        return math.gcd(gradient_steps, max(ROWS_AT_ONCE // batch_size, 1))

    def _target_q(self, next_observations: PyTorchObs) -> th.Tensor:
        """Q-values of the target network, (B, A); with several branches what each choice adds."""
        with th.no_grad(), self._acceleration.autocast():
            return self.q_net_target(self._in_memory_format(next_observations)).float()

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
        """The mean Huber loss of the batch, and the absolute error of each Q(s, a), (B, 1)."""
        with self._acceleration.autocast():
            # Both with gradients: then compiled code rounds the weights to bfloat16 only once.
            q = self.q_net(self._in_memory_format(observations))
            next_q_online = self.q_net(self._in_memory_format(next_observations)).detach()
        target = double_q_target(
            rewards,
            dones,
            self.gamma if discounts is None else discounts,
            next_q_online=next_q_online.float(),
            next_q_target=next_q_target,
            sizes=self._branches,
        )
        errors = q_of_actions(q.float(), actions.long(), self._branches) - target
        losses = F.smooth_l1_loss(errors, th.zeros_like(errors), reduction="none")
        return (losses if weights is None else weights * losses).mean(), errors.detach().abs()

    def dump_logs(self) -> None:
        self._record_loss()
        super().dump_logs()

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "_due", "_learning", "_from_file"]
