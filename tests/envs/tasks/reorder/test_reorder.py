"""Reorder: observations, answers, rewards and alignments by hand, and over many episodes."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th

from saccade.envs.tasks.reorder.reorder import Reorder


def started(words: list[int], order: str, **arguments) -> Reorder:
    """A game of one copy whose words are known."""
    game = Reorder(order, length=len(words), symbols=4, **arguments)
    game.begin(th.tensor([[0.0, *((word + 0.5) / 4 for word in words)]], dtype=th.float64), th.zeros(1), th.zeros(1))
    return game


def test_observations_by_hand():
    game = started([2, 0], "copy")
    seen = []
    for t in range(4):
        seen.append(game.observations()[0].tolist())
        game.play(th.tensor([0]), t == 3)
    assert seen == [
        # symbol, say, place
        [0, 0, 1, 0, 0, 1, 0],
        [1, 0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 1, 1, 0],
        [0, 0, 0, 0, 1, 0, 1],
    ]
    assert game.observations().tolist() == [[0.0] * 7]
    assert game.observations().dtype == th.float32


@pytest.mark.parametrize(
    ("order", "answers", "alignment"),
    [("copy", [3, 1, 0], [0, 1, 2]), ("reversal", [0, 1, 3], [2, 1, 0])],
)
def test_answers_rewards_and_alignment_by_hand(order, answers, alignment):
    for action in range(4):
        game = started([3, 1, 0], order)
        assert game.alignment().tolist() == [alignment]
        for t, (answer, step) in enumerate(zip([-1] * 3 + answers, [-1] * 3 + alignment, strict=True)):
            assert game.info()["answer"].tolist() == [answer]
            assert game.info()["alignment"].tolist() == [step]
            assert game.play(th.tensor([action]), t == 5).tolist() == [float(action == answer)]
        assert game.info()["answer"].tolist() == [-1]


def test_a_sentence_of_the_grammar_by_hand():
    game = Reorder("grammar", length=4, symbols=8)  # nouns 0 to 2, adjectives 3 to 5, verbs 6 and 7
    forms = game._kinds.tolist()
    form = forms.index([2, 1, 3, 1])  # adjective, noun, verb, noun
    game.begin(th.tensor([[(form + 0.5) / len(forms), 0.5, 0.0, 0.9, 0.9]]), th.zeros(1), th.zeros(1))
    assert game._read.tolist() == [[4, 0, 7, 2]]
    for t in range(8):
        assert game.info()["answer"].item() == [-1, -1, -1, -1, 0, 4, 2, 7][t]
        game.play(game.info()["answer"], t == 7)


@pytest.mark.parametrize("order", ["copy", "reversal", "permutation", "grammar"])
def test_the_answer_is_what_was_read_at_the_aligned_step(order):
    env = gym.make_vec("saccade/Reorder-v0", num_envs=200, order=order, length=6, symbols=9)
    seen, info = env.reset(seed=1)
    read, silent, right = [], 0, 0.0
    for t in range(12):
        read.append(seen[:, :9])
        answer, step = info["answer"], info["alignment"]
        assert ((answer >= 0) == (step >= 0)).all()
        for i in np.flatnonzero(answer >= 0):
            assert t >= 6
            assert read[step[i]][i].argmax() == answer[i]
        if t < 6:
            assert (answer == -1).all()
            assert set(seen[:, 9].tolist()) == {0.0}
        else:
            silent += (answer == -1).sum()
            assert not seen[:, :9].any()
        seen, rewards, _, _, info = env.step(np.maximum(answer, 0))
        right += rewards.sum()
        info = {key: values for key, values in info.items() if not key.startswith("_")}
    words = 200 * 6 - silent
    assert right == words
    assert (silent > 0) == (order == "grammar")


def test_all_sentences_and_all_words_are_met():
    game = Reorder("grammar", length=7, symbols=12)
    uniforms = th.rand(4000, game.draws, generator=th.Generator().manual_seed(0), dtype=th.float64)
    game.begin(uniforms, th.zeros(4000), th.zeros(4000))
    forms, counts = game._alignment.unique(dim=0, return_counts=True)
    assert len(forms) == len(game._kinds)
    assert counts.min() > 0.5 * 4000 / len(forms)
    assert game._read.unique().tolist() == list(range(-1, 12))


def test_the_permutation_is_that_of_its_seed_in_every_episode():
    first, second, other = (Reorder("permutation", permutation_seed=seed) for seed in (4, 4, 5))
    for game in (first, second, other):
        game.begin(th.rand(3, game.draws), th.zeros(3), th.zeros(3))
        assert (game.alignment() == game.alignment()[0]).all()
    assert th.equal(first.alignment(), second.alignment())
    assert not th.equal(first.alignment(), other.alignment())


@pytest.mark.parametrize("order", ["copy", "grammar"])
def test_noise_is_added_to_the_same_words(order):
    """All entries of all observations have it, of its size and independent; words and answers are those without."""
    clean, noisy = (gym.make_vec("saccade/Reorder-v0", num_envs=300, order=order, noise=noise) for noise in (0.0, 0.25))
    (seen, info), (with_noise, other) = clean.reset(seed=3), noisy.reset(seed=3)
    found = []
    for _ in range(15):
        assert (info["answer"] == other["answer"]).all()
        found.append(with_noise - seen)
        (seen, _, _, _, info), (with_noise, _, _, _, other) = (env.step(np.zeros(300, int)) for env in (clean, noisy))
    noise = np.stack(found)
    assert noise.std() == pytest.approx(0.25, rel=0.01)
    assert abs(noise.mean()) < 0.003
    assert abs(np.corrcoef(noise[:-1].ravel(), noise[1:].ravel())[0, 1]) < 0.02  # from step to step
    assert abs(np.corrcoef(noise[..., :-1].ravel(), noise[..., 1:].ravel())[0, 1]) < 0.02  # from entry to entry
    assert noise.std((0, 1)).min() > 0.23
    assert with_noise.dtype == np.float32
    assert noisy.single_observation_space.contains(with_noise[0])
    assert clean.single_observation_space.high.max() == 1


def test_the_alignment_of_a_game_is_a_copy():
    game = started([0, 1], "copy")
    game.alignment().zero_()
    assert game.alignment().tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"order": "sorted"}, "order is 'sorted'; it must be one of"),
        ({"length": 2.5}, "length is 2.5; it must be a whole number"),
        ({"length": 30}, "from 3 to 10 words"),
        ({"symbols": True}, "symbols is True"),
        ({"symbols": 1}, "symbols is 1"),
        ({"permutation_seed": -1}, "permutation_seed is -1"),
        ({"noise": -0.1}, "noise is -0.1; it must be a finite number of at least 0"),
        ({"noise": float("nan")}, "noise is nan"),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        gym.make("saccade/Reorder-v0", **arguments)
