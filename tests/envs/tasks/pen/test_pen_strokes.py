"""PenStrokes: phases, answers, seeds, splits, pictures, the time between a letter and its dot, and bad arguments."""

import warnings

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium.utils.env_checker import check_env as gymnasium_check
from stable_baselines3.common.env_checker import check_env as sb3_check
from vec_env_contract import assert_contract

from saccade.envs import GymnasiumVecEnv
from saccade.envs.tasks.pen.letters import ALPHABET, DOTLESS_I, LetterError
from saccade.envs.tasks.pen.pen_strokes import PenStrokes
from saccade.envs.tasks.pen.words import WordsError, common_words, place_in_splits

NAME = "saccade/PenStrokes-v0"
WORDS = ["in", "it", "be", "tin", "bit", "a", "jet", "six", "fix"]
SMALL = {"max_letters": 3, "points": 2.0, "words": WORDS, "split": "train", "early": 0.0}


def vector(n_envs=4, **arguments):
    return gym.make_vec(NAME, num_envs=n_envs, **{**SMALL, **arguments})


@pytest.mark.filterwarnings("ignore:.*symmetric and normalized")
def test_checkers_of_gymnasium_and_sb3():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is different from the unwrapped version")
        gymnasium_check(gym.make(NAME, **SMALL), skip_render_check=True)
    sb3_check(gym.make(NAME, **SMALL))
    assert_contract(GymnasiumVecEnv(vector()))


def test_an_episode_by_its_phases():
    env = vector(6)
    seen, info = env.reset(seed=1)
    game = env.game
    words = [game.word(i) for i in range(6)]
    total = np.zeros(6)
    for t in range(game.length):
        asked = t - game.reading
        if asked < 0:
            assert (info["answer"] == -1).all()
            assert not seen[:, 4:].any()
            gold = game.gold()
            np.testing.assert_allclose(seen[:, :2], 3 * gold.moves[:, t])
            assert (seen[:, 2:4] == th.stack([gold.down[:, t], gold.ends[:, t]], dim=1).numpy()).all()
        else:
            assert not seen[:, :4].any()
            assert (seen[:, 4:] == np.eye(3)[asked]).all()
            right = [ALPHABET.index(word[asked]) if asked < len(word) else len(ALPHABET) for word in words]
            assert info["answer"].tolist() == right
        if asked == -1:
            assert (seen[:, 3] == 1).all()  # the last stroke ends right before the first question
        wrong = np.arange(6) < 2
        seen, rewards, ended, _, info = env.step(np.where(wrong, (info["answer"] + 1) % 29, info["answer"].clip(0)))
        assert (rewards == (~wrong & (asked >= 0))).all()
        assert ended.all() == (t == game.length - 1)
        total += rewards
    assert total.tolist() == [0] * 2 + [3] * 4
    assert not info["final_obs"].any()


def test_one_and_many_agree_and_a_saved_state_comes_back():
    env = vector(3)
    first, info = env.reset(seed=7)
    one = gym.make(NAME, disable_env_checker=True, **SMALL)
    for step in range(40):
        alone, facts = one.reset(seed=9) if step == 0 else one.step(step % 29)[::4]
        many = first if step == 0 else env.step(np.full(3, step % 29))[0]
        assert (many[2] == alone).all()
        assert step > 0 or facts["answer"] == info["answer"][2]
    state = env.save_state()
    expected = [env.step(np.zeros(3, dtype=int))[0] for _ in range(60)]  # into the next episode
    other = vector(3)
    other.restore_state(state)
    assert (np.stack(expected) == np.stack([other.step(np.zeros(3, dtype=int))[0] for _ in range(60)])).all()


@pytest.mark.parametrize(("points", "least"), [(4.0, 60), (7.0, 100)])
def test_the_dot_comes_long_after_its_letter_in_long_words(points, least):
    long = [word for word in common_words() if len(word) >= 7]
    env = gym.make_vec(NAME, num_envs=256, words=long, dotless=0.0, invented=0.0, points=points)
    env.reset(seed=0)
    gold, lags = env.game.gold(), []
    for i in range(256):
        for k, letter in enumerate(env.game.word(i)):
            if letter in "ij":
                of_letter = gold.letters[i] == k
                body, dot = (of_letter & ~gold.delayed[i]).nonzero(), (of_letter & gold.dots[i]).nonzero()
                lags.append(int(dot[1] - body[-1]))
    assert np.mean(lags) >= least
    assert env.unwrapped.observation_space.shape == (256, 12)


