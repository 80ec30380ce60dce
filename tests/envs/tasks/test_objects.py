"""The tasks say where their things are, and the pictures agree."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.vec_env import DummyVecEnv, VecFrameStack

from saccade.envs import GazeWrapper, GymnasiumVecEnv, VectorGazeWrapper

TASKS = {
    "Catch": {"ball", "paddle"},
    "ClutteredMNIST": {"digit", "distractors"},
    "CopyRecall": set(),
    "Quadrant": {"value_patch", "action_patch", "distractors"},
    "Reorder": set(),
    "TranslatedMNIST": {"digit"},
}


def arguments(task: str) -> dict[str, object]:
    return {"dataset": "digits"} if "MNIST" in task else {}


def batch(task: str, count: int, **more: object) -> gym.vector.VectorEnv:
    return gym.make_vec(f"saccade/{task}-v0", count, vectorization_mode="vector_entry_point", **arguments(task), **more)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_a_batch_and_a_single_env_say_the_same(task):
    many, single = batch(task, 3), gym.make(f"saccade/{task}-v0", **arguments(task)).unwrapped
    many.reset(seed=5)
    single.reset(seed=6)
    for _ in range(4):
        said = many.unwrapped.objects()
        assert len(said) == 3
        assert set(said[1]) == set(single.objects()) == TASKS[task]
        assert all(np.array_equal(x, single.objects()[name]) for name, x in said[1].items())
        many.step(np.ones(3, dtype=np.int64))
        single.step(1)


def test_catch_draws_its_ball_and_paddle_and_nothing_else():
    env = batch("Catch", 4, size=10)
    images, _ = env.reset(seed=0)
    for step in range(20):  # over the end of two episodes
        for image, said in zip(images[:, 0], env.unwrapped.objects(), strict=True):
            assert said["ball"].sum() == 1
            assert said["paddle"].sum() == 2
            assert said["paddle"][-1].sum() == 2
            assert np.array_equal(image > 0, said["ball"] | said["paddle"])
            assert said["ball"].argmax() // 10 == step % 9
        images, *_ = env.step(np.array([0, 1, 2, 1]))


def test_digit_and_distractors_make_the_canvas_together():
    env = batch("ClutteredMNIST", 6, size=60)
    images, _ = env.reset(seed=1)
    for image, said in zip(images[:, 0], env.unwrapped.objects(), strict=True):
        assert np.array_equal(image > 0, said["digit"] | said["distractors"])
        rows, columns = (np.flatnonzero(said["digit"].any(axis=axis)) for axis in (1, 0))
        assert np.ptp(rows) < 28
        assert np.ptp(columns) < 28
    without, _ = batch("TranslatedMNIST", 6, size=60).reset(seed=1)
    assert without.shape == images.shape


def test_the_mask_of_a_digit_is_where_an_env_without_clutter_draws_it():
    cluttered, plain = batch("ClutteredMNIST", 5, size=60, spill=3), batch("TranslatedMNIST", 5, size=60, spill=3)
    cluttered.reset(seed=3)
    images, _ = plain.reset(seed=3)
    digits = np.stack([said["digit"] for said in plain.unwrapped.objects()])
    assert np.array_equal(digits, images[:, 0] > 0)
    assert all(said["distractors"].any() for said in cluttered.unwrapped.objects())


def test_patches_of_quadrant():
    env = batch("Quadrant", 2, size=6)
    env.reset(seed=0)
    said = env.unwrapped.objects()[0]
    assert np.argwhere(said["value_patch"]).max() == 2
    assert np.argwhere(said["action_patch"]).min(axis=0).tolist() == [0, 3]
    assert said["distractors"].sum() == 18
    assert (sum(x.astype(int) for x in said.values()) == 1).all()


def test_things_are_asked_through_the_wrappers_of_both_libraries():
    def one() -> gym.Env:
        return GazeWrapper(gym.make("saccade/Catch-v0", size=8), tiles=2)

    same_step = {"autoreset_mode": AutoresetMode.SAME_STEP}
    sync = gym.make_vec("saccade/Catch-v0", 2, vectorization_mode="sync", vector_kwargs=same_step, size=8)
    for env in (
        DummyVecEnv([one] * 2),
        GymnasiumVecEnv(VectorGazeWrapper(batch("Catch", 2, size=8), tiles=2)),
        VecFrameStack(GymnasiumVecEnv(batch("Catch", 2, size=8)), 3),
        GymnasiumVecEnv(sync),
    ):
        env.seed(0)
        env.reset()
        said = env.env_method("objects")
        assert [set(one) for one in said] == [{"ball", "paddle"}] * 2
        assert said[0]["ball"].shape == (8, 8)


def test_things_need_a_reset():
    with pytest.raises(gym.error.ResetNeeded, match="reset before objects"):
        batch("Catch", 2).unwrapped.objects()
    with pytest.raises(gym.error.ResetNeeded, match="reset before objects"):
        gym.make("saccade/Catch-v0").unwrapped.objects()
