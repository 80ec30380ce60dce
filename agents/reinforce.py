"""REINFORCE for policies that choose where to look, with a supervised loss where the env gives labels."""

from typing import Any, ClassVar

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import GymEnv, MaybeCallback, PyTorchObs, Schedule
from stable_baselines3.common.utils import FloatSchedule, obs_as_tensor
from stable_baselines3.common.vec_env import VecEnv
from torch.nn import functional as F

from ..policies import GlimpsePolicy
from .episodes import Episodes
from .forced_gaze import forced_gazes
from .reinforce_loss import advantages, answer_loss, information_gains, of_own_gazes, returns_to_go, without_last_gaze
from .updates.acceleration import Acceleration
from .updates.loss_descent import LossDescent

LABEL = "label"  # key of the right answer in the info of an env


class REINFORCE(LossDescent, OnPolicyAlgorithm):
    """
    REINFORCE (Williams 1992) with a learned baseline. This is how the recurrent attention model (RAM) is trained (Mnih et al. 2014,
    section 3.1).

    All envs play one whole episode in lock-step, then there is one update. The forward pass that chose the actions is also the one
    that is differentiated, so nothing is computed twice. If the env gives the right answer (``info["label"]``, the index of an
    action), the loss is hybrid: cross-entropy trains the action head, the core and the glimpse network, and REINFORCE trains the
    gaze. Otherwise REINFORCE trains both. The last gaze of an episode is left out, because nothing is seen at it.

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

    :param policy: ``"GlimpsePolicy"`` or a subclass of it
    :param env: to learn from; all episodes must have the same length
    :param learning_rate: number, or function of the remaining progress (1 to 0)
    :param gamma: discount factor of gains and rewards; a small one judges a glimpse mainly by what it and the next ones show. On
        cluttered MNIST 0.5 learns faster than 1 (measured). If reward is all there is, use 1 or slightly less
    :param reinforce_coef: weight of REINFORCE's loss relative to the cross-entropy
    :param early_weight: weight of the answers before the last one
    :param gain_coef: reward per nat that a glimpse adds to the log-likelihood of the right answer
    :param gain_limit: gains are clipped to plus and minus this, in nats
    :param vf_coef: weight of the baseline's squared error
    :param ent_coef: weight of the entropy of gazes, and of actions if REINFORCE trains them: number, or function of the remaining
        progress (1 to 0)
    :param gaze_std: standard deviation of a continuous gaze: number, or function of the remaining progress; with
        ``policy_kwargs={"learn_gaze_std": True}`` its initial value
    :param gaze_samples: number of consecutive envs that share one episode (``copies`` of the suite's vector envs)
    :param supervised: whether to learn from labels; None: if the env gives them
    :param normalize_advantage: whether to divide advantages by their standard deviation
    :param max_grad_norm: the gradient is clipped to this norm
    :param autocast: whether networks compute in bfloat16; None: on a device with bfloat16 instructions
    :param stats_window_size: episodes in the logged means
    :param tensorboard_log: folder for Tensorboard
    :param policy_kwargs: for the policy
    :param verbose: 0, 1 or 2, as in SB3
    :param seed: of network, gazes and env
    :param device: of torch
    :raises ValueError: if a number is out of range, or policy or env do not fit
    """

    policy: GlimpsePolicy
    _last_obs: dict[str, np.ndarray]
    _last_episode_starts: np.ndarray
    policy_aliases: ClassVar[dict[str, type[BasePolicy]]] = {"GlimpsePolicy": GlimpsePolicy}

    def __init__(
        self,
        policy: str | type[GlimpsePolicy],
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
        self.normalize_advantage = normalize_advantage
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
            supported_action_spaces=(spaces.Box, spaces.MultiDiscrete),
        )

    def _setup_model(self) -> None:
        self._check()
        self._setup_lr_schedule()
        self.set_random_seed(self.seed)
        self.ent_schedule, self.std_schedule = FloatSchedule(self.ent_coef), FloatSchedule(self.gaze_std)
        self.policy_kwargs = {"learn_gaze_std": False, **self.policy_kwargs}
        self.policy = self.policy_class(  # type: ignore[assignment]
            self.observation_space, self.action_space, self.lr_schedule, gaze_std=self.std_schedule(1.0), **self.policy_kwargs
        )
        self.policy = self.policy.to(self.device)
        self._setup_losses()
        self._acceleration = Acceleration(self.device, self.observation_space, False, self.autocast)
        self.rollout_buffer = None  # type: ignore[assignment]  # SB3's `learn` reads it; we use `Episodes`

    def _check(self) -> None:
        if not issubclass(self.policy_class, GlimpsePolicy):
            raise ValueError(f"REINFORCE takes saccade.policies.GlimpsePolicy or a subclass, not {self.policy_class.__name__}")
        if not self.policy_kwargs.get("shared_lstm", True):
            raise ValueError("REINFORCE's baseline reads the actor's LSTM; leave shared_lstm=True, enable_critic_lstm=False")
        if "gaze_std" in self.policy_kwargs:
            raise ValueError("gaze_std is in policy_kwargs; give it to REINFORCE directly")
        if self._vec_normalize_env is not None and self._vec_normalize_env.norm_obs:
            raise ValueError("VecNormalize would change the observed gaze; give it norm_obs=False")
        if self.gaze_samples < 1 or (self.env is not None and self.n_envs % self.gaze_samples):
            raise ValueError(f"gaze_samples is {self.gaze_samples}; it must be at least 1 and divide the {self.n_envs} envs")
        for name in ("reinforce_coef", "early_weight", "gain_coef", "gain_limit", "vf_coef"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 0")
        if not callable(self.gaze_std) and self.gaze_std <= 0:
            raise ValueError(f"gaze_std is {self.gaze_std}; it must be above 0")

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
            self._last_obs = env.reset()  # type: ignore[assignment]
        self._check_samples()
        forced = forced_gazes(env, otherwise=self.policy.forced_gaze)
        self.policy.forced_gaze = bool(forced.all())  # of an env that leaves the gaze free, a loaded policy learns to look
        self._episodes = episodes = Episodes(forced=th.as_tensor(forced, device=self.device) if forced.any() else None)
        callback.on_rollout_start()
        starts = th.ones(env.num_envs, device=self.device)
        states = self.policy.start_states(env.num_envs)
        dones = np.zeros(env.num_envs, dtype=bool)
        while not dones.any():
            self.policy.set_training_mode(True)  # a callback that evaluates may have switched it off
            with self._acceleration.autocast():
                distribution, values, states = self.policy.look(self._seen(), states, starts)
            if not distribution.is_finite():
                self._losses.add(th.tensor(th.nan, device=self.device), max(self._n_updates, 1))
                self._losses.check()
            actions = distribution.sample()
            episodes.add(distribution, actions, values)
            new_obs, rewards, dones, infos = env.step(self._for_env(actions))
            self.num_timesteps += env.num_envs
            episodes.rewards.append(th.as_tensor(rewards, dtype=th.float32, device=self.device))
            self._last_obs, self._last_episode_starts = new_obs, dones  # type: ignore[assignment]
            starts = th.zeros_like(starts)
            callback.update_locals(locals())
            if not callback.on_step():
                return False
            self._update_info_buffer(infos, dones)
        if not dones.all():
            raise ValueError(
                f"REINFORCE needs episodes of the same length, but after {len(episodes.rewards)} steps only "
                f"{dones.sum()} of {len(dones)} episodes have ended; use sb3_contrib.RecurrentPPO with GlimpsePolicy instead"
            )
        episodes.labels = self._labels(infos)
        callback.update_locals(locals())
        callback.on_rollout_end()
        return True

    def train(self) -> None:
        """Take one update on the latest episodes."""
        self._update_learning_rate(self.policy.optimizer)
        self._descend(self.loss(self._episodes))
        self._after_training()
        del self._episodes  # frees its graph
        if self.policy.continuous_gaze:
            self.logger.record("train/gaze_std", self.policy.log_std.exp().item())

    def loss(self, episodes: Episodes) -> th.Tensor:
        """
        The loss of an update, ().

        :param episodes: as :meth:`collect_rollouts` leaves them
        """
        rewards, values = th.stack(episodes.rewards), th.stack(episodes.values).float()
        of_gazes = (without_last_gaze(th.stack(x)) for x in (episodes.gaze_log_probs, episodes.gaze_entropies))
        log_probs, entropies = (of_own_gazes(x, episodes.forced) for x in of_gazes)
        hybrid = self._answers(episodes)
        if hybrid is None:
            log_probs = log_probs + th.stack(episodes.action_log_probs)
            entropies = entropies + th.stack(episodes.action_entropies)
            supervised, weight = th.zeros((), device=self.device), 1.0
        else:
            supervised, weight = answer_loss(hybrid, self.early_weight), self.reinforce_coef
            gains = of_own_gazes(information_gains(hybrid.detach(), self.gain_limit), episodes.forced)
            rewards = rewards + self.gain_coef * gains
        returns = returns_to_go(rewards, self.gamma)
        advantage = advantages(returns, values.detach(), self.gaze_samples, self.normalize_advantage)
        reinforce = -(log_probs * advantage).mean()
        baseline = F.mse_loss(values, returns)
        bonus = self.ent_schedule(self._current_progress_remaining)
        return supervised + weight * reinforce + self.vf_coef * baseline - bonus * entropies.mean()

    def dump_logs(self, iteration: int = 0) -> None:
        """Write the log."""
        self._record_loss()
        super().dump_logs(iteration)

    def _answers(self, episodes: Episodes) -> th.Tensor | None:
        """Log-likelihoods (T, N) of the right answers, or None without labels."""
        if episodes.labels is None:
            return None
        logits = th.stack(episodes.action_logits).float()
        return logits.log_softmax(2).gather(2, episodes.labels.expand(len(logits), -1)[..., None]).squeeze(2)

    def _labels(self, infos: list[dict[str, Any]]) -> th.Tensor | None:
        labelled = LABEL in infos[0]
        if self.supervised and not labelled:
            raise ValueError(
                f"supervised is True, but the env's info has no {LABEL!r}; use supervised=None to learn from reward alone"
            )
        if not labelled or self.supervised is False:
            return None
        labels, count = [int(info[LABEL]) for info in infos], self.policy.action_dist.n_actions
        if min(labels) < 0 or max(labels) >= count:
            raise ValueError(
                f"info[{LABEL!r}] must be the index of an action, from 0 to {count - 1}; the labels here go from "
                f"{min(labels)} to {max(labels)}"
            )
        return th.tensor(labels, device=self.device)

    def _set_schedules(self) -> None:
        self._update_current_progress_remaining(self.num_timesteps, self._total_timesteps)
        if self.policy.continuous_gaze and not self.policy.learn_gaze_std:
            with th.no_grad():
                self.policy.log_std.fill_(np.log(max(self.std_schedule(self._current_progress_remaining), 1e-3)))

    def _check_samples(self) -> None:
        if self.gaze_samples == 1:
            return
        groups = self._last_obs["image"].reshape(-1, self.gaze_samples, *self._last_obs["image"].shape[1:])
        if (groups != groups[:, :1]).any():
            raise ValueError(
                f"gaze_samples is {self.gaze_samples}, but consecutive envs show different images; make the env with "
                f"copies={self.gaze_samples}"
            )

    def _seen(self) -> PyTorchObs:
        return obs_as_tensor(self._last_obs, self.device)

    def _for_env(self, actions: th.Tensor) -> np.ndarray:
        array = actions.cpu().numpy()
        if isinstance(self.action_space, spaces.Box):
            return np.clip(array, self.action_space.low, self.action_space.high)
        return array

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "_acceleration", "_episodes"]
