"""Dueling policies for DQN and similar algorithms, in place of SB3's ``MlpPolicy``, ``CnnPolicy`` and ``MultiInputPolicy``."""

from typing import Any

import torch as th
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor, CombinedExtractor, FlattenExtractor
from stable_baselines3.common.type_aliases import Schedule
from stable_baselines3.dqn.policies import DQNPolicy
from torch import nn

from .dueling_network import DuelingQNetwork
from .fused_adam import FusedAdam
from .nature_convolutions import NatureConvolutions
from .plain_numbers import check_whole_numbers


class DuelingMlpPolicy(DQNPolicy):
    """
    Dueling network for vectors: one shared layer of 64 units, then a hidden layer of 64 in each stream.

    It needs no ``policy_kwargs``, in SB3 and in RL Zoo.

    :param observation_space: of the env
    :param action_space: ``Discrete`` or ``MultiDiscrete`` (:class:`DuelingQNetwork` says how several branches add up)
    :param lr_schedule: learning rate as a function of the remaining progress (1 to 0)
    :param net_arch: widths of the shared layers after the features extractor
    :param hidden_width: units of the one hidden layer in each stream
    :param layer_norm: LayerNorm before every activation, also in ``NatureConvolutions``, ``HadamaxConvolutions``,
        ``SoftAttentionExtractor`` and ``GlimpseMapExtractor``; other features extractors do not change.
        :class:`saccade.agents.PQN` needs it
    :param activation_fn: of all layers after the features extractor
    :param features_extractor_class: any SB3 features extractor
    :param features_extractor_kwargs: its keyword arguments
    :param normalize_images: whether images are divided by 255
    :param optimizer_class: a torch optimizer; by default torch's fused Adam
    :param optimizer_kwargs: its keyword arguments, without the learning rate
    :raises ValueError: if ``hidden_width`` is not a whole number of at least 1, or the actions are of another space
    """

    takes_branches = True  # MultiDiscrete actions
    branch_names: tuple[str, ...] = ()  # for heads; empty: the branches are numbered
    q_net: DuelingQNetwork
    q_net_target: DuelingQNetwork

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Discrete | spaces.MultiDiscrete,
        lr_schedule: Schedule,
        net_arch: list[int] | None = None,
        hidden_width: int = 64,
        activation_fn: type[nn.Module] = nn.ReLU,
        features_extractor_class: type[BaseFeaturesExtractor] = FlattenExtractor,
        features_extractor_kwargs: dict[str, Any] | None = None,
        normalize_images: bool = True,
        optimizer_class: type[th.optim.Optimizer] = FusedAdam,
        optimizer_kwargs: dict[str, Any] | None = None,
        layer_norm: bool = False,
    ) -> None:
        check_whole_numbers(hidden_width=hidden_width)
        if hidden_width < 1:
            raise ValueError(f"hidden_width is {hidden_width}; each stream needs at least 1 hidden unit")
        if layer_norm and getattr(features_extractor_class, "takes_layer_norm", False):
            features_extractor_kwargs = {"layer_norm": True, **(features_extractor_kwargs or {})}
        self.hidden_width, self.layer_norm = hidden_width, layer_norm  # set first, because SB3's constructor builds the networks
        super().__init__(
            observation_space,
            action_space,  # type: ignore[arg-type]  # the network is ours, so SB3 only hands the space on
            lr_schedule,
            [64] if net_arch is None else net_arch,
            activation_fn,
            features_extractor_class,
            features_extractor_kwargs,
            normalize_images,
            optimizer_class,
            optimizer_kwargs,
        )

    def make_q_net(self) -> DuelingQNetwork:
        arguments = self._update_features_extractor(self.net_args, features_extractor=None)
        return DuelingQNetwork(**arguments, hidden_width=self.hidden_width, layer_norm=self.layer_norm).to(self.device)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), "hidden_width": self.hidden_width, "layer_norm": self.layer_norm}


class DuelingCnnPolicy(DuelingMlpPolicy):
    """
    The dueling network of Wang et al. (2016) for images: the Nature DQN's convolutions, then two streams of 512 units.

    Arguments as in :class:`DuelingMlpPolicy`. With another ``features_extractor_class``, such as SB3's ``NatureCNN``, the two
    streams follow that one.
    """

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Discrete | spaces.MultiDiscrete,
        lr_schedule: Schedule,
        net_arch: list[int] | None = None,
        hidden_width: int = 512,
        activation_fn: type[nn.Module] = nn.ReLU,
        features_extractor_class: type[BaseFeaturesExtractor] = NatureConvolutions,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            observation_space,
            action_space,
            lr_schedule,
            net_arch or [],
            hidden_width,
            activation_fn,
            features_extractor_class,
            **kwargs,
        )


class DuelingMultiInputPolicy(DuelingMlpPolicy):
    """
    Dueling network for dict observations. SB3's ``CombinedExtractor`` reads the entries.

    Arguments as in :class:`DuelingMlpPolicy`.
    """

    def __init__(
        self,
        observation_space: spaces.Dict,
        action_space: spaces.Discrete | spaces.MultiDiscrete,
        lr_schedule: Schedule,
        net_arch: list[int] | None = None,
        hidden_width: int = 64,
        activation_fn: type[nn.Module] = nn.ReLU,
        features_extractor_class: type[BaseFeaturesExtractor] = CombinedExtractor,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            observation_space,
            action_space,
            lr_schedule,
            net_arch,
            hidden_width,
            activation_fn,
            features_extractor_class,
            **kwargs,
        )
