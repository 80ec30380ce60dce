"""Our intervals are rliable's own, draw by draw, from the same random state."""

import json
import warnings

import numpy as np
import pytest
from rliable_figures import FILE, REPETITIONS, THRESHOLDS, figures, numbers

from saccade.experiments.scoring.over_seeds import (
    bootstrap,
    improvement,
    interquartile_mean,
    interquartile_means,
    probability_of_improvement,
)
from saccade.experiments.summary.compared import performance_profile


def ours() -> dict[str, list[np.ndarray]]:
    given = numbers()

    def profile(scores: np.ndarray) -> np.ndarray:
        return performance_profile(scores, THRESHOLDS)

    return {
        "iqm": [interquartile_mean(given["first"]), *bootstrap(interquartile_mean, given["first"])],
        "iqm_in_time": [interquartile_mean(given["in_time"]), *bootstrap(interquartile_mean, given["in_time"])],
        "iqm_of_three_runs": [
            interquartile_mean(given["three_runs"]),
            *bootstrap(interquartile_mean, given["three_runs"], fewest=3),
        ],
        "improvement": [
            improvement(given["first"], given["second"]),
            *bootstrap(improvement, given["first"], given["second"]),
        ],
        "profile": [profile(given["first"]), *bootstrap(profile, given["first"])],
    }


def assert_alike(theirs: dict[str, list[list[float]]]) -> None:
    mine = ours()
    assert mine.keys() == theirs.keys()
    for name, found in mine.items():
        for part, of_rliable in zip(found, theirs[name], strict=True):
            assert np.ravel(part) == pytest.approx(of_rliable, abs=1e-12), name


@pytest.fixture
def as_many_draws(monkeypatch):
    monkeypatch.setattr("saccade.experiments.scoring.over_seeds.REPETITIONS", REPETITIONS)


@pytest.mark.usefixtures("as_many_draws")
def test_intervals_equal_what_rliable_said():
    assert_alike(json.loads(FILE.read_text()))


@pytest.mark.usefixtures("as_many_draws")
def test_intervals_equal_what_rliable_says():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its own future
        pytest.importorskip("rliable.library")
        theirs = figures()
    assert_alike(theirs)
    assert theirs == json.loads(FILE.read_text())


@pytest.mark.usefixtures("as_many_draws")
def test_what_plot_writes_is_this_interval():
    given = numbers()
    said = json.loads(FILE.read_text())
    found = interquartile_means(given["first"])
    assert [float(found.value), float(found.low), float(found.high)] == pytest.approx([x[0] for x in said["iqm"]])
    chance = probability_of_improvement(given["first"], given["second"])
    assert [float(chance.value), float(chance.low), float(chance.high)] == pytest.approx([x[0] for x in said["improvement"]])
    assert interquartile_means(given["three_runs"]).low is None
    of_three = interquartile_means(given["three_runs"], fewest=3)
    assert [float(of_three.low), float(of_three.high)] == pytest.approx([x[0] for x in said["iqm_of_three_runs"][1:]])
    assert float(of_three.low) == pytest.approx(given["three_runs"].min())  # of three runs it is their range
    assert float(of_three.high) == pytest.approx(given["three_runs"].max())
