"""Threads of a training: the rule by hand, and what a training does beside another."""

import gymnasium as gym
import pytest
import torch as th
from stable_baselines3 import PPO
from told import Told

from saccade.experiments.side_by_side import threads
from saccade.experiments.side_by_side.seats import seat
from saccade.experiments.side_by_side.threads import ThreadShare, fair_threads


@pytest.mark.parametrize(
    ("cpus", "trainings", "others", "shares"),
    [
        (2, 1, 0.0, [2]),
        (2, 1, 0.4, [2]),  # a mail program
        (2, 1, 1.1, [1]),
        (2, 1, 5.0, [1]),  # nothing is free, but no training has less than one thread
        (2, 2, 0.0, [1, 1]),
        (2, 4, 0.0, [1, 1, 1, 1]),
        (8, 3, 0.0, [3, 3, 2]),
        (8, 3, 1.0, [3, 2, 2]),
        (1, 1, 0.0, [1]),
    ],
)
def test_shares_by_hand(cpus, trainings, others, shares):
    assert [fair_threads(cpus, trainings, place, others) for place in range(trainings)] == shares


def test_shares_use_all_processors_that_are_free():
    for cpus in range(1, 20):
        for trainings in range(1, cpus + 1):
            assert sum(fair_threads(cpus, trainings, place, 0.0) for place in range(trainings)) == cpus


class Quiet:
    """A machine on which nothing else happens, or as much as it is told."""

    others = 0.0

    def since_last(self, trainings) -> float:
        return self.others


@pytest.fixture
def machine(monkeypatch, tmp_path):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path))
    monkeypatch.setattr(threads, "available_cpus", lambda: 4)
    monkeypatch.setattr(threads, "PAUSE", -1.0)
    quiet = Quiet()
    monkeypatch.setattr(threads, "OtherLoad", lambda: quiet)
    before = th.get_num_threads()
    th.set_num_threads(3)
    yield quiet
    assert th.get_num_threads() == 3  # the user's number
    th.set_num_threads(before)


def test_a_training_gives_way_when_another_begins_and_takes_all_when_it_ends(machine):
    told = Told()
    with ThreadShare(None, True, told) as share:
        share._on_training_start()
        assert th.get_num_threads() == 4
        with seat():
            share._on_rollout_start()
            assert th.get_num_threads() == 2
        share._on_rollout_start()
        assert th.get_num_threads() == 4
    assert told.lines == [
        "threads: 4 (4 processors, 0 other trainings)",
        "threads: 2 (4 processors, 1 other training)",
        "threads: 4 (4 processors, 0 other trainings)",
    ]


def test_a_program_that_runs_for_a_moment_changes_nothing(machine):
    with ThreadShare(None, True, Told()) as share:
        share._on_training_start()
        machine.others = 2.0
        share._on_rollout_start()
        assert th.get_num_threads() == 4
        share._on_rollout_start()
        assert th.get_num_threads() == 2
        machine.others = 0.0
        share._on_rollout_start()
        assert th.get_num_threads() == 4


def test_what_runs_at_the_start_counts_at_once(machine):
    machine.others = 3.0
    told = Told()
    with ThreadShare(None, True, told) as share:
        share._on_training_start()
        assert th.get_num_threads() == 1
    assert told.lines == ["threads: 1 (4 processors, 0 other trainings and 3 busy with other programs)"]


@pytest.mark.parametrize(
    ("fixed", "on_processor", "variable", "expected"), [(2, True, None, 2), (None, False, None, 3), (None, True, "3", 3)]
)
def test_by_hand_and_elsewhere_the_number_stays(machine, monkeypatch, fixed, on_processor, variable, expected):
    if variable is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", variable)
    with ThreadShare(fixed, on_processor, Told()) as share, seat():
        share._on_training_start()
        share._on_rollout_start()
        assert th.get_num_threads() == expected


def test_a_callback_for_any_algorithm(machine):
    with ThreadShare(None, True, Told()) as share:
        PPO("MlpPolicy", gym.make("CartPole-v1"), n_steps=64, batch_size=64, n_epochs=1, device="cpu").learn(128, share)
        assert th.get_num_threads() == 4
