"""What SB3's own tests ask of a ``DummyVecEnv`` and a ``SubprocVecEnv``, asked of ours."""

from contextlib import closing

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv
from gymnasium.wrappers import TimeLimit
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecFrameStack
from walks import MODES, SAME_STEP, BatchedWalk, Walk, assert_same, cartpoles, walks

from saccade.envs import GymnasiumVecEnv


def test_the_same_env_twice_is_refused_as_by_sb3():
    env, other = Walk(), Walk()
    with pytest.raises(ValueError, match="returned the same instance"):
        DummyVecEnv([lambda: env] * 2)
    with pytest.raises(ValueError, match="returned the same instance"):
        GymnasiumVecEnv(SyncVectorEnv([lambda: env] * 2, **SAME_STEP))
    with pytest.raises(ValueError, match="returned the same instance"):  # below wrappers of their own
        GymnasiumVecEnv(SyncVectorEnv([lambda: other, lambda: TimeLimit(env, 5), lambda: TimeLimit(env, 5)], **SAME_STEP))
    assert GymnasiumVecEnv(SyncVectorEnv([lambda: env, lambda: other], **SAME_STEP)).num_envs == 2


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("resets_before", [0, 1])
def test_each_env_has_its_own_reset_options(mode, resets_before):
    theirs = DummyVecEnv([Walk] * 3)
    with closing(walks(mode)) as ours:
        for env in (ours, theirs):
            env.seed(4)
            for _ in range(resets_before):
                env.reset()
                env.step(np.ones(3, dtype=int))
            env.set_options([{"a": 1}, {}, {"b": 2, "c": 3}])
        assert_same(ours.reset(), theirs.reset())
        for i, options in enumerate(["{'a': 1}", "{}", "{'b': 2, 'c': 3}"]):
            assert ours.reset_infos[i] | {"options": None} == theirs.reset_infos[i] | {"options": None}
            assert ours.reset_infos[i]["options"] == options
        assert_same(ours.step(np.ones(3, dtype=int))[0], theirs.step(np.ones(3, dtype=int))[0])
        ours.reset()
        assert [info["options"] for info in ours.reset_infos] == ["None"] * 3, "options are for one reset"


def test_different_reset_options_in_one_batch_are_refused():
    env = GymnasiumVecEnv(BatchedWalk())
    env.set_options([{"a": 1}, {}, {}])
    with pytest.raises(ValueError, match="one batch"):
        env.reset()
    env.set_options({"a": 1})
    env.reset()


def test_async_envs_say_which_are_wrapped():
    makers = [Walk, lambda: TimeLimit(Walk(), 5), lambda: Monitor(TimeLimit(Walk(), 5))]
    with closing(GymnasiumVecEnv(AsyncVectorEnv(makers, **SAME_STEP))) as env:
        assert env.env_is_wrapped(Monitor) == [False, False, True]
        assert env.env_is_wrapped(TimeLimit) == [False, True, True]
        assert env.env_is_wrapped(TimeLimit, indices=[2, 0]) == [True, False]


class Listener(gym.Env):
    """Observations and actions are of one space, such as a Dict; an episode lasts 3 steps."""

    def __init__(self, space):
        self.observation_space = self.action_space = space
        self.heard = None

    def reset(self, *, seed=None, options=None):
        self.t = 0
        return self.observation_space.sample(), {}

    def step(self, action):
        assert self.action_space.contains(action)
        self.t, self.heard = self.t + 1, action
        return action, 0.0, False, self.t == 3, {}


class SameDict(gym.Env):
    """Every observation is one dict of the env's own; an episode lasts 2 steps."""

    observation_space, action_space = spaces.Dict({"x": spaces.Box(0, 9, (2,))}), spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        self.t, self.kept = 0, getattr(self, "kept", {"x": np.ones(2, np.float32)})
        return self.kept, {}

    def step(self, action):
        self.t += 1
        return self.kept, 0.0, self.t == 2, False, {}


def test_a_terminal_observation_is_a_copy_because_vec_frame_stack_writes_into_it():
    ours, theirs = (VecFrameStack(make(), 3) for make in (lambda: walks("sync", SameDict), lambda: DummyVecEnv([SameDict] * 3)))
    assert_same(ours.reset(), theirs.reset())
    for _ in range(5):
        assert_same(list(ours.step(np.zeros(3, dtype=int))), list(theirs.step(np.zeros(3, dtype=int))))
    assert [env["x"].shape for env in ours.get_attr("kept")] == [(2,)] * 3


PARTS = {"button": spaces.Discrete(3), "stick": spaces.Box(-1, 1, (2,)), "keys": spaces.MultiBinary(2)}


@pytest.mark.parametrize("outer", [spaces.Dict({"in": spaces.Dict(PARTS)}), spaces.Tuple([spaces.Tuple([spaces.Discrete(2)])])])
def test_nested_observations_are_refused_as_by_sb3(outer):
    for make in (DummyVecEnv, lambda makers: GymnasiumVecEnv(SyncVectorEnv(makers, **SAME_STEP))):
        with pytest.raises(NotImplementedError, match="Nested observation spaces"):
            make([lambda: Listener(outer)])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("space", [spaces.Dict(PARTS), spaces.Tuple(list(PARTS.values()))], ids=["dict", "tuple"])
def test_actions_may_be_dicts_and_tuples(mode, space):
    space.seed(0)
    with closing(walks(mode, lambda: Listener(space), n_envs=2)) as env:
        env.reset()
        for _ in range(4):
            actions = [space.sample() for _ in range(2)]
            observations, _, dones, infos = env.step(actions)
            assert_same(env.get_attr("heard"), actions)
            for i in range(2):
                last = infos[i]["terminal_observation"] if dones[i] else _of_env(observations, i)
                assert_same(last, actions[i])


def _of_env(observations, i):
    if isinstance(observations, dict):
        return {key: values[i] for key, values in observations.items()}
    return tuple(values[i] for values in observations)


def test_a_method_of_async_envs_is_an_attribute_as_in_sb3():
    with closing(cartpoles("async", 2)) as env:
        (method,) = env.get_attr("class_name", indices=1)
        assert method() == env.env_method("class_name", indices=1)[0]