def test_splits_have_words_and_hands_of_their_own():
    for split in ("train", "validation", "test"):
        env = gym.make_vec(NAME, num_envs=300, points=1.0, split=split, dotless=1.0, invented=0.0)
        env.reset(seed=0)
        words = {env.game.word(i) for i in range(300)}
        assert not any("i" in word or "j" in word for word in words)
        assert any(DOTLESS_I in word for word in words)
        places = [place_in_splits(word) for word in words]
        low, high = {"train": (0, 0.7), "validation": (0.7, 0.85), "test": (0.85, 1)}[split]
        assert low <= min(places) < max(places) < high


def test_shares_of_dots_and_of_invented_words():
    env = gym.make_vec(NAME, num_envs=2000, points=1.0, dotless=0.3, invented=0.4)
    env.reset(seed=0)
    words = [env.game.word(i) for i in range(2000)]
    bare, dotted = (sum(word.count(letter) for word in words) for letter in (DOTLESS_I, "i"))
    assert abs(bare / (bare + dotted) - 0.3) < 0.05
    known = set(common_words())
    share = np.mean([word.replace(DOTLESS_I, "i").replace("\u0237", "j") not in known for word in words])
    assert 0.25 < share < 0.4  # an invented word may be in the list by chance
    held_out = gym.make_vec(NAME, num_envs=200, points=1.0, split="test", dotless=0.0, invented=1.0)
    held_out.reset(seed=0)
    assert all(held_out.game.word(i) in known for i in range(200))  # never invented where nothing is learned


def test_observations_stay_in_their_space():
    env = gym.make_vec(NAME, num_envs=500, points=1.0)
    env.reset(seed=0)
    assert np.abs(env.game._shown.numpy()).max() < 100


def test_pictures_show_the_ink_so_far():
    env = vector(2, render_mode="rgb_array")
    env.reset(seed=3)
    before = env.render()
    for _ in range(env.game.reading - 1):
        env.step(np.zeros(2, dtype=int))
    after = env.render()
    assert before[0].shape == after[0].shape == (160, 480, 3)
    dark = [(picture.max(2) < 100).sum() for picture in (before[0], after[0])]
    assert dark[1] > dark[0] + 200
    env.step(np.zeros(2, dtype=int))
    assert (env.render()[0] != after[0]).any()  # the question


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"words": []}, WordsError, "list of words is empty"),
        ({"words": ["caf\u00e9"], "max_letters": 8}, LetterError, "no letter"),
        ({"max_letters": 2}, WordsError, "has 3 letters and max_letters is 2"),
        ({"max_letters": 0}, ValueError, "max_letters is 0; it must be at least 1"),
        ({"points": 0.0}, ValueError, "points is 0.0; it must be from 0.5 to 100"),
        ({"dots": "before"}, ValueError, "dots is 'before'; it must be 'after' or 'at once'"),
        ({"dotless": 1.5}, ValueError, "dotless is 1.5; it must be from 0 to 1"),
        ({"reading": 5}, ValueError, "reading is 5; 3 letters need at least"),
        ({"split": "all"}, WordsError, "split is 'all'; it must be one of"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        PenStrokes(**{**SMALL, **arguments})
    assert "\n" not in str(caught.value)


def test_an_episode_is_drawn_in_colours_of_its_strengths():
    """The last stroke of "i" is the dot: with all strength there, the red ink is above the grey body."""
    env = vector(1, words=["i"], dotless=0.0, max_letters=1)
    seen, _ = env.reset(seed=0)
    game, steps = env.game, [seen[0]]
    for _ in range(game.length - 1):
        steps.append(env.step(np.zeros(1, int))[0][0])
    observations = np.stack(steps)
    strengths = np.zeros(len(steps))
    ends = np.flatnonzero(observations[:, 3])
    strengths[ends[-2] + 1 : ends[-1] + 1] = 1.0
    picture = game.drawn(observations, strengths).astype(int)
    red = (picture[:, :, 0] > 200) & (picture[:, :, 1] < 60)
    body = (abs(picture - (185, 185, 200)).sum(2) < 12) & (np.indices(red.shape)[0] < 130)
    assert red.any()
    assert body.any()
    assert np.flatnonzero(red.any(1)).max() < np.flatnonzero(body.any(1)).min()
    plain = game.drawn(observations, None)
    assert plain.shape == picture.shape
    assert not ((plain[:, :, 0] > 200) & (plain[:, :, 1] < 60)).any()
    strengths[:] = 0
    strengths[-1] = 1.0  # the question
    asked = game.drawn(observations, strengths)
    assert tuple(asked[150, 470]) == (220, 30, 30)
    framed = game.drawn(observations, strengths, game.length - 1)  # this question is decided
    changed = np.flatnonzero((framed != asked).any(-1).any(0))
    assert 458 <= changed.min() <= 461 < 473 <= changed.max() <= 476
    assert (game.drawn(observations, strengths, 3) == asked).all()  # a step of the ink
