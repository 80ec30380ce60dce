"""The measurement of networks that read a pen: twins, what is deleted, peaks and shares, on a network with random weights."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th

from saccade.agents import REINFORCE
from saccade.envs import GymnasiumVecEnv
from saccade.envs.tasks.pen.letters import ALPHABET, DOTLESS_I
from saccade.scripts.benchmarks.memory.dots import dot_figures, other_delayed, stretches
from saccade.scripts.benchmarks.memory.endings import by_part, ending_figures
from saccade.scripts.benchmarks.memory.figures import share
from saccade.scripts.benchmarks.memory.letters_right import letter_figures, with_dots
from saccade.scripts.benchmarks.memory.maps import peaks, rival_strengths
from saccade.scripts.benchmarks.memory.pairs import pairs
from saccade.scripts.benchmarks.memory.pen_pictures import shown_words
from saccade.scripts.benchmarks.memory.written import answers_of, env_kwargs_of, written

WORDS = ["sit", "tin", "ring", "king", "wing", "a", "six"]
KWARGS = {"words": WORDS, "max_letters": 4, "points": 1.5, "split": "train", "early": 0.0, "invented": 0.0, "reading": 90}


@pytest.fixture(scope="module")
def policy():
    env = GymnasiumVecEnv(gym.make_vec("saccade/PenStrokes-v0", num_envs=1, **KWARGS))
    keywords = {"lstm_hidden_size": 6, "net_arch": [], "shared_lstm": True, "enable_critic_lstm": False}
    return REINFORCE("MlpLstmPolicy", env, seed=0, device="cpu", policy_kwargs=keywords).policy


def test_twins_differ_in_one_dot_only():
    told = pairs(WORDS, 8, 5, KWARGS)
    assert set(told.clusters.tolist()) == {0, 1, 2, 3, 4, 6}  # the word a has no i
    for i, (word, twin, place) in enumerate(zip(told.dotted.words, told.bare.words, told.places, strict=True)):
        assert word[place] == "i"
        assert twin == word[:place] + DOTLESS_I + word[place + 1 :]
        assert told.dots[i].sum() == told.dotted.dots[i].sum() > 0
        assert not told.bare.dots[i].any()
        # The same by the same hand up to the dot. The twin has fewer steps, so it begins later.
        first, late = (int(np.flatnonzero(one.letters[i] >= 0)[0]) for one in (told.dotted, told.bare))
        dot = int(np.flatnonzero(told.dots[i])[0])
        seen, bare = told.dotted.observations[i, first:dot, :3], told.bare.observations[i, late : late + dot - first, :3]
        np.testing.assert_allclose(seen, bare, atol=1e-4)
        last = np.flatnonzero((told.dotted.letters[i] == place) & ~told.dotted.delayed[i])[-1]
        assert told.delays[i] == dot - last > 0


def test_what_is_deleted():
    told = pairs(WORDS, 8, 5, KWARGS)
    lifted, rest = told.dotted.lifted(told.dots), told.dotted.at_rest(told.dots)
    reading = told.dotted.reading
    assert (lifted.observations[..., :2] == told.dotted.observations[..., :2]).all()
    assert not lifted.observations[:, :reading, 2:4][told.dots].any()
    assert not rest.observations[:, :reading, :4][told.dots].any()
    for changed in (lifted, rest):
        assert (changed.observations[:, :reading][~told.dots] == told.dotted.observations[:, :reading][~told.dots]).all()
        assert (changed.observations[:, reading:] == told.dotted.observations[:, reading:]).all()
    random = np.random.default_rng(0)
    elsewhere = stretches(told, random)
    assert (elsewhere.sum(1) == told.dots.sum(1)).all()
    assert not (elsewhere & told.dots).any()
    other, there = other_delayed(told, random)
    assert there.tolist() == ["t" in word or "x" in word for word in told.dotted.words]
    assert not (other & told.dots).any()
    assert (other <= told.dotted.delayed).all()


def test_words_of_the_pictures_follow_a_rule():
    assert shown_words(["sitting", "fining", "lit", "living", "saying"]) == ("sitting", "sitting")
    assert shown_words(["action", "basins", "living", "saying"]) == ("living", "living")  # in the first two the dot is last
    assert shown_words(["kite"]) == (None, None)


def test_peaks_and_rivals_by_hand():
    assert peaks(np.array([[0, 2, 2, 1], [3, 0, 0, 0]])).tolist() == [2, 0]
    told = written(["a", "sit"], np.arange(2), KWARGS)
    assert peaks(rival_strengths(told, 0)["recency"]).tolist() == [told.reading - 1] * 2
    waits = told.letters < 0
    assert not rival_strengths(told, 0)["random steps"][waits].any()


def test_shares_by_hand():
    found = share(np.array([1, 1, 0, 0]), np.array([0, 0, 1, 1]))
    assert (found["mean"], found["low"], found["count"], found["words"]) == (0.5, None, 4, 2)  # too few words for an interval
    assert found["standard_error"] == pytest.approx(np.sqrt(2) / 4)
    assert share(np.array([]), np.array([]))["mean"] is None
    assert with_dots(DOTLESS_I + "t") == "it"


def test_evidence_by_part():
    told = written(["king", "ring"], np.arange(2), KWARGS)
    marks = told.of_letter(np.array([3, 3])).astype(float) + 3 * told.of_letter(np.array([0, 0]))
    found = by_part(marks, told, np.array([4, 4]), np.arange(2))
    assert found["i"]["mean"] == found["n"]["mean"] == 0
    g, k = told.of_letter(np.array([3, 3])).sum(1), told.of_letter(np.array([0, 0])).sum(1)
    assert found["g"]["mean"] == pytest.approx(np.mean(g / (g + 3 * k)))
    assert found["earlier"]["mean"] == pytest.approx(np.mean(3 * k / (g + 3 * k)))


def test_answers_are_those_of_the_policy_step_by_step(policy):
    told = written(["sit", "ring"], np.arange(2), KWARGS)
    found = answers_of(policy, told)
    assert found.shape == (2, 4, len(ALPHABET) + 1)
    states, said = None, []
    for t in range(told.observations.shape[1]):
        actions, states = policy.predict(told.observations[:, t], states, np.array([t == 0] * 2), deterministic=True)
        said.append(actions)
    assert (np.stack(said[told.reading :], axis=1) == found.argmax(-1)).all()


def test_all_figures_of_a_small_network(policy):
    th.set_num_threads(1)
    found = dot_figures(policy, pairs(WORDS, 6, 0, KWARGS), 2, 0)
    assert found["pairs"] == 6
    assert set(found["peaks"]) == {"jacobian", "integrated_gradients", "occlusion", "recency", "random steps"}
    assert set(found["flips"]) == {"written_without", "lifted", "at_rest"}
    assert all(0 <= figure["this_dot"]["mean"] <= 1 for figure in found["flips"].values())
    assert found["strokes"]["jacobian"]["episodes"] == 2
    assert {"flips_map", "flips_recency", "flips_other_segment"} <= set(found["strokes"]["occlusion"])
    endings = ending_figures(policy, WORDS, 4, 1, 0, KWARGS)
    assert endings["words"] == ["king", "ring", "wing"]
    for parts in endings["evidence"]["with_ending"]["jacobian"].values():
        assert sum(part["mean"] for part in parts.values()) == pytest.approx(1)
    letters = letter_figures(policy, 30, 0, KWARGS)
    assert letters["letters"]["count"] + letters["ends"]["count"] == 30 * 4
    parts = [letters[kind]["count"] for kind in ("with_dot", "without_dot", "t_and_x", "others")]
    assert sum(parts) == letters["letters"]["count"]
    assert env_kwargs_of({"env_kwargs": {"points": 3.0, "split": "train"}}, dots="at once") == {
        "points": 3.0,
        "split": "test",
        "dots": "at once",
    }
    with pytest.raises(ValueError, match="no word ends in ing"):
        ending_figures(policy, ["a"], 1, 1, 0, KWARGS)
    with pytest.raises(ValueError, match="no word has an i"):
        pairs(["a"], 1, 0, KWARGS)
