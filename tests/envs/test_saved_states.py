"""An env that goes on from a saved state plays what the first one plays; an env that cannot says so."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import RecordEpisodeStatistics

from saccade.envs import GymnasiumVecEnv, VectorGazeWrapper, make_atari
from saccade.envs.saved_states import StateError

TASKS = {
    "Catch": {"size": 8},
    "CopyRecall": {"delay": 2, "length": 9},
    "ClutteredMNIST": {"dataset": "digits", "size": 40, "glimpses": 5},
    "Reorder": {"length": 4},
}


def task(name: str, gaze: bool) -> GymnasiumVecEnv:
    batch = gym.make_vec(f"saccade/{name}-v0", num_envs=3, **TASKS[name])
    return GymnasiumVecEnv(RecordEpisodeStatistics(VectorGazeWrapper(batch) if gaze else batch))


def breakout(**changes) -> GymnasiumVecEnv:
    return make_atari("Breakout", 2, max_frames=400, num_threads=1, **changes)


def assert_same_play(one: GymnasiumVecEnv, other: GymnasiumVecEnv, steps: int, rng: np.random.Generator) -> None:
    for _ in range(steps):
        actions = play(one, rng)
        (seen, rewards, dones, infos), (seen_2, rewards_2, dones_2, infos_2) = one.step(actions), other.step(actions)
        parts, parts_2 = (x if isinstance(x, dict) else {"": x} for x in (seen, seen_2))
        assert all(np.array_equal(parts[key], parts_2[key]) for key in parts)
        assert np.array_equal(rewards, rewards_2)
        assert np.array_equal(dones, dones_2)
        for info, info_2 in zip(infos, infos_2, strict=True):
            assert [info.get("episode", {}).get(key) for key in "rl"] == [info_2.get("episode", {}).get(key) for key in "rl"]


def play(env: GymnasiumVecEnv, rng: np.random.Generator) -> np.ndarray:
    space = env.action_space
    if isinstance(space, gym.spaces.Discrete):
        return rng.integers(space.n, size=env.num_envs)
    return np.array([rng.uniform(space.low, space.high).astype(np.float32) for _ in range(env.num_envs)])


@pytest.mark.parametrize(
    ("name", "gaze"), [(name, gaze) for name in sorted(TASKS) for gaze in (False, True) if not (gaze and name == "Reorder")]
)
@pytest.mark.parametrize("steps", [0, 4, 13])
def test_tasks(name, gaze, steps):
    first, second, rng = task(name, gaze), task(name, gaze), np.random.default_rng(0)
    first.seed(5)
    first.reset()
    for _ in range(steps):
        first.step(play(first, rng))
    second.restore_state(first.save_state())
    assert_same_play(first, second, 20, rng)


@pytest.mark.parametrize("changes", [{}, {"evaluation": True}, {"wrapper": VectorGazeWrapper}], ids=str)
def test_games_of_atari(changes):
    first, second, rng = breakout(seed=7, **changes), breakout(seed=99, **changes), np.random.default_rng(0)
    first.reset()
    for _ in range(260):  # several games of either env, in the middle of the last one
        first.step(play(first, rng))
    first.reset()  # without a seed: the generators go on
    for _ in range(30):
        first.step(play(first, rng))
    second.restore_state(first.save_state())
    assert_same_play(first, second, 160, rng)
    for env in (first, second):
        env.close()


def test_a_long_game_keeps_its_actions():
    first, second = breakout(seed=1), breakout()
    first.reset()
    for _ in range(90):
        first.step(np.array([0, 1]))
    log = first.env._log
    assert log.state()["actions"].shape[1] == 2
    second.restore_state(first.save_state())
    assert_same_play(first, second, 300, np.random.default_rng(1))  # more rows than the log begins with
    for env in (first, second):
        env.close()


def test_games_that_come_out_differently_are_refused():
    first, second = breakout(seed=1), breakout(seed=1)
    first.reset()
    first.step(np.array([0, 1]))
    state = first.save_state()
    with pytest.raises(StateError, match="came out differently"):
        second.restore_state({**state, "0/newest": state["0/newest"] + 1})
    with pytest.raises(StateError, match="of 1 games, not of 2"):
        second.restore_state({**state, "0/seeds": state["0/seeds"][:1]})
    with pytest.raises(StateError, match="does not fit"):
        second.restore_state({})
    for env in (first, second):
        env.close()


def test_envs_whose_state_cannot_be_saved():
    sticky = breakout(seed=1, action_repeat_probability=0.25)
    sticky.reset()
    assert sticky.save_state() is None
    sticky.close()
    foreign = gym.make_vec("CartPole-v1", 2, vectorization_mode="sync", vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP})
    env = GymnasiumVecEnv(RecordEpisodeStatistics(foreign))
    env.reset()
    assert env.save_state() is None
    assert task("Catch", True).save_state() is None  # before its first reset
