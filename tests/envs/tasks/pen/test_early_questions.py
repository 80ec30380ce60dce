"""Questions while the pen writes: names of letters so far by hand, which letter is asked, and that only training has them."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th

from saccade.envs.tasks.pen.early_questions import early_questions, names_so_far, shares_of_steps
from saccade.envs.tasks.pen.letters import ALPHABET, DOTLESS_I
from saccade.envs.tasks.pen.writing import Writing

NAME = "saccade/PenStrokes-v0"
SMALL = {"max_letters": 3, "points": 2.0, "words": ["in", "it", "be", "tin", "bit", "a", "jet", "six", "fix"]}


def numbers(word: str) -> list[int]:
    return [ALPHABET.index(letter) for letter in word]


def writing(letters: list[int], delayed: list[int]) -> Writing:
    """One word; the pen is in these letters, and in delayed lines at these steps."""
    of = th.tensor([letters])
    late = th.zeros_like(of, dtype=th.bool)
    late[0, delayed] = True
    empty = th.zeros_like(late)
    return Writing(th.zeros(1, len(letters), 2), empty, empty, of, of, empty, late)


def names(word: str, letters: list[int], delayed: list[int]) -> list[str]:
    """The names after each step; I is a dotless i."""
    found = names_so_far(writing(letters, delayed), th.tensor([numbers(word)]))[0]
    shown = ["".join("." if x < 0 else ALPHABET[x] for x in step) for step in found.tolist()]
    return [step.replace(DOTLESS_I, "I") for step in shown]


def test_names_of_a_word_by_hand():
    # Two steps of waiting, the bodies of i, t and n, and then the dot and the bar in two steps each.
    steps = [-1, -1, 0, 0, 1, 1, 2, 0, 0, 1, 1]
    expected = ["...", "...", "...", "I..", "I..", "I..", "I.n", "I.n", "i.n", "i.n", "itn"]
    assert names("itn", steps, [7, 8, 9, 10]) == expected


def test_names_where_a_dot_follows_its_letter_and_where_it_never_comes():
    assert names("ix", [0, 0, 1, 1], [1, 3]) == ["I.", "i.", "i.", "ix"]
    assert names(DOTLESS_I + "a", [0, 0, 1], []) == [".." if t == 0 else "I." if t == 1 else "Ia" for t in range(3)]


def test_which_letter_is_asked():
    found = names_so_far(writing([-1, 0, 1, 1], [3]), th.tensor([numbers("ai")]))
    drawn = th.zeros(1, 4, 3)
    drawn[..., 1] = 0.9  # not the last letter, but any
    drawn[0, :, 2] = th.tensor([0.9, 0.9, 0.4, 0.6])
    asked, answers = early_questions(found, th.ones(1), drawn)
    assert asked.tolist() == [[-1, 0, 0, 1]]  # nothing is written at first
    assert answers.tolist() == [[-1, *numbers("aai")]]
    drawn[..., 1] = 0.1  # the letter written last
    asked, answers = early_questions(found, th.ones(1), drawn)
    assert asked.tolist() == [[-1, 0, 1, 1]]
    assert answers.tolist() == [[-1, *numbers("a" + DOTLESS_I + "i")]]
    drawn[..., 0] = 0.5
    assert (early_questions(found, th.tensor([0.5]), drawn)[1] == -1).all()  # a share of 0.5 asks below it only


def test_a_quarter_of_the_episodes_is_quiet():
    drawn = th.tensor([0.0, 0.2, 0.25, 0.625, 1.0], dtype=th.float64)
    assert shares_of_steps(0.8, drawn).tolist() == pytest.approx([0, 0, 0, 0.8 * 0.5**0.5, 0.8])


def test_an_episode_asks_for_what_is_written_and_rewards_it():
    env = gym.make_vec(NAME, num_envs=8, split="train", **SMALL)
    seen, info = env.reset(seed=3)
    game, asked_early = env.game, 0
    for t in range(game.length):
        assert (seen[:, 4:].sum(1) <= 1).all()
        asks = seen[:, 4:].any(1)
        assert (asks == (info["answer"] >= 0)).all()
        if t < game.reading:
            asked_early += asks.sum()
            gold, place = game.gold(), seen[:, 4:].argmax(1)
            for i in np.flatnonzero(asks):
                assert (gold.letters[i, : t + 1] == place[i]).any()  # never before it was begun
        seen, rewards, *_, info = env.step(info["answer"].clip(0))
        assert (rewards == (asks if t < game.length else 0)).all()
    assert asked_early > 8 * 5


@pytest.mark.parametrize("arguments", [{"split": "test"}, {"split": "validation"}, {"split": "train", "early": 0.0}])
def test_nothing_is_asked_early_where_nothing_is_learned(arguments):
    env = gym.make_vec(NAME, num_envs=8, **{**SMALL, **arguments, "words": [*SMALL["words"], "sit", "did", "win", "him", "jam"]})
    seen, info = env.reset(seed=3)
    for _ in range(env.game.reading):
        assert not seen[:, 4:].any()
        assert (info["answer"] == -1).all()
        seen, _, _, _, info = env.step(np.zeros(8, dtype=int))


def test_early_questions_change_nothing_that_is_written():
    shown = []
    for early in (0.0, 1.0):
        game = gym.make_vec(NAME, num_envs=8, split="train", early=early, **SMALL)
        game.reset(seed=5)
        shown.append(game.unwrapped.game.episodes()[:, : game.unwrapped.game.reading, :4])
    assert (shown[0] == shown[1]).all()
    with pytest.raises(ValueError, match="early is 2"):
        gym.make_vec(NAME, num_envs=1, early=2, **SMALL)
