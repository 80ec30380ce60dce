"""The action that a picture names is the one that the policy takes: among the allowed ones, and by its own functions."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from sb3_contrib.crossq.policies import CrossQPolicy
from sb3_contrib.tqc.policies import TQCPolicy
from small_policies import rate
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.dqn.policies import DQNPolicy
from stable_baselines3.sac.policies import SACPolicy
from stable_baselines3.td3.policies import TD3Policy

from saccade.saliency import States
from saccade.saliency.states.notes import notes_of

SIGHT, ACTIONS = spaces.Box(-1, 1, (5,), np.float32), spaces.Discrete(4)
SEEN = np.random.default_rng(0).uniform(-1, 1, (6, 5)).astype(np.float32)


def test_an_action_that_is_not_allowed_is_never_named():
    th.manual_seed(0)
    policy = MaskableActorCriticPolicy(SIGHT, ACTIONS, rate, net_arch=[8])
    free = policy.predict(SEEN, deterministic=True)[0]
    masks = np.ones((6, 4), bool)
    masks[np.arange(6), free] = False  # exactly what it would do
    taken = policy.predict(SEEN, deterministic=True, action_masks=masks)[0]
    distribution = policy.get_distribution(th.as_tensor(SEEN), masks).distribution
    likely = distribution.probs.detach().numpy()[np.arange(6), taken]
    lines = notes_of(policy, States(SEEN, masks=th.as_tensor(masks))).captions
    for line, action, probability in zip(lines, taken, likely, strict=True):
        assert line.startswith(f"action {action}, ")
        assert line.endswith(f"probability {probability:.2f}")
    assert [line.split(",")[0] for line in notes_of(policy, States(SEEN)).captions] == [f"action {action}" for action in free]


class Contrary(ActorCriticPolicy):
    """Takes the least likely action."""

    def _predict(self, observation, deterministic=False):
        return self.get_distribution(observation).distribution.probs.argmin(1)


class Third(DQNPolicy):
    """Takes action 2, whatever its Q is."""

    def _predict(self, obs, deterministic=True):
        return th.full((len(obs),), 2)


@pytest.mark.parametrize("kind", [Contrary, Third])
def test_a_policy_with_a_function_of_its_own_is_named_by_it(kind):
    th.manual_seed(0)
    policy = kind(SIGHT, ACTIONS, rate, net_arch=[8])
    policy.set_training_mode(False)
    taken = policy.predict(SEEN, deterministic=True)[0]
    assert [line.split(",")[0] for line in notes_of(policy, States(SEEN)).captions] == [f"action {action}" for action in taken]


@pytest.mark.parametrize("kind", [SACPolicy, TD3Policy, TQCPolicy, CrossQPolicy, ActorCriticPolicy])
def test_a_continuous_action_is_named_in_units_of_the_env(kind):
    """Actors that squash have it from -1 to 1, and a Gaussian's mean may lie outside the space."""
    th.manual_seed(0)
    space = spaces.Box(np.array([-0.4, 0], np.float32), np.array([0.4, 50], np.float32))
    policy = kind(SIGHT, space, rate, net_arch=[8])
    if kind is ActorCriticPolicy:
        with th.no_grad():
            policy.action_net.weight.mul_(1000)
    policy.set_training_mode(False)
    taken = policy.predict(SEEN, deterministic=True)[0]
    lines = notes_of(policy, States(SEEN)).captions
    for line, (x, y) in zip(lines, taken, strict=True):
        assert line.startswith(f"action [{x:.2f} {y:.2f}]")
