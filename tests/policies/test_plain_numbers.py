"""A number in quotes, or half a one, is refused in a line that names the argument, and not from deep inside."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.agents import DoubleDQN, FrameReplayBuffer, PrioritizedFrameReplayBuffer
from saccade.envs import GazeWrapper
from saccade.policies import (
    DuelingMlpPolicy,
    GlimpseExtractor,
    GlimpsePolicy,
    NatureConvolutions,
    Retina,
    SoftAttentionDuelingPolicy,
)
from saccade.policies.plain_numbers import check_number

STACKS, TWO = spaces.Box(0, 255, (4, 84, 84), np.uint8), spaces.Discrete(2)
LOOKED_AT = spaces.Dict(image=spaces.Box(0, 255, (1, 84, 84), np.uint8), gaze=spaces.Box(-1, 1, (2,), np.float32))


def rate(_: float) -> float:
    return 1e-3


def glimpse_policy(**given: object) -> GlimpsePolicy:
    class Pictures(gym.Env):
        observation_space, action_space = LOOKED_AT["image"], TWO

    env = GazeWrapper(Pictures())
    return GlimpsePolicy(env.observation_space, env.action_space, rate, **given)


def dqn(**given: object) -> DoubleDQN:
    return DoubleDQN("MlpPolicy", DummyVecEnv([lambda: gym.make("CartPole-v1")]), buffer_size=100, device="cpu", **given)


@pytest.mark.parametrize(
    ("make", "given", "whole"),
    [
        (Retina, {"size": "12"}, True),
        (Retina, {"scales": 1.5}, True),
        (lambda **given: GlimpseExtractor(LOOKED_AT, **given), {"size": 12.0}, True),
        (lambda **given: GlimpseExtractor(LOOKED_AT, **given), {"features_dim": "a"}, True),
        (glimpse_policy, {"gaze_std": "0.1"}, False),
        (glimpse_policy, {"waiting": "0.5"}, False),
        (lambda **given: NatureConvolutions(STACKS, **given), {"features_dim": "a"}, True),
        (lambda **given: SoftAttentionDuelingPolicy(STACKS, TWO, rate, **given), {"keys": None}, True),
        (lambda **given: SoftAttentionDuelingPolicy(STACKS, TWO, rate, **given), {"sharpness": "1"}, False),
        (lambda **given: DuelingMlpPolicy(spaces.Box(-1, 1, (3,)), TWO, rate, **given), {"hidden_width": "64"}, True),
        (lambda **given: FrameReplayBuffer(10, STACKS, TWO, **given), {"n_steps": "1"}, True),
        (lambda **given: PrioritizedFrameReplayBuffer(10, STACKS, TWO, **given), {"alpha": "0.6"}, False),
        (dqn, {"gamma": "0.9"}, False),
        (dqn, {"batch_size": "32"}, False),
    ],
)
def test_what_is_no_number_is_named(make, given, whole):
    ((name, value),) = given.items()
    with pytest.raises(ValueError) as refused:  # noqa: PT011  # the message is compared below, whole
        make(**given)
    assert str(refused.value) == f"{name} is {value!r}; it must be a {'whole ' if whole else ''}number"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), np.float32("nan")])
@pytest.mark.parametrize("bounds", [{}, {"least": 0}, {"most": 10}, {"least": 0, "most": 10}])
def test_what_is_not_finite_is_refused_as_such(value, bounds):
    with pytest.raises(ValueError, match=f"gamma is {value}; it must be a finite number"):
        check_number("gamma", value, **bounds)


@pytest.mark.parametrize(
    ("bounds", "told"), [({"least": 0}, "at least 0"), ({"most": 10}, "at most 10"), ({"least": 0, "most": 10}, "from 0 to 10")]
)
def test_bounds_are_told_as_far_as_there_are_any(bounds, told):
    with pytest.raises(ValueError, match=f"gamma is -?11; it must be {told}$"):
        check_number("gamma", -11 if "least" in bounds else 11, **bounds)


def test_what_may_have_no_limit_may_be_infinite_and_nothing_else():
    check_number("max_grad_norm", float("inf"), least=0, no_limit=True)
    assert dqn(max_grad_norm=float("inf")).max_grad_norm == float("inf")
    for value in ("nan", "-inf"):
        with pytest.raises(ValueError, match=f"is {value}; it must be a finite number"):
            check_number("max_grad_norm", float(value), least=0, no_limit=True)


@pytest.mark.parametrize(
    ("make", "given"),
    [
        (dqn, {"gamma": float("nan")}),
        (lambda **given: FrameReplayBuffer(10, STACKS, TWO, **given), {"gamma": float("nan")}),
        (lambda **given: PrioritizedFrameReplayBuffer(10, STACKS, TWO, **given), {"epsilon": float("inf")}),
    ],
)
def test_callers_without_bounds_refuse_it_too(make, given):
    ((name, value),) = given.items()
    with pytest.raises(ValueError, match=f"{name} is {value}; it must be a finite number"):
        make(**given)


def test_double_dqn_takes_what_dqn_takes():
    assert dqn(learning_starts=1e2, target_update_interval=1e3, gradient_steps=-1).learn(4).num_timesteps == 4
