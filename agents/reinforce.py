"""REINFORCE for policies with a gaze or a memory, with a supervised loss where the env tells the right answer."""

from typing import Any, ClassVar

import numpy as np
import torch as th
from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.ppo_recurrent.policies import CnnLstmPolicy, MlpLstmPolicy, MultiInputLstmPolicy
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import GymEnv, MaybeCallback, Schedule
from stable_baselines3.common.utils import FloatSchedule, obs_as_tensor
from stable_baselines3.common.vec_env import VecEnv

from ..policies import CnnGruPolicy, GlimpsePolicy, MlpGruPolicy, MlpLongLstmPolicy, MultiInputGruPolicy
from .episodic.given import check_given
from .episodic.glimpse_episodes import Episodes
from .episodic.looking import Looking
from .episodic.remembering import PlayedEpisodes, Remembering
from .updates.acceleration import Acceleration
from .updates.loss_descent import LossDescent

ANY_ACTIONS = (spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary, spaces.Box)


class REINFORCE(LossDescent, OnPolicyAlgorithm):
    """
    REINFORCE (Williams 1992) with a learned baseline. This is how the recurrent attention model (RAM) is trained (Mnih et al. 2014,
    section 3.1).

    All envs play one whole episode in lock-step, then there is one update. The forward pass that chose the actions is also the one
    that is differentiated, so nothing is computed twice. If the env gives the right answer (``info["label"]``, the index of an
    action), the loss is hybrid: cross-entropy trains the action head, the core and the glimpse network, and REINFORCE trains the
    gaze. Otherwise REINFORCE trains both. The last gaze of an episode is left out, because nothing is seen at it.

    In an env with an action "not yet" (its attribute ``not_yet``) the agent names things when it has seen enough. The right answer
    of each step is ``info["answer"]``. Cross-entropy trains the answers, REINFORCE the gaze and the decision to answer or to wait.

    A recurrent policy without a gaze plays an episode first. Then its own ``evaluate_actions`` goes over all steps at once. At each
    step where the env gives the right action (``info["answer"]``, below 0 where none is right) the loss is cross-entropy. REINFORCE
    trains the other steps, or all steps if the env gives no answers.

    An env may force the gaze (``GazeWrapper(forced=...)``). The agent asks the env before each episode. A forced gaze has no part
    in the loss: neither its log-probability, nor its entropy, nor what it showed as a reward.

    Deviations from the paper:

    - The optimizer is Adam.
    - Advantages are divided by their standard deviation.
    - The answers before the last glimpse also count (``early_weight``).
    - With labels, each glimpse is also rewarded for what it adds to the log-likelihood of the right answer (``gain_coef``).
    - The gradient of the gaze also trains the core.

    ``early_weight=0, gain_coef=0, gamma=1, normalize_advantage=False, policy_kwargs={"detach_gaze": True}`` give the paper's
    loss, if ``reinforce_coef`` is the number of glimpses (our term is a mean over the steps).

    :param policy: ``"GlimpsePolicy"``; or a recurrent one: ``"MlpLstmPolicy"``, ``"CnnLstmPolicy"``, ``"MultiInputLstmPolicy"``,
        the same with ``Gru`` in place of ``Lstm``, ``"MlpLongLstmPolicy"``, or another class of sb3-contrib's kind
    :param env: to learn from; all episodes must have the same length
    :param learning_rate: number, or function of the remaining progress (1 to 0)
    :param gamma: discount factor of gains and rewards; a small one judges a glimpse mainly by what it and the next ones show. On
        cluttered MNIST 0.5 learns faster than 1 (measured). If reward is all there is, use 1 or slightly less
    :param reinforce_coef: weight of REINFORCE's loss relative to the cross-entropy. For a recurrent policy it weighs the steps
        without a right answer; 0 if the actions there change nothing, as in the suite's own tasks
    :param batch_size: of a recurrent policy: episodes in an update, drawn from those just played; None: all of them
    :param n_epochs: of a recurrent policy: passes over the episodes just played. Several updates on the same episodes suit right
        answers, which do not depend on what was played. REINFORCE's own loss does, so they need ``reinforce_coef=0``
    :param early_weight: with a gaze, weight of the answers before the last one
    :param gain_coef: reward per nat that a glimpse adds to the log-likelihood of the right answer
    :param gain_limit: gains are clipped to plus and minus this, in nats
    :param vf_coef: weight of the baseline's squared error
    :param ent_coef: weight of the entropy of gazes, and of actions if REINFORCE trains them: number, or function of the remaining
        progress (1 to 0)
    :param gaze_std: standard deviation of a continuous gaze: number, or function of the remaining progress; with
        ``policy_kwargs={"learn_gaze_std": True}`` its initial value
    :param gaze_samples: number of consecutive envs that share one episode (``copies`` of the suite's vector envs)
    :param supervised: whether to learn from labels or answers; None: if the env gives them
    :param normalize_advantage: whether to divide advantages by their standard deviation
    :param max_grad_norm: the gradient is clipped to this norm
    :param autocast: whether networks compute in bfloat16; None: only for images, on a device with bfloat16 instructions
    :param stats_window_size: episodes in the logged means
    :param tensorboard_log: folder for Tensorboard
    :param policy_kwargs: for the policy
    :param verbose: 0, 1 or 2, as in SB3
    :param seed: of network, gazes and env
    :param device: of torch
    :raises ValueError: if a number is out of range, or policy or env do not fit
    """

    policy: GlimpsePolicy | RecurrentActorCriticPolicy
    _last_episode_starts: np.ndarray
    policy_aliases: ClassVar[dict[str, type[BasePolicy]]] = {
        "GlimpsePolicy": GlimpsePolicy,
        "MlpLstmPolicy": MlpLstmPolicy,
        "CnnLstmPolicy": CnnLstmPolicy,
        "MultiInputLstmPolicy": MultiInputLstmPolicy,
        "MlpGruPolicy": MlpGruPolicy,
        "MlpLongLstmPolicy": MlpLongLstmPolicy,
        "CnnGruPolicy": CnnGruPolicy,
        "MultiInputGruPolicy": MultiInputGruPolicy,
    }

    def __init__(
        self,
        policy: str | type[GlimpsePolicy] | type[RecurrentActorCriticPolicy],
        env: GymEnv | str,
        learning_rate: float | Schedule = 1e-3,
        gamma: float = 0.5,
        reinforce_coef: float = 0.3,
        early_weight: float = 0.3,
        gain_coef: float = 1.0,
        gain_limit: float = 2.0,
        vf_coef: float = 0.5,
        ent_coef: float | Schedule = 0.0,
        gaze_std: float | Schedule = 0.1,
        gaze_samples: int = 1,
        batch_size: int | None = None,
        n_epochs: int = 1,
        supervised: bool | None = None,
        normalize_advantage: bool = True,
        max_grad_norm: float = 5.0,
        autocast: bool | None = None,
        stats_window_size: int = 1000,
        tensorboard_log: str | None = None,
        policy_kwargs: dict[str, Any] | None = None,
        verbose: int = 0,
        seed: int | None = None,
        device: th.device | str = "auto",
        _init_setup_model: bool = True,
    ) -> None:
        self.reinforce_coef, self.early_weight = reinforce_coef, early_weight
        self.gain_coef, self.gain_limit = gain_coef, gain_limit
        self.gaze_std = gaze_std
        self.gaze_samples, self.supervised, self.autocast = gaze_samples, supervised, autocast
        self.batch_size, self.n_epochs = batch_size, n_epochs
        self.normalize_advantage = normalize_advantage
        self._first_answers: np.ndarray | None = None  # of the next episodes' first step
        looks = policy == "GlimpsePolicy" or (isinstance(policy, type) and issubclass(policy, GlimpsePolicy))
        super().__init__(
            policy,
            env,
            learning_rate,
            n_steps=1,
            gamma=gamma,
            gae_lambda=1.0,
            ent_coef=ent_coef,  # type: ignore[arg-type]
            vf_coef=vf_coef,
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
            supported_action_spaces=(spaces.Box, spaces.MultiDiscrete) if looks else ANY_ACTIONS,
        )

    def _setup_model(self) -> None:
        check_given(self, self._looks)
        self._setup_lr_schedule()
        self.set_random_seed(self.seed)
        self.ent_schedule, self.std_schedule = FloatSchedule(self.ent_coef), FloatSchedule(self.gaze_std)
        of_gaze: dict[str, Any] = {}
        if self._looks:
            self.policy_kwargs = {"learn_gaze_std": False, **self.policy_kwargs}
            of_gaze["gaze_std"] = self.std_schedule(1.0)
        self.policy = self.policy_class(  # type: ignore[assignment]
            self.observation_space, self.action_space, self.lr_schedule, **of_gaze, **self.policy_kwargs
        )
        self.policy = self.policy.to(self.device)
        self._setup_losses()
        self._acceleration = Acceleration(self.device, self.observation_space, False, self.autocast)
        self._way: Any = Looking(self) if self._looks else Remembering(self)
        self.rollout_buffer = None  # type: ignore[assignment]  # SB3's `learn` reads it; we use episodes

    @property
    def _looks(self) -> bool:
        """Whether the policy has a gaze."""
        return issubclass(self.policy_class, GlimpsePolicy)

    def learn(
        self,
        total_timesteps: int,
        callback: MaybeCallback = None,
        log_interval: int = 10,
        tb_log_name: str = "REINFORCE",
        *args: Any,
        **kwargs: Any,
    ) -> "REINFORCE":
        """As SB3's. It always finishes the last episodes."""
        super().learn(total_timesteps, callback, log_interval, tb_log_name, *args, **kwargs)
        return self

    def _setup_learn(
        self, total_timesteps: int, callback: MaybeCallback = None, reset_num_timesteps: bool = True, *args: Any, **kwargs: Any
    ) -> tuple[int, BaseCallback]:
        if reset_num_timesteps or self._last_obs is None:  # SB3 resets the env then
            self._first_answers = None
        return super()._setup_learn(total_timesteps, callback, reset_num_timesteps, *args, **kwargs)

    def collect_rollouts(
        self, env: VecEnv, callback: BaseCallback, rollout_buffer: RolloutBuffer | None, n_rollout_steps: int
    ) -> bool:
        """
        Play one whole episode of every env.

        :param env: to step
        :param callback: called after every step
        :param rollout_buffer: not used
        :param n_rollout_steps: not used
        :return: False if the callback stopped it
        :raises ValueError: if episodes have different lengths
        """
        self._set_schedules()
        if not self._last_episode_starts.all():  # a callback stopped the last episodes early
            self._last_obs, self._first_answers = env.reset(), None  # type: ignore[assignment]
        self._episodes: Any = self._way.begin(env)
        episodes = self._episodes
        callback.on_rollout_start()
        dones = np.zeros(env.num_envs, dtype=bool)
        while not dones.any():
            self.policy.set_training_mode(True)  # a callback that evaluates may have switched it off
            actions = self._way.act(obs_as_tensor(self._last_obs, self.device), episodes)  # type: ignore[arg-type]
            lstm_states = getattr(self, "_last_lstm_states", None)  # for callbacks, as in RecurrentPPO
            new_obs, rewards, dones, infos = env.step(self._for_env(actions))
            self.num_timesteps += env.num_envs
            episodes.rewards.append(th.as_tensor(rewards, dtype=th.float32, device=self.device))
            self._last_obs, self._last_episode_starts = new_obs, dones  # type: ignore[assignment]
            self._way.hear(infos)
            callback.update_locals(locals())
            if not callback.on_step():
                return False
            self._update_info_buffer(infos, dones)
        if not dones.all():
            raise ValueError(
                f"REINFORCE needs episodes of the same length, but after {len(episodes.rewards)} steps only "
                f"{dones.sum()} of {len(dones)} episodes have ended; use sb3_contrib.RecurrentPPO with "
                f"{'GlimpsePolicy' if self._looks else 'this policy'} instead"
            )
        self._way.end(infos, episodes)
        callback.update_locals(locals())
        callback.on_rollout_end()
        return True

    def train(self) -> None:
        """Learn from the latest episodes: one update, or those of ``batch_size`` and ``n_epochs``."""
        self._update_learning_rate(self.policy.optimizer)
        with self._way.training():
            for episodes in self._way.batches(self._episodes):
                self._descend(self.loss(episodes))
        self._after_training()
        del self._episodes  # frees its graph
        if self._has_std:
            self.logger.record("train/gaze_std", self.policy.log_std.exp().item())

    def loss(self, episodes: Episodes | PlayedEpisodes) -> th.Tensor:
        """
        The loss of an update, ().

        :param episodes: as :meth:`collect_rollouts` leaves them
        """
        return self._way.loss(episodes)

    def dump_logs(self, iteration: int = 0) -> None:
        """Write the log."""
        self._record_loss()
        super().dump_logs(iteration)

    def _set_schedules(self) -> None:
        self._update_current_progress_remaining(self.num_timesteps, self._total_timesteps)
        if self._has_std and not self.policy.learn_gaze_std:
            with th.no_grad():
                self.policy.log_std.fill_(np.log(max(self.std_schedule(self._current_progress_remaining), 1e-3)))

    @property
    def _has_std(self) -> bool:
        """Whether the policy has a gaze with a standard deviation."""
        return self._looks and self.policy.continuous_gaze  # type: ignore[return-value]

    def _say_not_finite(self) -> None:
        """:raises NonFiniteLossError: always; and from now on the model is not saved"""
        self._losses.add(th.tensor(th.nan, device=self.device), max(self._n_updates, 1))
        self._losses.check()

    def _for_env(self, actions: th.Tensor) -> np.ndarray:
        array = actions.cpu().numpy()
        if isinstance(self.action_space, spaces.Box):
            if self.policy.squash_output:
                return self.policy.unscale_action(array)
            return np.clip(array, self.action_space.low, self.action_space.high)
        return array

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "_acceleration", "_episodes", "_way", "_last_lstm_states"]
