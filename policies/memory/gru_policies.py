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
from .keywords_of_memory import keywords_of_memory


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
        for name in ("lstm_actor", "lstm_critic"):
            lstm = getattr(self, name)
            if lstm is not None:
                setattr(self, name, Gru(lstm.input_size, lstm.hidden_size, lstm.num_layers, **self.lstm_kwargs))
        # The parent's optimizer holds the weights of the LSTMs.
        self.optimizer = self.optimizer_class(self.parameters(), lr=lr_schedule(1), **self.optimizer_kwargs)  # type: ignore[call-arg]

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), **keywords_of_memory(self)}


class CnnGruPolicy(MlpGruPolicy, RecurrentActorCriticCnnPolicy):
    """
    ``CnnLstmPolicy`` with a GRU; all else as in :class:`MlpGruPolicy`.

    :param observation_space: images
    :param action_space: any that the algorithm takes
    :param lr_schedule: learning rate as a function of the remaining progress (1 to 0)
    :param kwargs: as in ``RecurrentActorCriticCnnPolicy``
    """


class MultiInputGruPolicy(MlpGruPolicy, RecurrentMultiInputActorCriticPolicy):
    """
    ``MultiInputLstmPolicy`` with a GRU; all else as in :class:`MlpGruPolicy`.

    :param observation_space: Dict
    :param action_space: any that the algorithm takes
    :param lr_schedule: learning rate as a function of the remaining progress (1 to 0)
    :param kwargs: as in ``RecurrentMultiInputActorCriticPolicy``
    """
