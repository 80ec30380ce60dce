import numpy as np
import torch as th
from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy

from saccade.policies.memory.states_at_start import states_at_start


def test_they_are_zeros_of_the_size_of_both_memories():
    space = spaces.Box(-1, 1, (3,), np.float32)
    policy = RecurrentActorCriticPolicy(space, spaces.Discrete(2), lambda _: 1e-3, lstm_hidden_size=5, n_lstm_layers=2)
    for states in states_at_start(policy, 4):
        assert th.equal(states, th.zeros(2, 4, 5))
    starts = th.ones(4)
    for lstm in (policy.lstm_actor, policy.lstm_critic):
        policy._process_sequence(th.zeros(4, 3), states_at_start(policy, 4), starts, lstm)  # raises if a size is another one
