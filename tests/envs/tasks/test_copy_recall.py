"""CopyRecall: images, answers and rewards by hand, scores, and vector envs against single envs."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from vec_env_contract import assert_contract

from saccade.envs import GymnasiumVecEnv
from saccade.envs.tasks.copy_recall import CopyRecall


def started(shown: list[int], **arguments) -> CopyRecall:
    game = CopyRecall(symbols=3, length=len(shown), size=6, **arguments)
    game.begin((th.tensor([shown], dtype=th.float64) + 0.5) / 3, th.zeros(1), th.zeros(1))
    return game


def test_each_symbol_is_a_bar_of_its_own():
    game = started([1, 0, 2], delay=1)
    columns = []
    for t in range(3):
        image = game.images()
        assert image.shape == (1, 1, 6, 6)
        assert image.dtype == th.uint8
        assert (image == image[:, :, :1]).all()  # the whole height
        columns.append(image[0, 0, 0].tolist())
        game.play(th.tensor([0]), t == 2)
    assert columns == [[0, 0, 255, 255, 0, 0], [255, 255, 0, 0, 0, 0], [0, 0, 0, 0, 255, 255]]
    assert not game.images().any()  # dark after the last step


def test_bars_cover_all_columns_if_they_do_not_divide_evenly():
    pictures = CopyRecall(symbols=3, size=8)._pictures[:3, 0, 0] == 255
    assert pictures.sum(0).tolist() == [1] * 8
    assert pictures.sum(1).tolist() == [3, 3, 2]


@pytest.mark.parametrize(
    ("delay", "answers"),
    [
        (0, [2, 0, 1, 1, 2]),
        (1, [-1, 2, 0, 1, 1]),
        (2, [-1, -1, 2, 0, 1]),
        (4, [-1, -1, -1, -1, 2]),
    ],
)
def test_answers_and_rewards_by_hand(delay, answers):
    for action in range(3):
        game = started([2, 0, 1, 1, 2], delay=delay)
        for t, answer in enumerate(answers):
            assert game.info()["answer"].tolist() == [answer]
            assert game.play(th.tensor([action]), t == 4).tolist() == [float(action == answer)]
        assert game.info()["answer"].tolist() == [-1]


def test_symbols_are_equally_frequent_and_independent():
    env = gym.make_vec("saccade/CopyRecall-v0", num_envs=2000, delay=0, symbols=4, length=10)
    _, info = env.reset(seed=0)
    shown = []
    for _ in range(10):
        shown.append(info["answer"].copy())
        *_, info = env.step(np.zeros(2000, dtype=int))
    symbols = np.stack(shown)
    for t in range(10):
        assert np.abs(np.bincount(symbols[t], minlength=4) / 2000 - 1 / 4).max() < 0.05  # five standard deviations
    for lag in (1, 2, 3):
        pairs = np.bincount((4 * symbols[lag:] + symbols[:-lag]).ravel(), minlength=16)
        assert np.abs(pairs / pairs.sum() - 1 / 16).max() < 0.01


@pytest.mark.parametrize(("delay", "symbols"), [(0, 2), (3, 4), (8, 8)])
def test_scores_of_perfect_and_random_play(delay, symbols):
    env = gym.make_vec("saccade/CopyRecall-v0", num_envs=1000, delay=delay, symbols=symbols)
    rng = np.random.default_rng(0)
    returns = {}
    for player in ("perfect", "random"):
        images, _ = env.reset(seed=1)
        seen, total = [], np.zeros(1000)
        for t in range(24):
            seen.append(images[:, 0, 0].argmax(1) * symbols // 8)
            known = seen[t - delay] if t >= delay else np.zeros(1000, dtype=int)
            images, rewards, ended, _, _ = env.step(known if player == "perfect" else rng.integers(symbols, size=1000))
            assert ended.all() == (t == 23)
            total += rewards
        returns[player] = total
    assert (returns["perfect"] == 24 - delay).all()
    assert returns["random"].mean() == pytest.approx((24 - delay) / symbols, rel=0.05)


def test_vector_and_single_agree_in_images_rewards_and_answers():
    many = gym.make_vec("saccade/CopyRecall-v0", num_envs=3, delay=2, length=5)
    images, info = many.reset(seed=7)
    singles = [gym.make("saccade/CopyRecall-v0", disable_env_checker=True, delay=2, length=5) for _ in range(3)]
    starts = [env.reset(seed=7 + i) for i, env in enumerate(singles)]
    rng = np.random.default_rng(0)
    for i, (image, one) in enumerate(starts):
        assert (image == images[i]).all()
        assert one["answer"] == info["answer"][i] == -1
    for _ in range(15):
        actions = rng.integers(4, size=3)
        images, rewards, ended, _, info = many.step(actions)
        for i, env in enumerate(singles):
            image, reward, over, _, one = env.step(actions[i])
            assert (reward, over) == (rewards[i], ended[i])
            if over:
                assert (image == info["final_obs"][i]).all()
                assert one["answer"] == info["final_info"]["answer"][i] == -1
                image, one = env.reset()
            assert (image == images[i]).all()
            assert one["answer"] == info["answer"][i]


def test_copy_recall_works_in_gymnasium_vec_env():
    env = GymnasiumVecEnv(RecordEpisodeStatistics(gym.make_vec("saccade/CopyRecall-v0", num_envs=4, delay=1, length=6)))
    assert_contract(env)
    env.seed(0)
    env.reset()
    for t in range(12):
        _, _, dones, infos = env.step(np.zeros(4, dtype=np.int64))
        assert dones.all() == dones.any() == (t % 6 == 5)
        if dones.any():
            assert [info["episode"]["l"] for info in infos] == [6] * 4


@pytest.mark.parametrize(
    "arguments",
    [
        {"delay": -1},
        {"delay": 24},
        {"delay": 5, "length": 5},
        {"length": 0},
        {"length": 10**10},
        {"length": 1e10},
        {"symbols": 1},
        {"symbols": 9},
        {"size": 3},
        {"size": 0},
        {"delay": 1.5},
        {"symbols": True},
        {"length": "24"},
        {"size": None},
    ],
)
def test_arguments_out_of_range_are_refused(arguments):
    with pytest.raises(ValueError, match="must be"):
        gym.make("saccade/CopyRecall-v0", **arguments)
