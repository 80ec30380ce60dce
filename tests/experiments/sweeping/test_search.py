"""Trials of Optuna as runs for each seed, whose scores are written down here."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import optuna
import pytest
from told import Told

from saccade.experiments import SweepError, sweep
from saccade.experiments.endings.outcome import Outcome
from saccade.experiments.setup.env_kwargs import known_digits
from saccade.experiments.sweeping.cells import Cell
from saccade.experiments.sweeping.searching import search as module
from saccade.experiments.sweeping.searching.search import Search, corners
from saccade.experiments.sweeping.sweep import _check_search
from saccade.experiments.sweeping.sweep_file import SweepFile

CONTENT = {
    "envs": ["Catch"],
    "agents": ["glimpse-reinforce"],
    "seeds": [0, 1],
    "train": {"total_timesteps": 20, "n_envs": 2, "wandb": "disabled"},
    "search": {"trials": 3, "sampler": "random", "space": {"learning_rate": {"low": "1e-4", "high": "1e-2", "log": True}}},
}
SCORES: dict[str, list[float]] = {}  # of a run, by name


@dataclass
class Noted:
    """A run that is only a name with scores."""

    cell: Cell

    @property
    def name(self) -> str:
        return self.cell.name

    @property
    def folder(self) -> str:
        return self.cell.name

    def is_complete(self) -> bool:
        return False


@pytest.fixture(autouse=True)
def _scores(monkeypatch):
    SCORES.clear()
    monkeypatch.setattr(module, "read_scores", lambda name: [SimpleNamespace(mean=score) for score in SCORES.get(name, [])])
    monkeypatch.setattr(module, "EVERY", 0.0)


class Bench:
    """A search whose runs are taken and ended by hand."""

    def __init__(self, **changes) -> None:
        self.told, self.runs = Told(), []
        self.wanted = SweepFile.of({**CONTENT, "search": {**CONTENT["search"], **changes}})
        self.open()

    def open(self) -> None:
        self.search = Search(self.wanted, self.wanted.search, Path("journal"), self.runs, self.add, self.told)
        (self.study,) = self.search.studies.values()

    def add(self, cells: list[Cell]) -> list[Noted]:
        more = [Noted(cell) for cell in cells]
        self.runs += more
        return more

    def trial(self, *scores: list[float]) -> list[Noted]:
        """One trial from its begin to its end; a list of scores for each seed."""
        runs = [self.search.take() for _ in scores]
        for run, score in zip(runs, scores, strict=True):
            SCORES[run.name] = score
            self.search.has_ended(run, Outcome.DONE)
        return runs


def test_a_trial_is_a_run_for_each_seed_and_its_score_their_mean():
    bench = Bench()
    first = bench.trial([0.0, 1.0], [0.0, 3.0])
    assert [run.name for run in first] == [f"Catch-glimpse-reinforce-trial=0000-{seed}" for seed in (0, 1)]
    assert first[0].cell.options["set"] == first[1].cell.options["set"] == bench.study.trials[0].params
    assert bench.study.trials[0].value == 2.0
    bench.trial([5.0], [6.0])
    bench.trial([4.0], [4.0])
    assert bench.search.is_over()
    assert bench.search.take() is None
    assert bench.search.best() == {"Catch glimpse-reinforce": {"score": 5.5, "trial": 1, "set": bench.study.trials[1].params}}
    assert len({trial.params["learning_rate"] for trial in bench.study.trials}) == 3
    assert all(1e-4 <= trial.params["learning_rate"] <= 1e-2 for trial in bench.study.trials)


def test_a_trial_that_is_worse_than_the_median_is_ended_early():
    bench = Bench(trials=8)
    for level in range(5):  # the pruner waits for five trials
        bench.trial([level, 10.0 + level], [level, 10.0 + level])
    runs = [bench.search.take(), bench.search.take()]
    SCORES[runs[0].name], SCORES[runs[1].name] = [0.0, 0.0], [5.0]
    assert bench.search.unwanted() == []  # the mean of the first evaluation, 2.5, is above the median 2
    SCORES[runs[1].name] = [5.0, 0.0]
    assert sorted(bench.search.unwanted()) == sorted(run.name for run in runs)  # the second is 0, the median 12
    for run in runs:
        bench.search.has_ended(run, Outcome.PRUNED)
    pruned = bench.study.trials[5]
    assert pruned.state == optuna.trial.TrialState.PRUNED
    assert pruned.intermediate_values == {0: 2.5, 1: 0.0}
    assert bench.search.unwanted() == []
    assert any("ended early" in line for line in bench.told.lines)


def test_without_a_pruner_nothing_is_ended_early():
    bench = Bench(trials=8, pruner="none")
    for _ in range(5):
        bench.trial([10.0], [10.0])
    runs = [bench.search.take(), bench.search.take()]
    SCORES.update({run.name: [0.0] for run in runs})
    assert bench.search.unwanted() == []


def test_a_seed_that_fails_ends_its_trial():
    bench = Bench()
    run = bench.search.take()
    bench.search.has_ended(run, Outcome.FAILED)
    assert bench.study.trials[0].state == optuna.trial.TrialState.FAIL
    following = bench.search.take()
    assert "trial=0001" in following.name
    other = bench.search.take()
    bench.search.has_ended(other, Outcome.FAILED)
    assert list(bench.search.unwanted()) == [following.name]


def test_a_search_goes_on_with_the_trials_that_were_stopped():
    bench = Bench()
    bench.trial([1.0], [1.0])
    stopped = [bench.search.take(), bench.search.take()]
    for run in stopped:
        bench.search.has_ended(run, Outcome.STOPPED)
    assert bench.study.trials[1].state == optuna.trial.TrialState.RUNNING

    bench.open()
    assert bench.search.earlier == {f"Catch-glimpse-reinforce-trial=0000-{seed}": Outcome.DONE for seed in (0, 1)}
    again = bench.trial([2.0], [4.0])
    assert [run.name for run in again] == [run.name for run in stopped]
    assert bench.study.trials[1].value == 3.0
    bench.trial([0.0], [0.0])
    assert bench.search.is_over()
    assert len({trial.params["learning_rate"] for trial in bench.study.trials}) == 3  # no number is drawn twice


def test_a_trial_that_was_begun_and_never_written_down_is_given_up():
    bench = Bench()
    bench.search.take()
    bench.runs.clear()  # killed before the plan was written
    bench.open()
    assert bench.study.trials[0].state == optuna.trial.TrialState.FAIL
    assert "trial=0001" in bench.search.take().name


def test_the_ends_of_all_ranges_are_tried_first():
    space = {"learning_rate": {"low": 0.1, "high": 0.2}, "gamma": [0.9, 0.8, 0.7]}
    wanted = SweepFile.of({**CONTENT, "search": {"trials": 2, "space": space}})
    found = [one["set"] for one in corners(wanted, wanted.search)]
    assert found == [
        {"learning_rate": 0.1, "gamma": 0.9},
        {"learning_rate": 0.2, "gamma": 0.9},
        {"learning_rate": 0.1, "gamma": 0.8},
        {"learning_rate": 0.1, "gamma": 0.7},
    ]
    with pytest.raises(SweepError, match=r"run Catch-glimpse-reinforce-learning_rate=0.1-gamma=7-0: set: gamma is 7"):
        sweep({**CONTENT, "search": {"trials": 2, "space": {**space, "gamma": [0.9, 7]}}}, output="out")
    with pytest.raises(SweepError, match="search needs scores"):
        sweep({**CONTENT, "train": {**CONTENT["train"], "eval_games": 0}}, output="out")
    assert not Path("out").exists()


def test_scores_on_digits_that_were_learned_from_choose_nothing():
    """A search that began before this was refused goes on, and says it."""
    digits = {"dataset": "digits", "size": 28, "distractors": 0, "split": "train+validation"}
    content = {**CONTENT, "envs": ["ClutteredMNIST"], "train": {**CONTENT["train"], "env_kwargs": digits}}
    with pytest.raises(SweepError, match=r"^search cannot be with split train\+validation"):
        sweep(content, output="out")
    assert not Path("out").exists()
    told, wanted = Told(), SweepFile.of(content)
    _check_search(wanted, True, False, told)
    assert told.lines == [f"warning: {known_digits(digits)}"]
    _check_search(SweepFile.of(CONTENT), True, True, told)
    assert len(told.lines) == 1
