"""What the measurement of alignments knows of an episode, by hand."""

import json

import gymnasium as gym
import numpy as np
import pytest
from sb3_contrib import RecurrentPPO

from saccade.envs import GymnasiumVecEnv
from saccade.envs.tasks.copy_recall import CopyRecall
from saccade.envs.tasks.reorder.reorder import Reorder
from saccade.envs.tasks.reorder.word_cells import FRAME
from saccade.scripts.benchmarks.reordering.aligned_episodes import along_replacements, episode_of, played_episodes, with_other_words
from saccade.scripts.benchmarks.reordering.alignment_figures import COPIES, alignment_figures, noisy
from saccade.scripts.benchmarks.reordering.alignment_runs import by_length
from saccade.scripts.benchmarks.reordering.pictures_of_reordering import SIDE, SPACE, square

GRAMMAR = Reorder("grammar", length=4, symbols=8)  # nouns 0 to 2, adjectives 3 to 5, verbs 6 and 7


def sentence(*words: int | None) -> np.ndarray:
    """Observations of reading these words, None for silence, and of saying."""
    seen = np.zeros((8, 13), np.float32)
    for t in range(8):
        seen[t, 9 + t % 4] = 1
        if t >= 4:
            seen[t, 8] = 1
        elif words[t] is not None:
            seen[t, words[t]] = 1
    return seen


def test_the_diagonal_takes_the_place_in_the_sentence():
    one = episode_of(GRAMMAR, sentence(None, 1, 7, 0), [-1, -1, -1, -1, 1, 3, 2, -1])
    assert one.decisions == [4, 5, 6]
    assert one.alignment.tolist() == [1, 3, 2]
    assert one.diagonal.tolist() == [1, 2, 3]
    assert one.candidates(6).tolist() == [0, 1, 2, 3]


def test_in_copy_recall_every_step_so_far_may_be_meant():
    game = CopyRecall(delay=2, length=5)
    one = episode_of(game, np.zeros((5, 1, 8, 8), np.uint8), [-1, -1, 0, 1, 2])
    assert one.decisions == [2, 3, 4]
    assert one.candidates(3).tolist() == [0, 1, 2, 3]
    assert one.diagonal is None


def test_a_word_is_replaced_by_the_next_one_of_its_kind():
    seen = sentence(None, 2, 7, 4)
    assert (with_other_words(GRAMMAR, seen) == sentence(None, 0, 6, 5)).all()
    assert seen[1, 2] == 1  # it is a copy
    assert not with_other_words(CopyRecall(delay=2, length=5), np.ones((5, 1, 8, 8), np.uint8)).any()


def test_the_jacobian_along_replacements_by_hand():
    """Of a noun the derivatives by the three nouns count, minus their mean: (3, 0, -3) of (4, 1, -2), whose norm is sqrt(18)."""
    jacobian = np.full((1, 8, 13), 50.0)
    jacobian[0, 1, :3] = 4, 1, -2
    jacobian[0, 2, 6:8] = 7, 7  # another verb would change nothing
    found = along_replacements(GRAMMAR, sentence(None, 1, 7, 4), jacobian)
    assert found[0].tolist() == pytest.approx([0, np.sqrt(18), 0, 0, 0, 0, 0, 0])


def test_right_answers_by_length():
    right, episodes = np.array([1.0, 0, 1, 1, 1, 0]), np.array([0, 0, 2, 2, 1, 3])
    assert by_length(right, episodes) == {"1": [1, 2], "2": [3, 4]}


def test_noisy_copies_are_the_same_each_time():
    seen = np.zeros((50, 40), np.float32)
    first, second = noisy(seen), noisy(seen)
    assert len(first) == COPIES
    assert first[3].dtype == np.float32
    assert (first[3] == second[3]).all()
    assert np.std(first) == pytest.approx(0.35, rel=0.01)


def test_the_right_cell_of_each_row_has_a_frame_and_the_strongest_is_red():
    picture = square(np.array([[1.0, 4.0, 0.0], [2.0, 1.0, 0.0]]), np.array([0, 1, 2]), np.array([2, 0]), [2, 0])
    pitch, inside = SIDE + SPACE, SIDE // 2

    def middle(row: int, place: int) -> list[int]:
        return picture[pitch * (row + 1) + inside, pitch * (place + 1) + inside].tolist()

    assert [middle(0, place) for place in range(3)] == [[246, 199, 199], [220, 30, 30], [255, 255, 255]]
    assert middle(1, 0) == [220, 30, 30]
    framed = [[tuple(picture[pitch * (row + 1), pitch * (place + 1)]) == FRAME for place in range(3)] for row in range(2)]
    assert framed == [[False, False, True], [True, False, False]]


def test_figures_of_an_untrained_network_are_those_of_chance():
    """Nothing is known, JSON can have it all, and rivals are what the order says."""
    env = GymnasiumVecEnv(gym.make_vec("saccade/Reorder-v0", num_envs=2, order="reversal", length=3, symbols=5))
    model = RecurrentPPO("MlpLstmPolicy", env, n_steps=8, policy_kwargs={"lstm_hidden_size": 4, "net_arch": []}, device="cpu")
    game = Reorder("reversal", length=3, symbols=5)
    found = alignment_figures(model.policy, game, played_episodes(model.policy, env), 0)
    env.close()
    json.dumps(found, allow_nan=False)
    rivals = [found["alignment"][f"right_{name}"] for name in ("diagonal", "recency", "random")]
    assert rivals == pytest.approx([1 / 3, 1 / 3, 1 / 3], abs=1e-4)
    assert found["alignment"]["right_jacobian_low"] is None  # two episodes have no interval
    assert found["of_all_steps"]["right_recency"] == 0
    assert set(found["deletion"]) == {"jacobian", "occlusion", "smoothed_along_replacements"}
