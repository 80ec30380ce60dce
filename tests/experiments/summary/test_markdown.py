"""Which agents the table of improvements compares, and at which moment; means with their errors."""

import numpy as np
import pytest

from saccade.experiments.scoring.over_seeds import SeedCurve
from saccade.experiments.summary.compared import compared
from saccade.experiments.summary.markdown import summary_of, with_error


def curve(env: str, agent: str, *last: float, steps: tuple[int, int] = (10, 20)) -> SeedCurve:
    """Runs that begin at 0."""
    found = SeedCurve.of(env, agent, [(np.array(steps), np.array([0.0, score])) for score in last])
    assert found is not None
    return found


def improvements(together: list[SeedCurve]) -> list[list[str]]:
    """Game, first, second, probability and env steps of each row."""
    text = summary_of(together, *compared(together, 5))
    lines = text.partition("## Probability of improvement")[2].partition("## Notes")[0].splitlines()
    return [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")][2:]


@pytest.mark.parametrize("other", ["Acrobot-v1", "Catch"])
def test_games_without_a_scale_in_common_are_compared_one_by_one(other):
    together = [curve(env, agent, score) for env in ("CartPole-v1", other) for score, agent in ((2, "a"), (1, "b"))]
    told = ["a", "b", "1.00; no interval: one seed", "20"]
    assert improvements(together) == [["CartPole-v1", *told], [other, *told]]


def test_an_agent_that_lacks_a_game_is_compared_in_the_others():
    together = [curve("Pong", "a", 1), curve("Enduro", "a", 1), curve("Enduro", "b", 2, steps=(10, 16))]
    assert improvements(together) == [["Enduro", "a", "b", "0.00; no interval: one seed", "16"]]


def test_the_moment_of_each_row_is_told():
    """b ends at 16, where a line from 0 to 2 has 1.2; so b is better there, with 1.5, and worse than a is at its end."""
    (row,) = improvements([curve("Enduro", "a", 2), curve("Enduro", "b", 1.5, steps=(10, 16))])
    assert row == ["Enduro", "a", "b", "0.00; no interval: one seed", "16"]
    both = [curve(env, agent, 1) for env in ("Enduro", "Pong") for agent in ("a", "b")]
    assert [(row[0], row[4]) for row in improvements(both)] == [("2 games", "as above"), ("Enduro", "20"), ("Pong", "20")]


def test_of_many_agents_the_best_at_the_common_moment_is_compared_with_the_others():
    """The last one ends early, when it is the best."""
    together = [curve("CartPole-v1", name, score) for score, name in enumerate("abcdef", 1)]
    together += [curve("CartPole-v1", "g", 5, steps=(10, 15)), curve("Acrobot-v1", "a", 1)]
    assert [row[1:3] for row in improvements(together)] == [["g", other] for other in "abcdef"]


def test_why_enough_runs_have_no_interval(monkeypatch):
    monkeypatch.setattr("saccade.experiments.scoring.over_seeds.REPETITIONS", 20)
    for scores, chance in (((1, 0), "1.00"), ((0, 0), "0.50")):
        (row,) = improvements([curve("Enduro", name, *[score] * 5) for name, score in zip("ab", scores, strict=True)])
        assert row[3] == f"{chance}; no interval: drawing these runs again changes nothing"


def test_a_mean_with_its_error():
    """1, 2, 3: standard deviation 1 over the root of 3."""
    assert with_error([1, 2, 3]) == "2 +- 0.58"
    assert with_error([4.2, 4.2]) == "4.2 +- 0"
    assert with_error([4.2]) == "4.2 (one seed)"
