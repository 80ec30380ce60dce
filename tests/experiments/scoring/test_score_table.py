"""scores.csv has each game once, also when an evaluation is made again or a run goes back to a checkpoint."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corridor import Corridor
from stable_baselines3 import A2C
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.experiments import Silent
from saccade.experiments.scoring.played_games import Kind, PlayedGames, kind_of
from saccade.experiments.scoring.score_keeper import ScoreKeeper, games_kept
from saccade.experiments.scoring.score_table import COLUMNS, add_games, check_table, forget_after, read_games

FILE = Path("scores.csv")
TWO_AND_A_COPY = PlayedGames(np.array([1.0, 5.0, 1.0]), np.array([3, 4, 3]), [12, None, 12], ["a", "b", "a"])


def test_a_row_for_each_game_by_hand():
    add_games(FILE, [TWO_AND_A_COPY.of_kind(Kind("sticky", 0.25))], 1000, "evaluate", 7, "random")
    assert FILE.read_text().splitlines() == [
        ",".join(COLUMNS),
        "1000,evaluate,sticky,0.25,random,7,1,1.0,3,12,a,yes",
        "1000,evaluate,sticky,0.25,random,7,2,5.0,4,,b,yes",
        "1000,evaluate,sticky,0.25,random,7,3,1.0,3,12,a,no",
    ]
    assert not list(Path().glob(".part-*"))


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        ({}, 3),
        ({"env_steps": 2000}, 6),
        ({"source": "training"}, 6),
        ({"seed": 8}, 6),
        ({"gaze": "learned"}, 6),
        ({"kinds": [TWO_AND_A_COPY.of_kind(Kind("epsilon", 0.01))]}, 6),
        ({"kinds": [TWO_AND_A_COPY, TWO_AND_A_COPY.of_kind(Kind("sticky", 0.25))]}, 6),
    ],
)
def test_only_the_same_evaluation_is_replaced(change, rows):
    evaluation = {"kinds": [TWO_AND_A_COPY], "env_steps": 1000, "source": "evaluate", "seed": 7}
    add_games(FILE, **evaluation)
    add_games(FILE, **{**evaluation, **change})
    assert len(read_games(FILE)) == rows


def test_a_run_that_goes_back_forgets_what_it_plays_again():
    forget_after(FILE, 0)  # no file yet
    for env_steps in (100, 200, 300):
        add_games(FILE, [TWO_AND_A_COPY], env_steps, "training", 7)
    add_games(FILE, [TWO_AND_A_COPY], 300, "evaluate", 7)
    forget_after(FILE, 200)
    found = [(row["env_steps"], row["played_in"]) for row in read_games(FILE)[::3]]
    assert found == [("100", "training"), ("200", "training"), ("300", "evaluate")]


@pytest.mark.parametrize("text", ["a,b\n1,2\n", ",".join(COLUMNS) + "\nsoon\n"])
def test_somebody_elses_table_is_left_alone(text):
    FILE.write_text(text)
    with pytest.raises(OSError, match="is not a table of games"):
        add_games(FILE, [TWO_AND_A_COPY], 100, "training", 7)
    assert FILE.read_text() == text


def test_a_table_is_checked_before_there_are_games():
    check_table(FILE)  # there is none yet
    add_games(FILE, [TWO_AND_A_COPY], 100, "training", 7)
    before = FILE.read_text()
    check_table(FILE)
    assert FILE.read_text() == before
    FILE.write_text("a,b\n1,2\n")
    with pytest.raises(OSError, match=r"scores\.csv is not a table of games"):
        check_table(FILE)


def test_a_table_that_may_not_be_written_is_found(monkeypatch):
    add_games(FILE, [TWO_AND_A_COPY], 100, "training", 7)
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != FILE)
    with pytest.raises(OSError, match=r"scores\.csv cannot be written to"):
        check_table(FILE)


def test_what_training_plays_is_kept_and_its_log_counts_copies_once():
    env = DummyVecEnv([lambda: Corridor(0, 1.0), lambda: Corridor(0, 1.0), lambda: Corridor(5, 2.0)])
    model = A2C("MlpPolicy", env, device="cpu", seed=0)
    model.set_logger(Logger(None, []))
    kept: list[tuple[int, PlayedGames]] = []
    keeper = ScoreKeeper(env, 10, 100, lambda: False, Silent(), seed=7, keep=lambda *seen: kept.append(seen))
    keeper.init_callback(model)
    logged = {}
    model.logger.record = lambda name, value, **_: logged.update({name: value})
    keeper.score()
    ((env_steps, played),) = kept
    assert (env_steps, len(played.scores), played.distinct) == (0, 10, 2)
    assert logged["eval/score_mean"] == 4.5
    assert logged["eval/score_std"] == pytest.approx(np.sqrt(4.5))
    assert logged["eval/counted_games"] == 2
    assert keeper.scores.mean() == 4.5  # the same definition


def test_in_training_games_of_chance_all_count_and_answers_are_not_kept():
    """The same ten games, of which two differ, as greedy ones, as ones with sticky actions and as answers."""
    env = DummyVecEnv([lambda: Corridor(0, 1.0), lambda: Corridor(0, 1.0), lambda: Corridor(5, 2.0)])
    model = A2C("MlpPolicy", env, device="cpu", seed=0)
    model.set_logger(Logger(None, []))
    counted, kept = [], []
    for more in ({}, {"kind": kind_of(0.25)}, {"answers": True}):
        told: dict[str, Any] = {"keep": lambda _, played: kept.append(str(played.kind)), **more}
        keeper = ScoreKeeper(env, 10, 100, lambda: False, Silent(), seed=7, **told)
        keeper.init_callback(model)
        keeper.score()
        counted.append(len(keeper.scores))
    assert counted == [2, 10, 10]
    assert kept == ["greedy", "sticky actions 0.25"]


def test_a_table_that_cannot_be_written_ends_no_training(caplog):
    keep = games_kept(FILE, 10_000, "learned")
    keep(100, TWO_AND_A_COPY)
    assert [row["played_in"] for row in read_games(FILE)] == ["training"] * 3
    FILE.unlink()
    FILE.mkdir()
    keep(200, TWO_AND_A_COPY)
    assert "scores.csv not written" in caplog.text
