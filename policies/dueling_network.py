"""The dueling Q-network: one trunk, a stream for the state value, and one for the advantages of each branch of the actions."""

import math
from collections.abc import Callable
from typing import Any

import torch as th
from gymnasium import spaces
from stable_baselines3.common.preprocessing import is_image_space, preprocess_obs
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor, create_mlp
from stable_baselines3.common.type_aliases import PyTorchObs, TensorDict
from stable_baselines3.dqn.policies import QNetwork
from torch import nn

from .action_branches import branch_sizes, greedy_actions
from .layers.full_precision import FullPrecisionLinear
from .layers.gradient_scale import GradientScale


class DuelingQNetwork(QNetwork):
    """
    Q(s, a) = V(s) + A(s, a) - mean_a' A(s, a'), with the mean over the actions of each sample (Wang et al. 2016, equation 9).

    In training mode the gradient that enters the shared features is scaled by 1/sqrt(2) (same paper, section 4.2).

    For ``MultiDiscrete`` actions of D branches it is the branching network of Tavakoli et al. (2018), with one difference. Here

        Q(s, a_1 ... a_D) = V(s) + sum_d (A_d(s, a_d) - mean_a' A_d(s, a')),

    so there is one Q of the joint action and one error to learn from; in the paper each branch has a Q and an error of its own. The
    network has one output for each choice of each branch: A_d(s, a_d) + V(s) / D. Their sum over the branches is Q, and the best
    choices of the branches are the best joint action. The gradient that enters the shared features is scaled by 1/sqrt(1 + D),
    which is 1/sqrt(2) for one branch; in the paper it is 1/(1 + D).

    :param observation_space: of the env
    :param action_space: ``Discrete`` or ``MultiDiscrete``; A is the number of choices, over all branches
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
        action_space: spaces.Discrete | spaces.MultiDiscrete,
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
        self.sizes = branch_sizes(action_space)
        self.idle: tuple[int, ...] = ()  # branches whose choice changes nothing: their advantage is 0
        self.taught: tuple[int, ...] = ()  # branches that learn from examples: their outputs are logits and no part of Q
        self.shared = nn.Sequential(*self._shared_layers(), GradientScale(1 / math.sqrt(1 + len(self.sizes))))
        self.value_stream = self._stream(1)
        # The first branch keeps the name that it has alone, so that a saved network of one branch stays what it is.
        self.advantage_stream = self._stream(self.sizes[0])
        self.further_streams = nn.ModuleList(self._stream(size) for size in self.sizes[1:])

    def _shared_layers(self) -> list[nn.Module]:
        """From the features to what all streams share."""
        return self._layers(self.features_dim, self.net_arch)

    def _stream(self, outputs: int) -> nn.Sequential:
        """From what is shared to a head."""
        width = self.net_arch[-1] if self.net_arch else self.features_dim
        return nn.Sequential(*self._head(width, outputs))

    def _head(self, width: int, outputs: int) -> list[nn.Module]:
        """One hidden layer and the head itself."""
        return [*self._layers(width, [self.hidden_width]), FullPrecisionLinear(self.hidden_width, outputs)]

    def _layers(self, width: int, hidden: list[int]) -> list[nn.Module]:
        norm: list[type[nn.Module]] | None = [nn.LayerNorm] if self.layer_norm else None
        return create_mlp(width, 0, hidden, self.activation_fn, post_linear_modules=norm)

    @property
    def condense(self) -> Callable[[TensorDict], TensorDict] | None:
        """Makes of raw observations what the network needs of them, which may be much less; None if that is all of them."""
        return getattr(self.features_extractor, "condense", None) if self.normalize_images else None

    def value_advantage(self, obs: PyTorchObs) -> tuple[th.Tensor, th.Tensor]:
        """
        The heads. With one branch their sum is ``q_net(obs)``.

        :param obs: batch of observations
        :return: value (B, 1) and advantage (B, A), the latter with mean 0 over the choices of each branch. A branch that is taught
            has logits in place of advantages
        """
        features = self.shared(self.extract_features(obs, self.features_extractor))
        centred = []
        for d, stream in enumerate((self.advantage_stream, *self.further_streams)):
            advantage = features.new_zeros(len(features), self.sizes[d]) if d in self.idle else stream(features)
            centred.append(advantage - advantage.mean(dim=1, keepdim=True))
        return self.value_stream(features), centred[0] if len(centred) == 1 else th.cat(centred, dim=1)

    def forward(self, obs: PyTorchObs) -> th.Tensor:
        """(B, A): Q-values; with several branches what each choice adds to Q. A branch that is taught has logits in their place."""
        value, advantage = self.value_advantage(obs)
        if not self.taught:
            return value / len(self.sizes) + advantage
        share = value / (len(self.sizes) - len(self.taught))
        parts = enumerate(th.split(advantage, list(self.sizes), dim=1))
        return th.cat([each if d in self.taught else share + each for d, each in parts], dim=1)

    def _predict(self, observation: PyTorchObs, deterministic: bool = True) -> th.Tensor:
        """Greedy actions: (B,), or (B, D) with several branches."""
        actions, _ = greedy_actions(self(observation), self.sizes, self.taught)
        return actions.squeeze(1) if isinstance(self.action_space, spaces.Discrete) else actions

    def extract_features(self, obs: PyTorchObs, features_extractor: BaseFeaturesExtractor) -> th.Tensor:
        """
        As SB3's, but images and vectors take the precision of the network instead of float32. In a float64 network, float32 inputs
        would leave a derivative 7 of its 16 digits. The constructor checks once whether the space holds images; checking here would
        split the graph of ``torch.compile`` into seven. An extractor with ``takes_raw`` gets images as the env gives them.
        """
        if isinstance(obs, th.Tensor) and self.takes_arrays:
            obs = obs.to(next(self.parameters()).dtype)
            return features_extractor(obs / 255.0 if self.takes_images else obs)
        if self.normalize_images and getattr(features_extractor, "takes_raw", False):
            return features_extractor(obs, raw=True)
        return features_extractor(preprocess_obs(obs, self.observation_space, normalize_images=self.normalize_images))

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), "hidden_width": self.hidden_width, "layer_norm": self.layer_norm}
