"""A recurrent policy that sees glimpses only and chooses where to look next."""

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
from .retina import Retina

LstmStates = tuple[th.Tensor, th.Tensor]


class GlimpsePolicy(RecurrentActorCriticPolicy):
    """
    The recurrent attention model of Mnih et al. (2014) as an sb3-contrib policy: retina and glimpse network, LSTM core, a head for
    the action (the class), a head with a hidden layer for the next gaze, and a value (baseline) head that reads the core
    without changing it.

    For envs in a :class:`saccade.envs.GazeWrapper`; it goes into :class:`saccade.agents.REINFORCE` and, with no
    ``policy_kwargs``, into ``sb3_contrib.RecurrentPPO``. The mean of a continuous gaze goes through tanh, so it is on the image.
    Whatever else ``RecurrentActorCriticPolicy`` takes can be given as well; by default actor and critic share one LSTM, and the
    heads are linear but for the gaze's.

    :param observation_space: Dict of an ``"image"`` and a ``"gaze"``
    :param action_space: Box of index, x, y, or MultiDiscrete of index and tile
    :param lr_schedule: learning rate, a function of the remaining progress
    :param gaze_hidden: units of the gaze head's hidden layer
    :param gaze_std: standard deviation of a continuous gaze at the start, in units of half the image
    :param learn_gaze_std: whether the optimizer changes it
    :param detach_gaze: whether training the gaze head leaves the core as it is, as in RAM
    :param detach_value: whether REINFORCE's baseline leaves the core as it is, as RAM's does (sb3-contrib's critic always does
        where it shares the LSTM); where reward is rare and nothing else teaches the core, False may teach it
    :param features_extractor_class: of observations
    :param features_extractor_kwargs: for :class:`GlimpseExtractor`: size, scales, network and so on
    :raises ValueError: if the action space is another one
    """

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
        features_extractor_class: type[BaseFeaturesExtractor] = GlimpseExtractor,
        features_extractor_kwargs: dict[str, Any] | None = None,
        shared_lstm: bool = True,
        enable_critic_lstm: bool = False,
        **others: Any,
    ) -> None:
        self._check(action_space)
        if gaze_std <= 0 or gaze_hidden < 1:
            raise ValueError(f"gaze_std is {gaze_std} and gaze_hidden {gaze_hidden}; they must be above 0")
        if others.get("use_sde") or others.get("log_std_init", 0.0) != 0.0:
            raise ValueError("the gaze has noise of its own, gaze_std; GlimpsePolicy takes no use_sde and no log_std_init")
        self.gaze_hidden, self.gaze_std, self.learn_gaze_std = gaze_hidden, gaze_std, learn_gaze_std
        self.detach_gaze, self.detach_value = detach_gaze, detach_value
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
        """Heads in place of SB3's one; called by SB3's constructor."""
        self._build_mlp_extractor()
        latent = self.mlp_extractor.latent_dim_pi
        space = self.action_space
        if isinstance(space, spaces.MultiDiscrete):
            self.action_dist, gaze_dim = TilesDistribution(int(space.nvec[0]), int(space.nvec[1])), int(space.nvec[1])
        else:
            assert isinstance(space, spaces.Box)
            self.action_dist, gaze_dim = CategoricalGaussianDistribution(int(space.high[0]) + 1), 2
            self.log_std = nn.Parameter(th.tensor(math.log(self.gaze_std)), requires_grad=self.learn_gaze_std)
        self.action_net = self.action_dist.proba_distribution_net(latent)
        to_gaze = nn.Linear(self.gaze_hidden, gaze_dim)
        self.gaze_net = nn.Sequential(nn.Linear(latent, self.gaze_hidden), nn.ReLU(), to_gaze)
        self.value_net = nn.Linear(self.mlp_extractor.latent_dim_vf, 1)
        if self.ortho_init:
            eyes: dict[nn.Module, float] = {self.pi_features_extractor: 2**0.5, self.vf_features_extractor: 2**0.5}
            gains = {**eyes, self.action_net: 0.01, self.value_net: 1.0}
            for module, gain in gains.items():
                module.apply(partial(self.init_weights, gain=gain))
        # The first gazes lie about the centre, and all tiles are as likely.
        nn.init.normal_(to_gaze.weight, std=0.01)
        nn.init.zeros_(to_gaze.bias)

    def extract_features(  # type: ignore[override]
        self, obs: PyTorchObs, features_extractor: BaseFeaturesExtractor | None = None
    ) -> th.Tensor | tuple[th.Tensor, th.Tensor]:
        """
        Features of raw observations. SB3 would turn the whole image into floats first; the retina takes what it needs.

        :param obs: batch of observations
        :param features_extractor: another one than the policy's
        """
        if not (isinstance(self.features_extractor, GlimpseExtractor) and self.normalize_images):
            return super().extract_features(obs, features_extractor)
        if self.share_features_extractor:
            return (features_extractor or self.features_extractor)(obs, raw=True)
        return self.pi_features_extractor(obs, raw=True), self.vf_features_extractor(obs, raw=True)

    @property
    def retina(self) -> Retina:
        """
        The eye.

        :raises TypeError: if the policy has another features extractor than :class:`GlimpseExtractor`
        """
        if not isinstance(self.features_extractor, GlimpseExtractor):
            raise TypeError(f"{type(self.features_extractor).__name__} has no retina; GlimpseExtractor has")
        return self.features_extractor.retina

    def start_states(self, n_envs: int) -> LstmStates:
        """
        The core's states before an episode.

        :param n_envs: B
        :return: hidden and cell states, zeros (layers, B, units)
        """
        lstm = self.lstm_actor
        zeros = th.zeros(lstm.num_layers, n_envs, lstm.hidden_size, device=self.device)
        return zeros, zeros

    def look(
        self, obs: PyTorchObs, lstm_states: LstmStates, episode_starts: th.Tensor
    ) -> tuple[GazeDistribution, th.Tensor, LstmStates]:
        """
        One glimpse, for learners that keep the graph: what the policy would do, the baseline and the core's next states.

        :param obs: batch of observations
        :param lstm_states: hidden and cell states
        :param episode_starts: (B,) 1 where an episode starts
        :return: distribution, (B,) values, states
        :raises ValueError: if actor and critic have networks of their own below the heads
        """
        if not self.shared_lstm:
            raise ValueError("with REINFORCE the baseline reads the actor's LSTM; leave shared_lstm=True, enable_critic_lstm=False")
        features = self.extract_features(obs)
        assert isinstance(features, th.Tensor)
        core, lstm_states = self._process_sequence(features, lstm_states, episode_starts, self.lstm_actor)
        # In training only: maps of the value go all the way back to the image.
        below = core.detach() if self.detach_value and self.training else core
        values = self.value_net(self.mlp_extractor.forward_critic(below)).squeeze(1)
        return self._get_action_dist_from_latent(self.mlp_extractor.forward_actor(core)), values, lstm_states

    def get_distribution(  # type: ignore[override]
        self, obs: PyTorchObs, lstm_states: LstmStates, episode_starts: th.Tensor
    ) -> tuple[GazeDistribution, LstmStates]:
        """
        What the policy would do, and its next states.

        :param obs: batch of observations
        :param lstm_states: hidden and cell states, (layers, B, units) each
        :param episode_starts: (B,) 1 where an episode starts
        """
        features = self.extract_features(obs)
        features = features if isinstance(features, th.Tensor) else features[0]  # the actor's own
        core, lstm_states = self._process_sequence(features, lstm_states, episode_starts, self.lstm_actor)
        return self._get_action_dist_from_latent(self.mlp_extractor.forward_actor(core)), lstm_states

    def predict_values(  # type: ignore[override]
        self, obs: PyTorchObs, lstm_states: LstmStates, episode_starts: th.Tensor
    ) -> th.Tensor:
        """
        :param obs: batch of observations
        :param lstm_states: of the critic
        :param episode_starts: (B,) 1 where an episode starts
        :return: (B, 1)
        """
        _, values, _, _ = self.forward(obs, RNNStates(lstm_states, lstm_states), episode_starts, deterministic=True)  # type: ignore[arg-type]
        return values

    def _get_action_dist_from_latent(self, latent_pi: th.Tensor) -> GazeDistribution:
        logits = self.action_net(latent_pi).float()
        # In training only: maps of the gaze go all the way back to the image.
        below = latent_pi.detach() if self.detach_gaze and self.training else latent_pi
        gaze = self.gaze_net(below).float()
        if isinstance(self.action_dist, TilesDistribution):
            return self.action_dist.proba_distribution(logits, gaze)
        assert isinstance(self.action_dist, CategoricalGaussianDistribution)
        return self.action_dist.proba_distribution(logits, gaze.tanh(), self.log_std)

    @staticmethod
    def _process_sequence(  # type: ignore[override]
        features: th.Tensor, lstm_states: LstmStates, episode_starts: th.Tensor, lstm: nn.LSTM
    ) -> tuple[th.Tensor, LstmStates]:
        """As sb3-contrib's, with one call of the LSTM where episodes start at the start of sequences only, as in its buffer."""
        sequences = lstm_states[0].shape[1]
        starts = episode_starts.reshape(sequences, -1)
        if starts.shape[1] > 1 and starts[:, 1:].any():
            looped = RecurrentActorCriticPolicy._process_sequence
            return looped(features, lstm_states, episode_starts, lstm)  # type: ignore[return-value]
        kept = (1 - starts[:, 0]).view(1, sequences, 1)
        steps = features.reshape(sequences, -1, lstm.input_size).transpose(0, 1)
        outputs, lstm_states = lstm(steps, (kept * lstm_states[0], kept * lstm_states[1]))
        return outputs.transpose(0, 1).flatten(0, 1), lstm_states

    def _get_constructor_parameters(self) -> dict[str, Any]:
        own = (
            "gaze_hidden",
            "gaze_std",
            "learn_gaze_std",
            "detach_gaze",
            "detach_value",
            "share_features_extractor",
            "shared_lstm",
            "enable_critic_lstm",
            "lstm_kwargs",
        )
        return {
            **super()._get_constructor_parameters(),
            "lstm_hidden_size": self.lstm_output_dim,
            "n_lstm_layers": self.lstm_actor.num_layers,
            **{name: getattr(self, name) for name in own},
        }
