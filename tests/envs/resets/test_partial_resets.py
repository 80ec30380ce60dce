"""A reset of some envs leaves the others alone, and a reset without a seed breaks none."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from saccade.envs import GymnasiumVecEnv, VectorGazeWrapper

DIGITS = {"dataset": "digits", "glimpses": 6}
SEPARATE = {"vectorization_mode": "sync", "vector_kwargs": {"autoreset_mode": AutoresetMode.SAME_STEP}}


def gazing(n_envs: int = 2, **how) -> GymnasiumVecEnv:
    return GymnasiumVecEnv(VectorGazeWrapper(gym.make_vec("saccade/ClutteredMNIST-v0", n_envs, **SEPARATE, **DIGITS), **how))


def gazes_of(env: GymnasiumVecEnv, options: list[dict], resets_before: int) -> np.ndarray:
    env.seed(0)
    for _ in range(resets_before):
        env.reset()
    found = []
    for _ in range(2):
        env.set_options(options)
        found.append(env.reset()["gaze"])
    return np.stack([*found, env.reset()["gaze"]])


@pytest.mark.parametrize("resets_before", [0, 1, 2])
def test_options_for_each_env_keep_the_seed_of_the_gaze(resets_before):
    options = [{"a": 1}, {"a": 2}]
    one, other = (gazes_of(gazing(), options, resets_before) for _ in range(2))
    assert np.array_equal(one, other)
    assert len(np.unique(one.reshape(-1))) == one.size  # every episode has a gaze of its own


def test_they_are_the_gazes_of_any_other_reset():
    """What is asked of the envs says nothing about the gaze."""
    env = gazing()
    env.seed(0)
    expected = np.stack([env.reset()["gaze"] for _ in range(4)])
    assert np.array_equal(gazes_of(gazing(), [{"a": 1}, {"a": 2}], 1), expected[1:])


@pytest.mark.parametrize("seed", [None, [None] * 3, [None, 8, None]])
def test_a_mask_leaves_other_gazes_where_they_are(seed):
    mask = np.array([False, True, False])
    env = VectorGazeWrapper(gym.make_vec("saccade/ClutteredMNIST-v0", 3, **SEPARATE, **DIGITS))
    first = env.reset(seed=4)[0]["gaze"]
    env.step(np.float32([[0, 0.5, 0.5]] * 3))
    seen = env.reset(seed=seed, options={"reset_mask": mask})[0]["gaze"]
    assert (seen[~mask] == 0.5).all()
    assert not np.isin(seen[1], [*first[1], 0.5]).any()
    fresh = VectorGazeWrapper(gym.make_vec("saccade/ClutteredMNIST-v0", 3, **SEPARATE, **DIGITS))
    if seed is None or seed[1] is None:  # the next episode of its seed
        fresh.reset(seed=4)
        expected = fresh.reset()[0]["gaze"]
    else:
        expected = fresh.reset(seed=7)[0]["gaze"]
    assert np.array_equal(seen[1], expected[1])


def test_a_gaze_that_follows_asks_for_the_images_of_the_reset_envs_alone():
    asked = []

    def follow(images: np.ndarray) -> np.ndarray:
        asked.append(len(images))
        return np.full((len(images), 2), 0.25, np.float32)

    env = VectorGazeWrapper(gym.make_vec("saccade/ClutteredMNIST-v0", 3, **SEPARATE, **DIGITS), forced=follow)
    env.reset(seed=0)
    env.reset(options={"reset_mask": np.array([True, False, False])})
    assert asked == [3, 1]


@pytest.mark.parametrize("name", ["ClutteredMNIST", "Catch"])
def test_a_batch_of_one_length_begins_together(name):
    env = gym.make_vec(f"saccade/{name}-v0", 3, **(DIGITS if name == "ClutteredMNIST" else {}))

    def pictures(obs) -> np.ndarray:
        return (obs["image"] if isinstance(obs, dict) else obs).copy()

    with pytest.raises(ValueError, match="reset_mask must be True for all envs"):
        env.reset(seed=0, options={"reset_mask": np.array([True, False, True])})
    env.reset(seed=0, options={"reset_mask": np.ones(3, bool)})
    unseeded = pictures(env.reset(seed=[None] * 3)[0])
    env.reset(seed=0)
    assert np.array_equal(unseeded, pictures(env.reset()[0]))


@pytest.mark.parametrize("wrapper", [None, VectorGazeWrapper])
@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_games_of_atari_that_are_not_reset_go_on(atari, wrapper, render_mode):
    """Also in their scores, in what is hidden from before a lost life, and in a saved state."""
    env, alone = (
        atari("Breakout", 2, seed=3, max_frames=400, num_threads=1, wrapper=wrapper, render_mode=render_mode) for _ in range(2)
    )
    rng, mask = np.random.default_rng(0), np.array([True, False])

    def images(seen) -> np.ndarray:
        return seen["image"] if isinstance(seen, dict) else seen

    def actions() -> np.ndarray:
        chosen = rng.integers(4, size=2)
        return chosen if wrapper is None else np.float32([[one, 0, 0] for one in chosen])

    alone.reset()
    seen, ended = images(env.reset()).copy(), []
    for step in range(240):
        if step in (37, 38, 90):
            env.set_options({"reset_mask": mask})
            assert np.array_equal(images(env.reset())[1], seen[1])
            assert env.reset_infos[0]["episode_frame_number"] < 40
        chosen = actions()
        seen, _, _, infos = env.step(chosen)
        theirs, _, _, expected = alone.step(chosen)
        seen, theirs = images(seen).copy(), images(theirs)
        assert np.array_equal(seen[1], theirs[1])
        assert [infos[1].get("episode", {}).get(key) for key in "rl"] == [expected[1].get("episode", {}).get(key) for key in "rl"]
        ended += [step] if "episode" in infos[1] else []
    assert ended
    if render_mode is None:
        again = atari("Breakout", 2, seed=99, max_frames=400, num_threads=1, wrapper=wrapper)
        again.restore_state(env.save_state())
        for _ in range(60):
            chosen = actions()
            one, other = env.step(chosen), again.step(chosen)
            assert np.array_equal(images(one[0]), images(other[0]))
            assert [i.get("episode", {}).get("l") for i in one[3]] == [i.get("episode", {}).get("l") for i in other[3]]
