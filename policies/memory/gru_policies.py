"""sb3-contrib's recurrent policies with a GRU in place of the LSTM."""

from typing import Any

from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import (
    RecurrentActorCriticCnnPolicy,
    RecurrentActorCriticPolicy,
    RecurrentMultiInputActorCriticPolicy,
)
from stable_baselines3.common.type_aliases import Schedule

from .gru import Gru


class MlpGruPolicy(RecurrentActorCriticPolicy):
    """
    ``MlpLstmPolicy`` with a :class:`Gru` wherever that has an LSTM: three quarters of its weights.

    It goes into ``sb3_contrib.RecurrentPPO`` and :class:`saccade.agents.REINFORCE`. All arguments are those of sb3-contrib's
    policy, with its names: ``lstm_hidden_size`` are the units of the GRU, and ``lstm_kwargs`` go to ``torch.nn.GRU``.

    :param observation_space: vectors
    :param action_space: any that the algorithm takes
    :param lr_schedule: learning rate as a function of the remaining progress (1 to 0)
    :param kwargs: as in ``RecurrentActorCriticPolicy``
    """

    def __init__(self, observation_space: spaces.Space, action_space: spaces.Space, lr_schedule: Schedule, **kwargs: Any) -> None:
        super().__init__(observation_space, action_space, lr_schedule, **kwargs)
        _give_grus(self, lr_schedule)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), **_of_memory(self)}


class CnnGruPolicy(RecurrentActorCriticCnnPolicy):
    """
    ``CnnLstmPolicy`` with a GRU; all else as in :class:`MlpGruPolicy`.

    :param observation_space: images
    :param action_space: any that the algorithm takes
    :param lr_schedule: learning rate as a function of the remaining progress (1 to 0)
    :param kwargs: as in ``RecurrentActorCriticCnnPolicy``
    """

    def __init__(self, observation_space: spaces.Space, action_space: spaces.Space, lr_schedule: Schedule, **kwargs: Any) -> None:
        super().__init__(observation_space, action_space, lr_schedule, **kwargs)
        _give_grus(self, lr_schedule)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), **_of_memory(self)}


class MultiInputGruPolicy(RecurrentMultiInputActorCriticPolicy):
    """
    ``MultiInputLstmPolicy`` with a GRU; all else as in :class:`MlpGruPolicy`.

    :param observation_space: Dict
    :param action_space: any that the algorithm takes
    :param lr_schedule: learning rate as a function of the remaining progress (1 to 0)
    :param kwargs: as in ``RecurrentMultiInputActorCriticPolicy``
    """

    def __init__(self, observation_space: spaces.Space, action_space: spaces.Space, lr_schedule: Schedule, **kwargs: Any) -> None:
        super().__init__(observation_space, action_space, lr_schedule, **kwargs)
        _give_grus(self, lr_schedule)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), **_of_memory(self)}


def _give_grus(policy: RecurrentActorCriticPolicy, lr_schedule: Schedule) -> None:
    """Put a GRU where the policy has an LSTM, and make the optimizer of what is there now."""
    for name in ("lstm_actor", "lstm_critic"):
        lstm = getattr(policy, name)
        if lstm is not None:
            setattr(policy, name, Gru(lstm.input_size, lstm.hidden_size, lstm.num_layers, **policy.lstm_kwargs))
    policy.optimizer = policy.optimizer_class(policy.parameters(), lr=lr_schedule(1), **policy.optimizer_kwargs)  # type: ignore[call-arg]


def _of_memory(policy: RecurrentActorCriticPolicy) -> dict[str, Any]:
    """What sb3-contrib's policies leave out of a file of a policy alone."""
    return {
        "share_features_extractor": policy.share_features_extractor,
        "lstm_hidden_size": policy.lstm_output_dim,
        "n_lstm_layers": policy.lstm_actor.num_layers,
        "shared_lstm": policy.shared_lstm,
        "enable_critic_lstm": policy.enable_critic_lstm,
        "lstm_kwargs": policy.lstm_kwargs,
    }
