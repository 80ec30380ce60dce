"""The dueling Q-network: one trunk, one stream for the state value and one for the advantages of the actions."""

import math
from functools import partial
from typing import Any

import torch as th
from gymnasium import spaces
from stable_baselines3.common.preprocessing import is_image_space, preprocess_obs
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor, create_mlp
from stable_baselines3.common.type_aliases import PyTorchObs
from stable_baselines3.dqn.policies import QNetwork
from torch import nn

from .gradient_scale import GradientScale


class DuelingQNetwork(QNetwork):
    """
    Q(s, a) = V(s) + A(s, a) - mean_a' A(s, a'), with the mean over the actions of each sample (Wang et al. 2016, equation 9).

    In training mode the gradient that enters the shared features is scaled by 1/sqrt(2) (same paper, section 4.2).

    :param observation_space: of the env
    :param action_space: discrete, A actions
    :param features_extractor: turns observations into (B, features_dim)
    :param features_dim: width of the features
    :param net_arch: widths of the shared fully connected layers after the features
    :param hidden_width: units of the one hidden layer in each stream
    :param activation_fn: of all layers after the features
    :param normalize_images: whether images are divided by 255
    :param layer_norm: LayerNorm before every activation after the features; Q-learning without a target network needs it (Gallici
        et al. 2024)
    """

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Discrete,
        features_extractor: BaseFeaturesExtractor,
        features_dim: int,
        net_arch: list[int] | None = None,
        hidden_width: int = 512,
        activation_fn: type[nn.Module] = nn.ReLU,
        normalize_images: bool = True,
        layer_norm: bool = False,
    ) -> None:
        super(QNetwork, self).__init__(  # skips QNetwork's own constructor, which would build a single stream
            observation_space, action_space, features_extractor=features_extractor, normalize_images=normalize_images
        )
        self.takes_arrays = isinstance(observation_space, spaces.Box)
        self.takes_images = normalize_images and is_image_space(observation_space)
        self.net_arch = net_arch or []
        self.hidden_width = hidden_width
        self.activation_fn = activation_fn
        self.features_dim = features_dim
        self.layer_norm = layer_norm
        layers = partial(create_mlp, activation_fn=activation_fn, post_linear_modules=[nn.LayerNorm] if layer_norm else None)
        self.shared = nn.Sequential(*layers(features_dim, 0, self.net_arch), GradientScale(1 / math.sqrt(2)))
        width = self.net_arch[-1] if self.net_arch else features_dim
        self.value_stream = nn.Sequential(*layers(width, 1, [hidden_width]))
        self.advantage_stream = nn.Sequential(*layers(width, int(action_space.n), [hidden_width]))

    def value_advantage(self, obs: PyTorchObs) -> tuple[th.Tensor, th.Tensor]:
        """
        The two heads. Their sum is ``q_net(obs)``.

        :param obs: batch of observations
        :return: value (B, 1) and advantage (B, A), the latter with mean 0 over the actions
        """
        features = self.shared(self.extract_features(obs, self.features_extractor))
        advantage = self.advantage_stream(features)
        return self.value_stream(features), advantage - advantage.mean(dim=1, keepdim=True)

    def forward(self, obs: PyTorchObs) -> th.Tensor:
        """Q-values (B, A)."""
        value, advantage = self.value_advantage(obs)
        return value + advantage

    def extract_features(self, obs: PyTorchObs, features_extractor: BaseFeaturesExtractor) -> th.Tensor:
        """
        As SB3's, but images and vectors take the precision of the network instead of float32. In a float64 network, float32 inputs
        would leave a derivative 7 of its 16 digits. The constructor checks once whether the space holds images; checking here would
        split the graph of ``torch.compile`` into seven.
        """
        if isinstance(obs, th.Tensor) and self.takes_arrays:
            obs = obs.to(next(self.parameters()).dtype)
            return features_extractor(obs / 255.0 if self.takes_images else obs)
        return features_extractor(preprocess_obs(obs, self.observation_space, normalize_images=self.normalize_images))

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), "hidden_width": self.hidden_width, "layer_norm": self.layer_norm}
