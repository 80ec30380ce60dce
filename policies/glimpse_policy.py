"""A recurrent policy that sees only glimpses and chooses where to look next."""

import math
from functools import partial
from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.common.recurrent.type_aliases import RNNStates
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import PyTorchObs, Schedule
from torch import nn

from .gaze_distribution import CategoricalGaussianDistribution, GazeDistribution, TilesDistribution
from .glimpse_extractor import GlimpseExtractor
from .memory.keywords_of_memory import keywords_of_memory
from .memory.states_at_start import states_at_start
from .plain_numbers import check_number
from .retina import Retina

LstmStates = tuple[th.Tensor, th.Tensor]
NEEDS_SHARED_LSTM = "the baseline reads the actor's LSTM; leave shared_lstm=True, enable_critic_lstm=False"


class GlimpsePolicy(RecurrentActorCriticPolicy):
    """
    The recurrent attention model (RAM) of Mnih et al. (2014) as an sb3-contrib policy.

    It has a retina and a glimpse network, an LSTM core, a linear head for the action (the class), a head with a hidden layer
    for the next gaze, and a linear value head. The value head (the baseline) does not train the core.

    The envs must be in a :class:`saccade.envs.GazeWrapper`. The policy goes into :class:`saccade.agents.REINFORCE` and, without
    ``policy_kwargs``, into ``sb3_contrib.RecurrentPPO``. The mean of a continuous gaze goes through tanh, so it lies on the
    image. All other arguments of ``RecurrentActorCriticPolicy`` work too. By default actor and critic share one LSTM.

    :param observation_space: Dict with an ``"image"`` and a ``"gaze"``
    :param action_space: Box of index, x, y, or MultiDiscrete of index and tile
    :param lr_schedule: learning rate as a function of the remaining progress (1 to 0)
    :param gaze_hidden: units of the gaze head's hidden layer
    :param gaze_std: initial standard deviation of a continuous gaze, in units of half the image
    :param learn_gaze_std: whether the optimizer trains it
    :param detach_gaze: whether to stop the gradient of the gaze head before the core, as in RAM
    :param detach_value: whether to stop the gradient of REINFORCE's baseline before the core, as in RAM. (sb3-contrib always
        stops it if the critic shares the LSTM.) If reward is rare and there are no labels, False may help to train the core
    :param forced_gaze: whether the env forces the gaze (``GazeWrapper(forced=...)``). Set it for PPO: its ratio and its entropy
        have no part of the gaze then, and the gaze head is not trained. REINFORCE asks the env itself
    :param waiting: probability of the last action at first, such as 0.7, for tasks whose last action is "not yet": an agent that
        answers at once, by chance, does not learn that it is better to wait. Who answers and who waits have a gaze each then. None:
        all actions are about equally likely, and there is one gaze
    :param features_extractor_class: reads the observations
    :param features_extractor_kwargs: for :class:`GlimpseExtractor`: size, scales, network and so on
    :raises ValueError: if the action space is not that of a ``GazeWrapper``
    """

    action_space: spaces.MultiDiscrete | spaces.Box
    action_dist: GazeDistribution

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        lr_schedule: Schedule,
        net_arch: list[int] | dict[str, list[int]] | None = None,
        *,
        gaze_hidden: int = 128,
        gaze_std: float = 0.15,
        learn_gaze_std: bool = True,
        detach_gaze: bool = False,
        detach_value: bool = True,
        forced_gaze: bool = False,
        waiting: float | None = None,
        features_extractor_class: type[BaseFeaturesExtractor] = GlimpseExtractor,
        features_extractor_kwargs: dict[str, Any] | None = None,
        shared_lstm: bool = True,
        enable_critic_lstm: bool = False,
        **others: Any,
    ) -> None:
        self._check(action_space)
        check_number("gaze_std", gaze_std)
        check_number("gaze_hidden", gaze_hidden, whole=True)
        if waiting is not None:
            check_number("waiting", waiting)
        if gaze_std <= 0 or gaze_hidden < 1:
            raise ValueError(f"gaze_std is {gaze_std} and gaze_hidden {gaze_hidden}; they must be above 0")
        if waiting is not None and not 0 < waiting < 1:
            raise ValueError(f"waiting is {waiting}; it must be a probability above 0 and below 1")
        if others.get("use_sde") or others.get("log_std_init", 0.0) != 0.0:
            raise ValueError("GlimpsePolicy takes no use_sde and no log_std_init; the noise of the gaze is gaze_std")
        self.gaze_hidden, self.gaze_std, self.learn_gaze_std = gaze_hidden, gaze_std, learn_gaze_std
        self.detach_gaze, self.detach_value, self.forced_gaze = detach_gaze, detach_value, forced_gaze
        self.waiting = waiting
        super().__init__(
            observation_space,
            action_space,
            lr_schedule,
            net_arch if net_arch is not None else {"pi": [], "vf": []},
            features_extractor_class=features_extractor_class,
            features_extractor_kwargs=features_extractor_kwargs,
            shared_lstm=shared_lstm,
            enable_critic_lstm=enable_critic_lstm,
            **others,
        )

    @staticmethod
    def _check(space: spaces.Space) -> None:
        tiles = isinstance(space, spaces.MultiDiscrete) and len(space.nvec) == 2
        continuous = (
            isinstance(space, spaces.Box)
            and space.shape == (3,)
            and bool((space.low == (0, -1, -1)).all() and (space.high[1:] == 1).all() and np.isfinite(space.high[0]))
        )
        if not (tiles or continuous):
            raise ValueError(f"GlimpsePolicy takes the actions of saccade.envs.GazeWrapper, not {space}")

    def _build(self, lr_schedule: Schedule) -> None:
        """Build our heads in place of SB3's. SB3's constructor calls this."""
        self._build_mlp_extractor()
        latent = self.mlp_extractor.latent_dim_pi
        space = self.action_space
        self.continuous_gaze = isinstance(space, spaces.Box)
        if isinstance(space, spaces.MultiDiscrete):
            self.action_dist, gaze_dim = TilesDistribution(int(space.nvec[0]), int(space.nvec[1])), int(space.nvec[1])
        else:
            self.action_dist, gaze_dim = CategoricalGaussianDistribution(int(space.high[0]) + 1), 2
            self.log_std = nn.Parameter(th.tensor(math.log(self.gaze_std)), requires_grad=self.learn_gaze_std)
        self.action_net = self.action_dist.proba_distribution_net(latent)
        self.gazes = 1 if self.waiting is None else 2  # for who answers, and for who waits
        to_gaze = nn.Linear(self.gaze_hidden, gaze_dim * self.gazes)
        self.gaze_net = nn.Sequential(nn.Linear(latent, self.gaze_hidden), nn.ReLU(), to_gaze)
        self.value_net = nn.Linear(self.mlp_extractor.latent_dim_vf, 1)
        if self.ortho_init:
            eyes: dict[nn.Module, float] = {self.pi_features_extractor: 2**0.5, self.vf_features_extractor: 2**0.5}
            gains = {**eyes, self.action_net: 0.01, self.value_net: 1.0}
            for module, gain in gains.items():
                module.apply(partial(self.init_weights, gain=gain))
        if self.waiting is not None:  # the odds of the last action against the sum of the others
            odds = self.waiting / (1 - self.waiting) * (self.action_dist.n_actions - 1)
            with th.no_grad():
                self.action_net.bias[-1] = math.log(odds)  # type: ignore[operator]
        # At first, gazes lie near the centre, and all tiles are about equally likely.
        nn.init.normal_(to_gaze.weight, std=0.01)
        nn.init.zeros_(to_gaze.bias)

    def extract_features(  # type: ignore[override]
        self, obs: PyTorchObs, features_extractor: BaseFeaturesExtractor | None = None
    ) -> th.Tensor | tuple[th.Tensor, th.Tensor]:
        """
        Features of raw observations. SB3 would convert the whole image to float first; here the retina crops it before.

        :param obs: batch of observations
        :param features_extractor: to use instead of the policy's own
        """
        if not (isinstance(self.features_extractor, GlimpseExtractor) and self.normalize_images):
            return super().extract_features(obs, features_extractor)
        if self.share_features_extractor:
            return (features_extractor or self.features_extractor)(obs, raw=True)
        return self.pi_features_extractor(obs, raw=True), self.vf_features_extractor(obs, raw=True)

    @property
    def retina(self) -> Retina:
        """
        The policy's retina.

        :raises TypeError: if the features extractor is not a :class:`GlimpseExtractor`
        """
        if not isinstance(self.features_extractor, GlimpseExtractor):
            raise TypeError(f"{type(self.features_extractor).__name__} has no retina; use GlimpseExtractor")
        return self.features_extractor.retina

    def start_states(self, n_envs: int) -> LstmStates:
        """
        States of the core before an episode.

        :param n_envs: B
        :return: hidden and cell states, zeros (layers, B, units)
        """
        return states_at_start(self, n_envs)

    def look(
        self, obs: PyTorchObs, lstm_states: LstmStates, episode_starts: th.Tensor
    ) -> tuple[GazeDistribution, th.Tensor, LstmStates]:
        """
        One step with its autograd graph, for learners: the distribution of actions, the baseline and the next states of the core.

        :param obs: batch of observations
        :param lstm_states: hidden and cell states
        :param episode_starts: (B,) 1 where an episode starts
        :return: distribution, values (B,), states
        :raises ValueError: if actor and critic do not share their LSTM
        """
        if not self.shared_lstm:
            raise ValueError(NEEDS_SHARED_LSTM)
        core, lstm_states = self._process_sequence(self._actor_features(obs), lstm_states, episode_starts, self.lstm_actor)
        # Detach only in training: saliency maps of the value need the gradient down to the image.
        below = core.detach() if self.detach_value and self.training else core
        values = self.value_net(self.mlp_extractor.forward_critic(below)).squeeze(1)
        return self._get_action_dist_from_latent(self.mlp_extractor.forward_actor(core)), values, lstm_states

    def get_distribution(  # type: ignore[override]
        self, obs: PyTorchObs, lstm_states: LstmStates, episode_starts: th.Tensor
    ) -> tuple[GazeDistribution, LstmStates]:
        """
        The distribution of actions, and the next states of the core.

        :param obs: batch of observations
        :param lstm_states: hidden and cell states, (layers, B, units) each
        :param episode_starts: (B,) 1 where an episode starts
        """
        return self.distribution_of_features(self._actor_features(obs), lstm_states, episode_starts)

    def distribution_of_features(
        self, features: th.Tensor, lstm_states: LstmStates, episode_starts: th.Tensor
    ) -> tuple[GazeDistribution, LstmStates]:
        """
        The same, for those who have the features already.

        :param features: of the actor, (B, features_dim)
        :param lstm_states: as for :meth:`get_distribution`
        :param episode_starts: (B,) 1 where an episode starts
        """
        core, lstm_states = self._process_sequence(features, lstm_states, episode_starts, self.lstm_actor)
        return self._get_action_dist_from_latent(self.mlp_extractor.forward_actor(core)), lstm_states

    def predict_values(  # type: ignore[override]
        self, obs: PyTorchObs, lstm_states: LstmStates, episode_starts: th.Tensor
    ) -> th.Tensor:
        """
        Values of observations.

        :param obs: batch of observations
        :param lstm_states: of the critic
        :param episode_starts: (B,) 1 where an episode starts
        :return: (B, 1)
        """
        _, values, _, _ = self.forward(obs, RNNStates(lstm_states, lstm_states), episode_starts, deterministic=True)  # type: ignore[arg-type]
        return values

    def _actor_features(self, obs: PyTorchObs) -> th.Tensor:
        features = self.extract_features(obs)
        return features[0] if isinstance(features, tuple) else features  # a tuple if the critic has its own extractor

    def _get_action_dist_from_latent(self, latent_pi: th.Tensor) -> GazeDistribution:
        self.action_dist.forced, self.action_dist.waits = self.forced_gaze, self.waiting is not None
        logits = self.action_net(latent_pi).float()
        # Detach only in training: saliency maps of the gaze need the gradient down to the image.
        below = latent_pi.detach() if self.detach_gaze and self.training else latent_pi
        gaze = self.gaze_net(below).float()
        gaze = gaze if self.gazes == 1 else gaze.unflatten(1, (self.gazes, -1))
        if self.continuous_gaze:
            return self.action_dist.proba_distribution(logits, gaze.tanh(), self.log_std)
        return self.action_dist.proba_distribution(logits, gaze)

    @staticmethod
    def _process_sequence(  # type: ignore[override]
        features: th.Tensor, lstm_states: LstmStates, episode_starts: th.Tensor, lstm: nn.LSTM
    ) -> tuple[th.Tensor, LstmStates]:
        """As sb3-contrib's, but with one call of the LSTM if episodes start only at the start of sequences, as in its buffer."""
        sequences = lstm_states[0].shape[1]
        starts = episode_starts.float().reshape(sequences, -1)
        if starts.shape[1] > 1 and starts[:, 1:].any():
            looped = RecurrentActorCriticPolicy._process_sequence
            return looped(features, lstm_states, episode_starts, lstm)  # type: ignore[return-value]
        kept = (1 - starts[:, 0]).view(1, sequences, 1)
        steps = features.reshape(sequences, -1, lstm.input_size).transpose(0, 1)
        outputs, lstm_states = lstm(steps, (kept * lstm_states[0], kept * lstm_states[1]))
        return outputs.transpose(0, 1).flatten(0, 1), lstm_states

    def _get_constructor_parameters(self) -> dict[str, Any]:
        own = ("gaze_hidden", "gaze_std", "learn_gaze_std", "detach_gaze", "detach_value", "forced_gaze", "waiting")
        kept = {name: getattr(self, name) for name in own}
        return {**super()._get_constructor_parameters(), **keywords_of_memory(self), **kept}
