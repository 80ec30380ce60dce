"""Shares of right answers, by hand."""

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from saccade.envs import GymnasiumVecEnv
from saccade.experiments.scoring.answers.answer_rate import AnswerRate
from saccade.experiments.scoring.answers.asked import Answers, ask_in_turn
from saccade.experiments.scoring.games import EvaluationStopped


def reorder(n_envs: int, **arguments) -> GymnasiumVecEnv:
    env = GymnasiumVecEnv(gym.make_vec("saccade/Reorder-v0", num_envs=n_envs, length=4, symbols=6, **arguments))
    env.seed(0)
    return env


class Copier:
    """Says what it read, in the order in which it was read; its memory is what it has seen."""

    def predict(self, obs, state, episode_start, deterministic):
        read = [] if episode_start.all() else list(state)
        if obs[0, 6] == 0:
            read.append(obs[:, :6].argmax(1))
            return np.zeros(len(obs), dtype=np.int64), read
        return read.pop(0), read


@pytest.mark.parametrize("episodes", [1, 5, 10])
def test_who_copies_is_right_in_all_of_copy_and_the_number_of_episodes_is_exact(episodes):
    told = []
    found = ask_in_turn(Copier(), reorder(4, order="copy"), episodes, progress=told.append)
    assert found.right.tolist() == [1.0] * 4 * episodes
    assert np.bincount(found.episodes).tolist() == [4] * episodes
    assert (found.count, found.right_percent, found.faultless_percent) == (episodes, 100.0, 100.0)
    assert told[-1] == episodes


def test_who_copies_is_right_in_reversal_where_symbols_are_the_same():
    env = reorder(500, order="reversal")
    found = ask_in_turn(Copier(), env, 500)
    assert found.right.mean() == pytest.approx(1 / 6, abs=0.03)
    grammar = ask_in_turn(Copier(), reorder(300, order="grammar"), 600)
    assert 3 <= len(grammar.right) / 600 < 4  # shorter sentences ask less


def test_figures_by_hand():
    found = Answers(np.array([1.0, 1, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 2, 2]))
    assert found.right_percent == pytest.approx(100 * 5 / 6)
    assert found.faultless_percent == pytest.approx(100 * 2 / 3)
    # sums of the excess over 5/6 in the three episodes: 1/3, -2/3, 1/3
    assert found.standard_error == pytest.approx(100 * np.sqrt(1 / 9 + 4 / 9 + 1 / 9) / 6)
    assert Answers(np.ones(3), np.zeros(3, dtype=int)).standard_error is None


def test_what_is_told():
    found = Answers(np.array([1.0, 1, 0, 1]), np.array([0, 0, 1, 1]))
    rate = AnswerRate("Reorder", Path("step_0000000007.zip"), 7, 3, None, answers=found, split=None)
    assert rate.text() == (
        "Reorder after 7 env steps: 75.00 +- 17.68 % right of 4 answers in 2 episodes (50.0 % of the episodes without a mistake; "
        "+- is the standard error, clustered by episode)"
    )
    assert rate.figures()["questions"] == 4
    alone = AnswerRate("X", Path("a.zip"), 7, 3, None, answers=Answers(np.ones(2), np.zeros(2, dtype=int)), split="test")
    assert alone.text().endswith(
        "100.00 % right of 2 answers in 1 episodes of the test split (100.0 % of the episodes without a mistake)"
    )


def test_asking_can_be_stopped():
    with pytest.raises(EvaluationStopped):
        ask_in_turn(Copier(), reorder(2, order="copy"), 4, stop=lambda: True)
