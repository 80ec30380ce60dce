"""sb3-contrib's recurrent policy for vectors, with an LSTM that begins by keeping what it has."""

from typing import Any

import torch as th
from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from stable_baselines3.common.type_aliases import Schedule
from torch import nn

from .keywords_of_memory import keywords_of_memory


class MlpLongLstmPolicy(RecurrentActorCriticPolicy):
    """
    ``MlpLstmPolicy`` with other first weights: forget gates begin nearly open (Gers, Schmidhuber and Cummins 2000; Jozefowicz,
    Zaremba and Sutskever 2015, section 3.2.2).

    Torch begins with biases near 0. Then a forget gate lets through half of its cell at each step, so nothing is left after 20
    steps, and no gradient comes back from there. With a bias of 2 it lets through 0.88.

    It goes into ``sb3_contrib.RecurrentPPO`` and :class:`saccade.agents.REINFORCE`.

    :param observation_space: vectors
    :param action_space: any that the algorithm takes
    :param lr_schedule: learning rate as a function of the remaining progress (1 to 0)
    :param forget_bias: added to the biases of all forget gates
    :param kwargs: as in ``RecurrentActorCriticPolicy``
    :raises ValueError: if its LSTM has no biases
    """

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        lr_schedule: Schedule,
        forget_bias: float = 2.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(observation_space, action_space, lr_schedule, **kwargs)
        self.forget_bias = forget_bias
        for lstm in (self.lstm_actor, self.lstm_critic):
            if lstm is not None:
                open_forget_gates(lstm, forget_bias)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), **keywords_of_memory(self), "forget_bias": self.forget_bias}


def open_forget_gates(lstm: nn.LSTM, bias: float) -> None:
    """
    Add to the biases of the forget gates. Torch has the gates of a layer in the order input, forget, cell, output.

    :param lstm: with biases
    :param bias: to add
    :raises ValueError: if it has no biases
    """
    if not lstm.bias:
        raise ValueError("MlpLongLstmPolicy opens the biases of the forget gates, so lstm_kwargs cannot have bias=False")
    units = lstm.hidden_size
    with th.no_grad():
        for layer in range(lstm.num_layers):
            getattr(lstm, f"bias_hh_l{layer}")[units : 2 * units] += bias
