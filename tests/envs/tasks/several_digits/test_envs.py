"""The envs in which digits are named: what they show, what they ask, and what they tell."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.envs import GazeWrapper, GymnasiumVecEnv, VectorGazeWrapper
from saccade.envs.tasks.digits import load_digits
from saccade.envs.tasks.several_digits.house_number import with_end

DIGITS = {"dataset": "digits"}
NAMES = {  # {name: (arguments, answers, most things, steps)}
    "DigitPair": ({}, 10, 2, 8),
    "DigitSum": ({}, 19, 1, 8),
    "HouseNumber": ({}, 11, 6, 16),
    "ClutteredMNIST": ({"stop": True}, 10, 1, 8),
}


def batch(name: str, n_envs: int, **arguments):
    return gym.make_vec(f"saccade/{name}-v0", num_envs=n_envs, **DIGITS, **{**NAMES[name][0], **arguments})


@pytest.mark.parametrize("name", NAMES)
def test_spaces_and_first_infos(name):
    env = batch(name, 50)
    _, classes, most, steps = NAMES[name]
    assert env.single_action_space.n == classes + 1
    assert env.not_yet == classes
    assert env.episode_length == steps
    obs, info = env.reset(seed=0)
    assert obs["progress"].shape == (50, most + 2)
    assert (info["answer"] >= 0).all()
    assert (info["answer"] < classes).all()
    assert (info["looks"] == 0).all()
    assert len(env.get_action_meanings()) == classes + 1


@pytest.mark.parametrize("name", NAMES)
def test_who_answers_rightly_earns_all_and_others_lose_what_follows(name):
    """The first half of the envs says what is asked; the others make their second answer (or their only one) wrong."""
    env, count = batch(name, 40), 40
    classes = NAMES[name][1]
    _, info = env.reset(seed=3)
    things, total = info["things"], np.zeros(count)
    for _ in range(env.episode_length):
        said = np.where(info["answer"] >= 0, info["answer"], env.not_yet)
        spoilt = (np.arange(count) >= count // 2) & (info["named"] == np.minimum(1, things - 1)) & (info["answer"] >= 0)
        said[spoilt] = (said[spoilt] + 1) % classes
        _, rewards, ended, _, info = env.step(said)
        total += rewards
    assert ended.all()
    final = info["final_info"]
    right = np.arange(count) < count // 2
    assert (total == np.where(right, things, np.minimum(1, things - 1))).all()
    assert (final["right"] == np.where(right, things, things - 1)).all()
    assert (final["named"] == things).all()
    assert (final["looks"] == things).all()
    assert (final["answer"] == -1).all()


@pytest.mark.parametrize("name", NAMES)
def test_single_envs_are_those_of_the_batch(name):
    small = {"size": 56} if name != "HouseNumber" else {}
    env, chosen = batch(name, 3, **small), np.array([0, 1, 2])
    images, infos = [env.reset(seed=7)[0]], []
    for t in range(20):
        obs, rewards, _, _, info = env.step((chosen + t) % 4)
        images.append(obs)
        infos.append((rewards, info["looks"]))
    for i in range(3):
        one = gym.make(f"saccade/{name}-v0", disable_env_checker=True, **DIGITS, **NAMES[name][0], **small)
        obs, _ = one.reset(seed=7 + i)
        for t in range(20):
            assert all((obs[key] == images[t][key][i]).all() for key in ("image", "progress"))
            obs, reward, ended, _, info = one.step((i + t) % 4)
            assert reward == infos[t][0][i]
            if ended:
                obs, info = one.reset()
            assert info["looks"] == infos[t][1][i]


def test_the_pair_is_named_from_left_to_right():
    env = batch("DigitPair", 30, distractors=0)
    obs, info = env.reset(seed=1)
    digits = load_digits("digits", "train")
    columns = np.arange(100)
    for i in range(30):
        halves = [obs["image"][i, 0][:, :50], obs["image"][i, 0][:, 50:]]
        for half, item in zip(halves, (info["item_1"][i], info["item_2"][i]), strict=True):
            inked = digits.images[item].numpy()
            assert half.sum() == inked.sum()  # nothing is cut off, and nothing overlaps
    assert (info["answer"] == digits.labels.numpy()[info["item_1"]]).all()
    _, _, _, _, info = env.step(info["answer"])
    assert (info["answer"] == digits.labels.numpy()[info["item_2"]]).all()
    assert columns.size == obs["image"].shape[3]


def test_the_sum_is_that_of_the_pair_with_the_same_seed():
    pairs, sums = batch("DigitPair", 60), batch("DigitSum", 60)
    pair, sum_ = pairs.reset(seed=9), sums.reset(seed=9)
    assert (pair[0]["image"] == sum_[0]["image"]).all()
    assert sum_[1]["answer"].tolist() == pairs.game.naming.answers.sum(1).tolist()
    assert (sum_[1]["label"] == sum_[1]["answer"]).all()


def test_the_canvases_of_stop_are_those_without_it():
    plain = gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=5, **DIGITS)
    images, info = plain.reset(seed=2)
    seen, told = batch("ClutteredMNIST", 5).reset(seed=2)
    assert (seen["image"] == images).all()
    assert (told["label"] == info["label"]).all()
    assert (told["answer"] == info["label"]).all()
    in_turn = batch("ClutteredMNIST", 5, in_turn=5, split="test")
    assert in_turn.reset(seed=0)[1]["item"].tolist() == [0, 1, 2, 3, 4]


def test_ends_by_hand():
    numbers = th.tensor([[3, -1, -1], [1, 2, 3], [0, 0, -1]])
    assert with_end(numbers).tolist() == [[3, 10, -1, -1], [1, 2, 3, 10], [0, 0, 10, -1]]


def test_a_gaze_goes_around_dicts():
    single = GazeWrapper(gym.make("saccade/DigitPair-v0", glimpses=2, **DIGITS), first="center")
    other = VectorGazeWrapper(batch("DigitPair", 2, glimpses=2), first="center")
    assert single.observation_space == other.single_observation_space
    assert set(single.observation_space.spaces) == {"image", "progress", "gaze"}
    for env in (DummyVecEnv([lambda: single]), GymnasiumVecEnv(other)):
        env.seed(4)
        first = env.reset()
        assert env.get_attr("not_yet")[0] == 10
        action = np.tile(np.array([10, 0.5, -0.5], dtype=np.float32), (env.num_envs, 1))
        second, *_ = env.step(action)
        third, _, dones, infos = env.step(action)
        assert dones.all()
        assert second["gaze"][0].tolist() == [0.5, -0.5]
        assert (second["image"] == first["image"]).all()
        assert second["progress"][0].tolist() == [1, 0, 0, 0.5]
        last = infos[0]["terminal_observation"]
        assert (last["image"] == first["image"][0]).all()
        assert last["progress"].tolist() == [1, 0, 0, 0]
        assert third["gaze"][0].tolist() == [0, 0]
        assert not (third["image"] == first["image"]).all()
        if env.num_envs == 1:
            kept = first["image"][0]
        else:
            assert (first["image"][0] == kept).all()


def test_async_batches_of_dicts_have_their_last_observations():
    same_step = {"autoreset_mode": gym.vector.AutoresetMode.SAME_STEP}
    sync = gym.make_vec("saccade/DigitPair-v0", 2, vectorization_mode="sync", vector_kwargs=same_step, glimpses=2, **DIGITS)
    env = GymnasiumVecEnv(VectorGazeWrapper(sync, tiles=2))
    env.seed(4)
    first = env.reset()
    env.step(np.array([[10, 3], [10, 0]]))
    *_, infos = env.step(np.array([[10, 1], [10, 2]]))
    for i, info in enumerate(infos):
        assert (info["terminal_observation"]["image"] == first["image"][i]).all()
        assert info["terminal_observation"]["progress"].tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize("name", ["DigitPair", "DigitSum", "HouseNumber"])
def test_the_first_digits_come_in_turn(name):
    env = batch(name, 30, in_turn=30, split="test")
    _, info = env.reset(seed=0)
    assert info["item_1"].tolist() == list(range(30))
    for _ in range(env.episode_length):
        *_, info = env.step(np.zeros(30, dtype=np.int64))
    assert info["item_1"].tolist() == list(range(30, 60))
    with pytest.raises(ValueError, match="in_turn is 0; it must be at least 1"):
        batch(name, 30, in_turn=0)
