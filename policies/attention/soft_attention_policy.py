"""A dueling policy whose value and advantages attend to different places of the image."""

from typing import Any

import torch as th
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import PyTorchObs, Schedule
from torch import nn

from ..dueling_network import DuelingQNetwork
from ..dueling_policies import DuelingMlpPolicy
from ..nature_convolutions import NatureConvolutions
from ..plain_numbers import check_whole_numbers
from .feature_map import map_of, places_of
from .soft_attention import KeysAndValues, SoftQueries


class SoftAttentionDuelingNetwork(DuelingQNetwork):
    """
    A dueling network whose streams read the feature map through queries of their own.

    The convolutions give keys and values for each place of the image, which all streams share. The stream of the value has K
    queries, and the stream of each branch of the actions has K others. So V and A can attend to different places, and
    :meth:`attention` shows to which. The attention of S3TA (Mott et al. 2019) without its LSTM, so nothing moves the queries.

    :param queries: K of each stream
    :param keys: length of a key
    :param values: length of a value
    :param waves: of the spatial basis along each axis; 0 for none
    :param sharpness: of a new query (:func:`saccade.policies.attention.soft_attention.soft_weights`); None for S3TA's weights
    :param masked: whether the streams read the map dimmed by the weights (:class:`SoftQueries`), not weighted means
    :param arguments: as in :class:`DuelingQNetwork`, without ``net_arch``
    :raises ValueError: if the features extractor has no map
    """

    def __init__(
        self,
        *,
        queries: int = 4,
        keys: int = 8,
        values: int = 120,
        waves: int = 8,
        sharpness: float | None = None,
        masked: bool = False,
        **arguments: Any,
    ) -> None:
        self._map = map_of(arguments["features_extractor"])
        if arguments.pop("net_arch", None):
            raise ValueError("soft attention takes no net_arch: the streams read the map itself")
        self._attention: dict[str, Any] = {
            "queries": queries, "keys": keys, "values": values, "waves": waves, "sharpness": sharpness, "masked": masked
        }  # fmt: skip
        check_whole_numbers(keys=keys, values=values)  # the rest is checked by the streams
        super().__init__(**arguments)

    @property
    def map_places(self) -> tuple[float, float] | None:
        """Where the map's places lie on the image, as in :class:`NatureConvolutions`; None if the extractor does not say it."""
        return places_of(self.features_extractor)

    def attention(self, obs: PyTorchObs) -> dict[str, th.Tensor]:
        """
        What each stream attends to.

        :param obs: batch of observations
        :return: {``"value"``, ``"advantage"``, ``"advantage_1"`` ...: (B, K, h, w)}, with sum 1 over the places
        """
        places = self.shared(self.extract_features(obs, self.features_extractor))
        streams = [self.value_stream, self.advantage_stream, *self.further_streams]
        names = ["value", "advantage", *(f"advantage_{d}" for d in range(1, len(self.sizes)))]
        return {name: stream[0].weights(places).unflatten(2, self._map[1]) for name, stream in zip(names, streams, strict=True)}

    def _shared_layers(self) -> list[nn.Module]:
        return [KeysAndValues(self._map[0], self._attention["keys"], self._attention["values"])]

    def _stream(self, outputs: int) -> nn.Sequential:
        made = self._attention
        queries = SoftQueries(grid=self._map[1], **made)
        return nn.Sequential(queries, *self._head(queries.answer_dim, outputs))

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), **self._attention}


class SoftAttentionDuelingPolicy(DuelingMlpPolicy):
    """
    :class:`SoftAttentionDuelingNetwork` for images, with the Nature DQN's convolutions. It goes into stock ``DQN``, and into
    :class:`saccade.agents.DoubleDQN` and :class:`saccade.agents.PQN`, without ``policy_kwargs``.

    :param observation_space: images
    :param action_space: ``Discrete`` or ``MultiDiscrete``
    :param lr_schedule: learning rate as a function of the remaining progress (1 to 0)
    :param queries: of each stream
    :param keys: length of a key
    :param values: length of a value
    :param waves: of the spatial basis along each axis; 0 for none
    :param sharpness: None for S3TA's weights. With a number, such as 4, new queries look at few places, and their answers change
        more with the state. On Enduro the network did not learn sooner for it
    :param masked: whether each stream reads the whole map, dimmed by its weights, in place of weighted means of it
    :param hidden_width: units of the one hidden layer in each stream
    :param features_extractor_class: has a ``map_shape`` (channels, h, w)
    :param features_extractor_kwargs: its keyword arguments; ``{"padded": True}`` or smaller ``strides`` give finer maps
    :param kwargs: as in :class:`DuelingMlpPolicy`
    """

    q_net: SoftAttentionDuelingNetwork
    q_net_target: SoftAttentionDuelingNetwork

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Discrete | spaces.MultiDiscrete,
        lr_schedule: Schedule,
        *,
        queries: int = 4,
        keys: int = 8,
        values: int = 120,
        waves: int = 8,
        sharpness: float | None = None,
        masked: bool = False,
        hidden_width: int = 512,
        features_extractor_class: type[BaseFeaturesExtractor] = NatureConvolutions,
        **kwargs: Any,
    ) -> None:
        self.attention_kwargs: dict[str, Any] = {
            "queries": queries, "keys": keys, "values": values, "waves": waves, "sharpness": sharpness, "masked": masked
        }  # fmt: skip
        super().__init__(
            observation_space,
            action_space,
            lr_schedule,
            kwargs.pop("net_arch", None) or [],
            hidden_width,
            features_extractor_class=features_extractor_class,
            **kwargs,
        )

    def make_q_net(self) -> SoftAttentionDuelingNetwork:
        arguments = self._update_features_extractor(self.net_args, features_extractor=None)
        arguments = {**arguments, **self.attention_kwargs, "hidden_width": self.hidden_width, "layer_norm": self.layer_norm}
        return SoftAttentionDuelingNetwork(**arguments).to(self.device)

    def attention(self, obs: PyTorchObs) -> dict[str, th.Tensor]:
        """As :meth:`SoftAttentionDuelingNetwork.attention`."""
        return self.q_net.attention(obs)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), **self.attention_kwargs}
