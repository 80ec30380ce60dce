"""A recurrent policy whose memory says where to attend, for RecurrentPPO."""

from typing import Any

import torch as th
from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.common.recurrent.type_aliases import RNNStates
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import PyTorchObs, Schedule

from ..memory.keywords_of_memory import keywords_of_memory
from ..nature_convolutions import NatureConvolutions
from .feature_map import map_of
from .top_down_attention import LstmStates, TopDownLstm


class SoftAttentionLstmPolicy(RecurrentActorCriticPolicy):
    """
    An sb3-contrib policy for images in which each LSTM is a :class:`TopDownLstm`: its hidden state asks, the map answers.

    It goes into ``sb3_contrib.RecurrentPPO`` without ``policy_kwargs``. As there, actor and critic have an LSTM each by default, so
    what to do and how good things are have queries of their own.

    :param observation_space: images
    :param action_space: any that RecurrentPPO takes
    :param lr_schedule: learning rate as a function of the remaining progress (1 to 0)
    :param net_arch: widths of the layers after the LSTMs; none by default
    :param queries: K of each LSTM
    :param keys: length of a key
    :param values: length of a value
    :param waves: of the spatial basis along each axis; 0 for none
    :param features_extractor_class: has a ``map_shape`` (channels, h, w)
    :param kwargs: as in ``RecurrentActorCriticPolicy``, without ``lstm_kwargs``
    :raises ValueError: if the features extractor has no map
    """

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        lr_schedule: Schedule,
        net_arch: list[int] | dict[str, list[int]] | None = None,
        *,
        queries: int = 4,
        keys: int = 8,
        values: int = 120,
        waves: int = 8,
        features_extractor_class: type[BaseFeaturesExtractor] = NatureConvolutions,
        **kwargs: Any,
    ) -> None:
        if kwargs.pop("lstm_kwargs", None):
            raise ValueError("SoftAttentionLstmPolicy takes no lstm_kwargs")
        self.attention_kwargs = {"queries": queries, "keys": keys, "values": values, "waves": waves}
        super().__init__(
            observation_space,
            action_space,
            lr_schedule,
            [] if net_arch is None else net_arch,
            features_extractor_class=features_extractor_class,
            **kwargs,
        )
        channels, grid = map_of(self.features_extractor)
        layers = self.lstm_actor.num_layers
        made = [
            TopDownLstm(channels, grid, self.lstm_output_dim, layers, **self.attention_kwargs)
            for _ in range(2 if self.enable_critic_lstm else 1)
        ]
        self.lstm_actor = made[0]  # type: ignore[assignment]  # it is called as an LSTM is
        self.lstm_critic = made[1] if self.enable_critic_lstm else None  # type: ignore[assignment]
        self.optimizer = self.optimizer_class(self.parameters(), lr=lr_schedule(1), **self.optimizer_kwargs)  # type: ignore[call-arg]

    def attention(self, obs: PyTorchObs, lstm_states: RNNStates, episode_starts: th.Tensor) -> dict[str, th.Tensor]:
        """
        Where the memory looks in observations of one step.

        :param obs: batch of observations
        :param lstm_states: of actor and critic before them
        :param episode_starts: (B,) 1 where an episode starts
        :return: {``"action"``: (B, K, h, w)}, and ``"value"`` if the critic has an LSTM of its own; with sum 1 over the places
        """
        features = self.extract_features(obs)
        of_actor, of_critic = features if isinstance(features, tuple) else (features, features)
        kept = 1 - episode_starts.float().view(1, -1)
        parts = {"action": (self.lstm_actor, of_actor, lstm_states.pi)}
        if self.lstm_critic is not None:
            parts["value"] = (self.lstm_critic, of_critic, lstm_states.vf)
        return {
            name: lstm.attention(own[None], kept, states)[0]  # type: ignore[operator]
            for name, (lstm, own, states) in parts.items()
        }

    @staticmethod
    def _process_sequence(  # type: ignore[override]
        features: th.Tensor, lstm_states: LstmStates, episode_starts: th.Tensor, lstm: TopDownLstm
    ) -> tuple[th.Tensor, LstmStates]:
        """As sb3-contrib's, but with one call of the LSTM also where episodes start, since :meth:`TopDownLstm.unroll` forgets."""
        sequences = lstm_states[0].shape[1]
        in_order = features.reshape(sequences, -1, lstm.input_size).transpose(0, 1)
        steps = lstm.unroll(in_order, 1 - episode_starts.float().reshape(sequences, -1).T, lstm_states)
        return steps.outputs.transpose(0, 1).flatten(0, 1), (steps.hidden, steps.cell)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), **self.attention_kwargs, **keywords_of_memory(self)}
