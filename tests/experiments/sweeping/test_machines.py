"""What a run asks for, and how many fit."""

import pytest

from saccade.experiments import ConfigError
from saccade.experiments.sweeping.machines import Machine, Share, check_fits, fit_at_once

FITS = [
    ((2, 0), (1, 0), 2),
    ((2, 0), (0.5, 0), 4),
    ((3, 0), (2, 0), 1),
    ((1, 0), (2, 0), 0),
    ((8, 1), (1, 0.25), 4),
    ((3, 1), (1, 0.25), 3),  # processors run out first
    ((16, 2), (1, 0.6), 2),  # two shares of 0.6 do not fit on one GPU
    ((16, 4), (1, 2), 2),
    ((16, 1), (1, 0.1), 10),  # although 10 * 0.1 is not 1 in floating point
    ((16, 0), (1, 0.1), 0),
    ((16, 1), (1, 0), 16),
]


@pytest.mark.parametrize(("machine", "share", "runs"), FITS)
def test_as_many_runs_as_fit(machine, share, runs):
    assert Machine(*machine).fits(Share(*share)) == runs


def test_a_run_is_on_one_machine():
    """Four machines with a processor each have no room for a run that wants two."""
    assert fit_at_once([Machine(1)] * 4, Share(2)) == 0
    assert fit_at_once([Machine(1), Machine(4), Machine(3)], Share(2)) == 3
    with pytest.raises(ConfigError, match="a run asks for 2 cpus and 0 gpus, but there are 1 cpus"):
        check_fits([Machine(1)] * 4, Share(2))
    check_fits([Machine(1), Machine(2)], Share(2))
    with pytest.raises(ConfigError, match="no machine"):
        check_fits([], Share())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cpus": 0}, "cpus is 0; it must be a number above 0"),
        ({"cpus": "two"}, "cpus is 'two'"),
        ({"cpus": True}, "cpus is True"),
        ({"cpus": 1.5}, "above 1 it must be a whole number"),
        ({"gpus": -1}, "gpus is -1; it must be a number 0 or more"),
        ({"gpus": 2.5}, "above 1 it must be a whole number"),
        ({"gpus": float("nan")}, "gpus is nan"),
    ],
)
def test_shares_that_no_machine_gives(given, message):
    with pytest.raises(ConfigError, match=message):
        Share(**given)


def test_threads_are_whole():
    assert [Share(cpus).threads for cpus in (0.25, 1, 3)] == [1, 1, 3]
