"""PQN: Q-learning on many parallel envs, without a replay buffer or a target network."""

import warnings
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import GymEnv, MaybeCallback, PyTorchObs, Schedule
from stable_baselines3.common.utils import LinearSchedule
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork
from torch import nn
from torch.nn import functional as F

from ..policies import DuelingCnnPolicy, DuelingMlpPolicy, DuelingMultiInputPolicy, branch_sizes, greedy_actions, q_of_actions
from ..policies.plain_numbers import check_number
from .q_learner import QLearner
from .q_rollout import QRollout
from .taught_gaze import NONE, imitation_loss, lessons_in


class PQN(QLearner, OnPolicyAlgorithm):
    """
    Parallelised Q-network (Gallici et al. 2024): Q(lambda) on the latest rollout, with LayerNorm in place of a target network.

    ``learn``, ``save``, ``load``, ``predict`` and callbacks are SB3's. PQN takes any DQN policy. ``MlpPolicy``, ``CnnPolicy`` and
    ``MultiInputPolicy`` name the dueling policies of ``saccade.policies`` with ``layer_norm=True``. So code that reads the heads of
    a DQN also reads these.

    Deviations from the authors' code: the heads are dueling; the optimizer is Adam, not RAdam, unless ``policy_kwargs`` name
    another; an episode cut by a time limit is bootstrapped from its last observation, as in SB3's PPO.

    :param policy: ``"CnnPolicy"``, ``"MlpPolicy"``, ``"MultiInputPolicy"`` or a DQN policy class
    :param env: to learn from; PQN needs many copies of it
    :param learning_rate: number, or function of the remaining progress (1 to 0)
    :param n_steps: steps of each env per rollout
    :param batch_size: steps in an update; the last batch of an epoch is smaller if ``n_steps`` times the number of envs is not a
        multiple of it
    :param n_epochs: passes over each rollout
    :param gamma: discount factor
    :param q_lambda: lambda of the targets; 0 for one-step targets
    :param max_grad_norm: the gradient is clipped to this norm
    :param exploration_fraction: fraction of the training over which epsilon falls
    :param exploration_initial_eps: epsilon at the start
    :param exploration_final_eps: epsilon after that
    :param exploration_branch_eps: D numbers, for ``MultiDiscrete`` actions of D branches: epsilon of each branch never falls below
        its number. What a choice of a gaze is worth shows only after many tries; actions cannot be random so often
    :param gaze_lesson_coef: weight of the imitation in the loss, where an env teaches the gaze (``GazeWrapper(taught=...)``). There
        the branch of the gaze learns by cross-entropy from the teacher's choices, while the agent's own choices are carried out
        (Ross et al. 2011, DAgger), and it has no part in Q
    :param compile: whether to use ``torch.compile`` for updates and actions; None: only for images
    :param autocast: whether networks compute in bfloat16; None: only for images, on a device with bfloat16 instructions
    :param stats_window_size: episodes in the logged means
    :param tensorboard_log: folder for Tensorboard
    :param policy_kwargs: for the policy
    :param verbose: 0, 1 or 2, as in SB3
    :param seed: of networks, exploration and env; with ``compile=False, autocast=False`` the same seed gives the same run
    :param device: of torch
    :raises ValueError: if a number is out of range
    """

    policy: DQNPolicy  # type: ignore[assignment]
    rollout_buffer: QRollout  # type: ignore[assignment]
    takes_lessons: ClassVar[bool] = True
    policy_aliases: ClassVar[dict[str, type[BasePolicy]]] = {
        "MlpPolicy": DuelingMlpPolicy,
        "CnnPolicy": DuelingCnnPolicy,
        "MultiInputPolicy": DuelingMultiInputPolicy,
    }

    def __init__(
        self,
        policy: str | type[DQNPolicy],
        env: GymEnv | str,
        learning_rate: float | Schedule = 2.5e-4,
        n_steps: int = 32,
        batch_size: int = 128,
        n_epochs: int = 2,
        gamma: float = 0.99,
        q_lambda: float = 0.65,
        max_grad_norm: float = 10.0,
        exploration_fraction: float = 0.1,
        exploration_initial_eps: float = 1.0,
        exploration_final_eps: float = 0.01,
        exploration_branch_eps: Sequence[float] | None = None,
        gaze_lesson_coef: float = 0.1,
        compile: bool | None = None,
        autocast: bool | None = None,
        stats_window_size: int = 100,
        tensorboard_log: str | None = None,
        policy_kwargs: dict[str, Any] | None = None,
        verbose: int = 0,
        seed: int | None = None,
        device: th.device | str = "auto",
        _init_setup_model: bool = True,
    ) -> None:
        self.batch_size, self.n_epochs = batch_size, n_epochs
        self.q_lambda = q_lambda
        self.exploration_fraction = exploration_fraction
        self.exploration_initial_eps, self.exploration_final_eps = exploration_initial_eps, exploration_final_eps
        self.exploration_branch_eps = _numbers(exploration_branch_eps)
        self.exploration_rate = exploration_initial_eps
        self.gaze_lesson_coef = gaze_lesson_coef
        self.compile, self.autocast = compile, autocast
        super().__init__(
            policy,  # type: ignore[arg-type]
            env,
            learning_rate,
            n_steps,
            gamma,
            gae_lambda=q_lambda,
            ent_coef=0.0,
            vf_coef=0.0,
            max_grad_norm=max_grad_norm,
            use_sde=False,
            sde_sample_freq=-1,
            stats_window_size=stats_window_size,
            tensorboard_log=tensorboard_log,
            policy_kwargs=policy_kwargs,
            verbose=verbose,
            seed=seed,
            device=device,
            _init_setup_model=_init_setup_model,
            supported_action_spaces=None,  # _check_branches says it in a plain line
        )
        # Not for a loaded model: it may play on fewer envs than it learnt on.
        if _init_setup_model and n_steps * self.n_envs < batch_size:
            warnings.warn(
                f"batch_size is {batch_size}, but a rollout has only n_steps * n_envs = {n_steps * self.n_envs} steps, "
                "so every update uses the whole rollout; give PQN more envs",
                stacklevel=2,
            )

    @property
    def q_net(self) -> QNetwork:
        """The network, under the name that it has in SB3's ``DQN``."""
        return self.policy.q_net

    def _setup_model(self) -> None:
        self._check_branches()
        self._check()
        self._setup_lr_schedule()
        self.set_random_seed(self.seed)
        first = self.exploration_initial_eps if self.exploration_fraction else self.exploration_final_eps
        # SB3's schedule of no length cannot be asked at its start, where PQN asks first.
        self.exploration_schedule = LinearSchedule(first, self.exploration_final_eps, self.exploration_fraction or 1.0)
        if issubclass(self.policy_class, DuelingMlpPolicy):
            self.policy_kwargs = {"layer_norm": True, **self.policy_kwargs}
        self.policy = self.policy_class(  # type: ignore[assignment]
            self.observation_space, self.action_space, self.lr_schedule, **self.policy_kwargs
        )
        self.policy.q_net_target = self.policy.q_net  # PQN has no target network, but a DQN policy must have one
        self.policy.register_load_state_dict_pre_hook(_take_online_weights)  # type: ignore[no-untyped-call]
        self.policy = self.policy.to(self.device)
        self._setup_learning()
        condense = getattr(self.policy.q_net, "condense", None)
        self.rollout_buffer = QRollout(self.n_steps, self.n_envs, self.observation_space, self.device, self._action_shape, condense)
        # Functions of the class, not bound methods: a copy of this object must not change the original.
        self._fast_loss = self._acceleration.function(type(self)._loss)
        self._fast_greedy = self._acceleration.function(type(self)._greedy)

    def _check(self) -> None:
        for name in ("n_steps", "batch_size", "n_epochs"):
            check_number(name, getattr(self, name), least=1, whole=True)
        for name in ("q_lambda", "gamma", "exploration_fraction", "exploration_initial_eps", "exploration_final_eps"):
            check_number(name, getattr(self, name), 0, 1)
        for name in ("max_grad_norm", "gaze_lesson_coef"):
            check_number(name, getattr(self, name), least=0, no_limit=name == "max_grad_norm")
        floors = self.exploration_branch_eps
        if floors is not None and not isinstance(self.action_space, spaces.MultiDiscrete):
            raise ValueError(
                f"exploration_branch_eps is for MultiDiscrete actions, and these are {self.action_space}; leave it out"
            )
        branches = len(branch_sizes(self.action_space))
        for eps in floors or ():
            check_number("a number of exploration_branch_eps", eps)
        if floors is not None and (len(floors) != branches or not all(0 <= eps <= 1 for eps in floors)):
            raise ValueError(f"exploration_branch_eps is {floors}; it must be {branches} numbers from 0 to 1, one for each branch")

    def learn(
        self,
        total_timesteps: int,
        callback: MaybeCallback = None,
        log_interval: int = 1,
        tb_log_name: str = "PQN",
        *args: Any,
        **kwargs: Any,
    ) -> "PQN":
        """
        As SB3's.

        :raises ValueError: if only some of the envs force or teach a gaze, or VecNormalize changes it
        """
        self._hear_of_gaze()
        super().learn(total_timesteps, callback, log_interval, tb_log_name, *args, **kwargs)
        return self

    def collect_rollouts(  # type: ignore[override]
        self, env: VecEnv, callback: BaseCallback, rollout_buffer: QRollout, n_rollout_steps: int
    ) -> bool:
        """
        Fill the rollout with steps of all envs; actions are epsilon-greedy.

        :param env: to step
        :param callback: called after every step
        :param rollout_buffer: to fill
        :param n_rollout_steps: steps of each env
        :return: False if the callback stopped it
        """
        rollout = rollout_buffer
        self.policy.set_training_mode(False)
        # SB3 has not done this before the first rollout.
        self._update_current_progress_remaining(self.num_timesteps, self._total_timesteps)
        self.exploration_rate = self.exploration_schedule(self._current_progress_remaining)
        callback.on_rollout_start()
        for t in range(n_rollout_steps):
            seen = rollout.see(t, self._last_obs)  # type: ignore[arg-type]
            greedy, rollout.max_q[t] = self._fast_greedy(self, seen)
            actions = self._epsilon_greedy(greedy.cpu().numpy())
            new_obs, rewards, dones, infos = env.step(actions)
            self.num_timesteps += env.num_envs
            callback.update_locals(locals())
            if not callback.on_step():
                return False
            self._update_info_buffer(infos, dones)
            rollout.actions[t], rollout.dones[t] = actions, dones
            if self._taught:
                rollout.lessons[t] = lessons_in(infos)
            rollout.rewards[t] = self._with_values_at_time_limits(rewards, dones, infos)
            self._last_obs, self._last_episode_starts = new_obs, dones  # type: ignore[assignment]
        last = rollout.see(n_rollout_steps, self._last_obs)  # type: ignore[arg-type]
        _, rollout.max_q[n_rollout_steps] = self._fast_greedy(self, last)
        callback.update_locals(locals())
        callback.on_rollout_end()
        return True

    def train(self) -> None:
        """Learn from all steps of the rollout ``n_epochs`` times, in random order."""
        rollout = self.rollout_buffer
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        targets, actions = rollout.returns(self.gamma, self.q_lambda), rollout.taken()
        lessons = rollout.taught()
        for _ in range(self.n_epochs):
            order = th.randperm(len(targets), device=self.device)
            for indices in th.split(order, self.batch_size):
                loss = self._fast_loss(self, rollout.at(indices), actions[indices], targets[indices], lessons[indices])
                self._descend(loss)
        for d in self._taught:
            as_taught = th.eq(actions[:, d], lessons)[lessons != NONE]
            if len(as_taught):  # there are none in an env without a teacher
                self.logger.record("train/gaze_as_taught", as_taught.float().mean().item())
        self._after_training()

    def dump_logs(self, iteration: int = 0) -> None:
        """Write the log."""
        self._record_loss()
        self.logger.record("rollout/exploration_rate", self.exploration_rate)
        super().dump_logs(iteration)

    def _get_torch_save_params(self) -> tuple[list[str], list[str]]:
        return ["policy", "policy.optimizer"], []

    def _loss(self, observations: PyTorchObs, actions: th.Tensor, targets: th.Tensor, lessons: th.Tensor) -> th.Tensor:
        """
        Half the mean squared error of Q(s, a) for the actions taken (B, D) and their targets (B,), and the imitation of a teacher's
        choices (B,).
        """
        with self._acceleration.autocast():
            q = self.policy.q_net(self._in_memory_format(observations)).float()
        loss = 0.5 * F.mse_loss(q_of_actions(q, actions, self._branches, self._taught).squeeze(1), targets)
        for d in self._taught:
            logits = th.split(q, list(self._branches), dim=1)[d]
            loss = loss + self.gaze_lesson_coef * imitation_loss(logits, lessons)
        return loss

    def _greedy(self, observations: PyTorchObs) -> tuple[th.Tensor, th.Tensor]:
        """The best actions, (N,) or (N, D), and their values (N,)."""
        with th.no_grad(), self._acceleration.autocast():
            q = self.policy.q_net(self._in_memory_format(observations)).float()
            actions, values = greedy_actions(q, self._branches, self._taught)
        return actions.view(-1, *self._action_shape), values.squeeze(1)

    def _with_values_at_time_limits(self, rewards: np.ndarray, dones: np.ndarray, infos: list[dict[str, Any]]) -> np.ndarray:
        """Rewards, plus gamma max_a Q(last observation) where a time limit cut the episode."""
        cut = [i for i in np.flatnonzero(dones) if infos[i].get("TimeLimit.truncated", False)]
        if not cut:
            return rewards
        rewards = rewards.astype(np.float32)
        for i in cut:
            last, _ = self.policy.obs_to_tensor(infos[i]["terminal_observation"])
            rewards[i] += self.gamma * self._greedy(last)[1].item()
        return rewards


def _numbers(given: Sequence[float] | None) -> list[float] | None:
    if given is not None and (isinstance(given, str) or not isinstance(given, Sequence)):
        raise ValueError(f"exploration_branch_eps is {given!r}; it must be a list of numbers, one for each branch")
    return None if given is None else list(given)


def _take_online_weights(policy: nn.Module, state_dict: dict[str, Any], prefix: str, *_: Any) -> None:
    """
    Weights of a DQN have a target network, which is older. It would be loaded last into the one network that PQN has under both
    names.
    """
    online, target = f"{prefix}q_net.", f"{prefix}q_net_target."
    for name in state_dict:
        if name.startswith(online) and (other := target + name.removeprefix(online)) in state_dict:
            state_dict[other] = state_dict[name]
