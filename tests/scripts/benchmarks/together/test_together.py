"""Several trainings at once: what is refused before anything is measured, and a training that ends too early."""

import sys

import pytest

from saccade.experiments import USER_ERRORS
from saccade.scripts.benchmarks.together.measuring import Options, at_once, measure


def test_a_training_that_fails_is_told_and_not_waited_for():
    failing = [sys.executable, "-c", "raise SystemExit('error: no such game')"]
    with pytest.raises(RuntimeError, match="ended before it had learned; it said: error: no such game"):
        at_once(failing, "pqn", 1, [], Options(warm=0.0, seconds=0.0))


def test_mistakes_are_told_before_anything_is_measured(tmp_path):
    there = tmp_path / "there.json"
    there.write_text("figures")
    for options, said in (
        (Options(agents=("pqm",), json=tmp_path / "new.json"), "agents has 'pqm'; it must be some of: pqn, dueling-dqn"),
        (Options(json=tmp_path / "none" / "new.json"), "there is no folder"),
        (Options(counts=(2, 4), json=there), "counts has no 1"),
    ):
        with pytest.raises(USER_ERRORS, match=said):
            measure(options)
    assert there.read_text() == "figures"
