"""The env of a saved model is wrapped as SB3 wrapped it: its observations are those of training."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.wrappers import FrameStackObservation
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import (
    DummyVecEnv,
    VecEnv,
    VecFrameStack,
    VecNormalize,
    VecTransposeImage,
    is_vecenv_wrapped,
    unwrap_vec_wrapper,
)

from saccade.experiments import USER_ERRORS, EnvError
from saccade.experiments.model_envs.fits import difference
from saccade.experiments.model_envs.model_env import ModelEnv

VECTOR = spaces.Box(-5, 5, (3,), np.float32)
IMAGE = spaces.Box(0, 255, (36, 40, 3), np.uint8)
BOTH = spaces.Dict(image=IMAGE, state=VECTOR)
SQUARES = spaces.Dict(left=spaces.Box(0, 255, (36, 36, 1), np.uint8), state=VECTOR)
TWO = spaces.Box(-5, 5, (4, 5), np.float32)


class Drawn(gym.Env):
    """Observations drawn from a space; an episode has five steps."""

    action_space = spaces.Discrete(2)

    def __init__(self, space: spaces.Space) -> None:
        self.observation_space, self._left = space, 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict]:
        super().reset(seed=seed)
        if seed is not None:
            self.observation_space.seed(seed)
        self._left = 5
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict]:
        self._left -= 1
        return self.observation_space.sample(), 1.0, self._left == 0, False, {}


def raw(space: spaces.Space) -> DummyVecEnv:
    return DummyVecEnv([lambda: Drawn(space)])


def played(env: VecEnv) -> list[Any]:
    """Observations over the end of an episode."""
    env.seed(3)
    seen = [env.reset()]
    for _ in range(8):
        seen.append(env.step(np.zeros(1, int))[0])
    return seen


def normalised(env: VecEnv, **arguments: Any) -> VecNormalize:
    """With statistics of some steps."""
    wrapper = VecNormalize(env, **arguments)
    played(wrapper)
    wrapper.training, wrapper.norm_reward = False, False
    return wrapper


ORDERS: dict[str, tuple[spaces.Space, Callable[[VecEnv], VecEnv]]] = {
    "vectors: normalise, stack": (VECTOR, lambda env: VecFrameStack(normalised(env), 4)),
    "vectors: stack, normalise": (VECTOR, lambda env: normalised(VecFrameStack(env, 4))),
    "vectors: stack": (VECTOR, lambda env: VecFrameStack(env, 2)),
    "tables: stack last": (TWO, lambda env: VecFrameStack(env, 3)),
    "tables: stack first": (TWO, lambda env: VecFrameStack(env, 3, channels_order="first")),
    "tables: normalise, stack first": (TWO, lambda env: VecFrameStack(normalised(env), 3, channels_order="first")),
    "images: transpose": (IMAGE, VecTransposeImage),
    "images: normalise rewards, transpose": (IMAGE, lambda env: VecTransposeImage(normalised(env, norm_obs=False))),
    "images: normalise rewards, stack, transpose": (
        IMAGE,
        lambda env: VecTransposeImage(VecFrameStack(normalised(env, norm_obs=False), 4)),
    ),
    "images: stack, normalise rewards, transpose": (
        IMAGE,
        lambda env: VecTransposeImage(normalised(VecFrameStack(env, 4), norm_obs=False)),
    ),
    "images: transpose, stack first": (IMAGE, lambda env: VecFrameStack(VecTransposeImage(env), 2, channels_order="first")),
    "images: transpose, normalise": (IMAGE, lambda env: normalised(VecTransposeImage(env))),
    "images: normalise, stack, as floats with channels last": (IMAGE, lambda env: VecFrameStack(normalised(env), 2)),
    "dicts: normalise the state, transpose": (BOTH, lambda env: VecTransposeImage(normalised(env, norm_obs_keys=["state"]))),
    "dicts: normalise the state, stack, transpose": (
        BOTH,
        lambda env: VecTransposeImage(VecFrameStack(normalised(env, norm_obs_keys=["state"]), 2)),
    ),
    "dicts: stack, normalise the state, transpose": (
        SQUARES,
        lambda env: VecTransposeImage(normalised(VecFrameStack(env, 4), norm_obs_keys=["state"])),
    ),
}


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_observations_are_those_of_training(name):
    space, wrap = ORDERS[name]
    trained_in = wrap(raw(space))
    gym.register("Drawn-v0", lambda: Drawn(space))
    try:
        policy = policy_for(trained_in)
        statistics = unwrap_vec_wrapper(trained_in, VecNormalize)
        if statistics is not None:
            statistics.save("vecnormalize.pkl")
        file = None if statistics is None else Path("vecnormalize.pkl")
        place = ModelEnv.for_policy(policy, "Drawn-v0", {}, {}, file)
        made = place.make(1, 0, None)
    finally:
        del gym.registry["Drawn-v0"]
    assert is_vecenv_wrapped(made, VecNormalize) == (statistics is not None)
    for ours, theirs in zip(played(made), played(trained_in), strict=True):
        for one, other in zip(parts(ours), parts(theirs), strict=True):
            np.testing.assert_array_equal(one, other)
    assert ("stack" in name) == any("stacks of" in note for note in place.notes)


def policy_for(env: VecEnv) -> Any:
    """A small policy that sees what an env gives."""
    kind = "MultiInputPolicy" if isinstance(env.observation_space, spaces.Dict) else "MlpPolicy"
    return PPO(kind, env, policy_kwargs={"net_arch": [2]}, n_steps=8, batch_size=8, device="cpu").policy


def parts(obs: Any) -> list[np.ndarray]:
    return [obs[key] for key in sorted(obs)] if isinstance(obs, dict) else [obs]


def test_a_stack_with_an_axis_of_its_own():
    policy = policy_for(DummyVecEnv([lambda: FrameStackObservation(gym.make("CartPole-v1"), 3)]))
    place = ModelEnv.for_policy(policy, "CartPole-v1", {}, {})
    obs = place.make(2, 0, None).reset()
    assert obs.shape == (2, 3, 4)
    assert (obs[:, 0] == obs[:, 2]).all()
    assert place.notes[0].startswith("It sees stacks of 3 observations along an axis of their own")


def test_statistics_that_no_order_takes():
    normalised(raw(TWO)).save("table.pkl")
    place = ModelEnv.for_policy(
        policy_for(DummyVecEnv([lambda: gym.make("CartPole-v1")])), "CartPole-v1", {}, {}, Path("table.pkl")
    )
    with pytest.raises(EnvError, match=r"vec_normalize normalises Box\(.*\(4, 5\).*, which no order of wrappers makes of Box"):
        place.make(1, 0, None)


def test_sizes_that_happen_to_fit_in_an_env_with_other_actions():
    policy = policy_for(DummyVecEnv([lambda: gym.make("CartPole-v1")]))  # 4 numbers; MountainCar gives 2
    with pytest.raises(EnvError, match=r"the model sees .*\(4,\).* but MountainCar-v0 has .*\(2,\)"):
        ModelEnv.for_policy(policy, "MountainCar-v0", {}, {}).make(1, 0, None)


@pytest.mark.parametrize("content", [b"", b"no pickle", b"cbuiltins\nprint\n.", b"\x80\x04K\x05."])
def test_files_that_hold_no_statistics(content):
    Path("file.pkl").write_bytes(content)
    place = ModelEnv.for_policy(policy_for(DummyVecEnv([lambda: gym.make("CartPole-v1")])), "CartPole-v1", {}, {}, Path("file.pkl"))
    with pytest.raises(USER_ERRORS, match=r"file.pkl holds no VecNormalize") as error:
        place.make(1, 0, None)
    assert "\n" not in str(error.value)


def test_statistics_with_the_spaces_of_gym():
    """Most models on the hub were saved with gym, which nobody has any more."""
    env = normalised(raw(VECTOR))
    env.save("new.pkl")
    content = Path("new.pkl").read_bytes()
    old = content.replace(b"\x8c\x14gymnasium.spaces.box", b"\x8c\x0egym.spaces.box")
    assert old != content
    old = old[:2] + old[11:]  # without the frame of protocol 4, whose length is another now
    Path("old.pkl").write_bytes(old)
    gym.register("Drawn-v0", lambda: Drawn(VECTOR))
    try:
        made = ModelEnv.for_policy(policy_for(env), "Drawn-v0", {}, {}, Path("old.pkl")).make(1, 0, None)
    finally:
        del gym.registry["Drawn-v0"]
    np.testing.assert_array_equal(played(made), played(env))


@pytest.mark.parametrize(
    ("wanted", "given", "text"),
    [
        (VECTOR, TWO, " (shapes (3,) and (4, 5))"),
        (IMAGE, spaces.Box(0, 255, (3, 36, 40), np.uint8), " (the axes have another order)"),
        (VECTOR, spaces.Box(-5, 5, (3,), np.float64), " (float32 and float64)"),
        (spaces.Box(0, 1, (4, 8, 8)), spaces.Box(0, 1, (3, 8, 8)), " (4 channels and 3)"),
        (BOTH, spaces.Dict(image=IMAGE), " (the env lacks state)"),
        (spaces.Dict(image=IMAGE), BOTH, " (the model lacks state)"),
        (BOTH, spaces.Dict(image=IMAGE, state=TWO), " (they differ in state)"),
        (spaces.Discrete(3), spaces.Discrete(4), ""),
    ],
)
def test_what_two_spaces_differ_in(wanted, given, text):
    assert difference(wanted, given) == text
