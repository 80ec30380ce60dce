"""Whole sweeps on this machine, whose runs are small programs: begun, stopped, killed, gone on with."""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from told import Told

from saccade.experiments import ConfigError, SweepError, sweep
from saccade.experiments.endings.outcome import Outcome
from saccade.experiments.endings.sweep_states import KnownOutcome, SweepStates
from saccade.experiments.sweeping.local_processes import LocalProcesses
from saccade.experiments.sweeping.machines import Machine

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("fake_training")]

RUNS = [f"Catch-glimpse-reinforce-{seed}" for seed in range(3)]


@pytest.fixture(autouse=True)
def _two_cpus(monkeypatch):
    monkeypatch.setattr("saccade.experiments.sweeping.sweep.LocalProcesses", lambda: LocalProcesses(Machine(2)))


def steps(run: str) -> list[int]:
    """Env steps that a run has counted, in order."""
    return [int(line) for line in (Path("out") / run / "steps.txt").read_text().split()]


def begun(run: str, least: int = 5) -> bool:
    file = Path("out") / run / "steps.txt"
    return file.exists() and len(file.read_text().split()) >= least


def later(condition, action, seconds: float = 60) -> threading.Thread:
    """Do something as soon as something is true."""

    def wait() -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                action()
                return
            time.sleep(0.02)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def test_a_sweep_trains_all_runs_and_says_what_it_does(small):
    told = Told()
    result = sweep(small, output="out", reporter=told)
    assert result.outcomes == dict.fromkeys(RUNS, "done")
    assert (result.is_complete, result.stopped, result.logs) == (True, False, ())
    assert all(steps(run) == list(range(20)) for run in RUNS)
    assert told.lines[0] == "3 runs, at most 2 at once; folder out"
    command = next(line for line in told.lines if line.startswith(f"started {RUNS[1]}"))
    assert command.split(": ", 1)[1] == (
        "OMP_NUM_THREADS=1 saccade train --env Catch --agent glimpse-reinforce --seed 1 --total-timesteps 20 --wandb disabled "
        f"--n-envs 2 --no-progress --output out/{RUNS[1]}"
    )
    log = (Path("out") / "logs" / f"{RUNS[1]}.log").read_text()
    assert log.splitlines() == ["$ " + command.split(": ", 1)[1], "env steps 0 to 20"]
    table = told.lines[-1]
    assert "20 of 20" in table
    assert "3 runs: 3 done" in table
    assert "1.02" in table  # the score of seed 1

    again = Told()
    assert sweep(resume="out", reporter=again).is_complete
    assert not [line for line in again.lines if line.startswith("started")]
    assert sweep(small, resume="out").is_complete  # with the file, too
    assert all(steps(run) == list(range(20)) for run in RUNS)


def test_a_run_that_fails_leaves_the_others_and_names_its_log(small):
    told = Told()
    result = sweep({**small, "seeds": [13, 0]}, output="out", reporter=told)
    assert result.outcomes == {"Catch-glimpse-reinforce-13": "failed", RUNS[0]: "done"}
    assert not result.is_complete
    (log,) = result.logs
    assert "13 brings bad luck" in log.read_text()
    assert "failed Catch-glimpse-reinforce-13 (exit code 1)" in told.lines
    kept = SweepStates.of(Path("out") / "states.json")
    assert kept.runs == {log.stem: KnownOutcome(Outcome.FAILED, "exit code 1"), RUNS[0]: KnownOutcome(Outcome.DONE)}
    assert not kept.goes_on()


def test_a_stopped_sweep_goes_on_without_a_step_twice(small):
    small["train"]["total_timesteps"] = 150
    thread = later(lambda: begun(RUNS[0]) and begun(RUNS[1]), lambda: os.kill(os.getpid(), signal.SIGINT))
    result = sweep(small, output="out")
    thread.join()
    assert result.stopped
    assert result.outcomes == {RUNS[0]: "stopped", RUNS[1]: "stopped", RUNS[2]: "waiting"}
    assert not (Path("out") / RUNS[2]).exists()
    counted = [len(steps(run)) for run in RUNS[:2]]
    assert all(0 < count < 150 for count in counted)

    told = Told()
    assert sweep(resume="out", reporter=told).is_complete
    assert all(steps(run) == list(range(150)) for run in RUNS)
    resumed = [line for line in told.lines if "--resume out/" in line]
    assert len(resumed) == 2
    assert f"env steps {counted[0]} to 150" in (Path("out") / "logs" / f"{RUNS[0]}.log").read_text()


def test_a_second_signal_ends_all_at_once_and_what_was_saved_goes_on(small):
    small["train"]["total_timesteps"] = 10**5  # minutes

    def twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    states = []

    def look() -> None:
        states.append(SweepStates.of(Path("out") / "states.json"))
        twice()

    later(lambda: begun(RUNS[0]) and begun(RUNS[1]), look)
    with pytest.raises(KeyboardInterrupt):
        sweep(small, output="out")
    (during,), after = states, SweepStates.of(Path("out") / "states.json")
    assert during.goes_on()
    assert {name: state.outcome.value for name, state in during.runs.items()}[RUNS[0]] == "running"
    assert [state.outcome.value for state in after.runs.values()] == ["stopped", "stopped", "waiting"]
    assert not after.goes_on()
    before = [len(steps(run)) for run in RUNS[:2]]
    time.sleep(0.1)
    assert [len(steps(run)) for run in RUNS[:2]] == before  # nothing runs on


def test_a_folder_without_a_checkpoint_is_begun_again(small):
    """Killed before the first one: nothing is there to go on from, and no step counts."""
    sweep({**small, "seeds": [0]}, output="out")
    run = Path("out") / RUNS[0]
    next((run / "checkpoints").glob("*.zip")).unlink()
    assert sweep(resume="out").is_complete
    assert steps(RUNS[0]) == list(range(20))

    next((run / "checkpoints").glob("*.zip")).unlink()
    (run / "config.yml").unlink()
    (run / "notes.txt").write_text("of a user's")
    told = Told()
    assert sweep(resume="out", reporter=told).outcomes == {RUNS[0]: "failed"}
    assert (run / "notes.txt").exists()
    assert any("so it is not replaced" in line for line in told.lines)


def test_a_sweep_that_is_at_work_is_not_begun_twice(small):
    refused = []
    small["train"]["total_timesteps"] = 100

    def other() -> None:
        try:
            sweep(resume="out")
        except SweepError as error:
            refused.append(str(error))

    thread = later(lambda: begun(RUNS[0]), other)
    assert sweep(small, output="out").is_complete
    thread.join()
    assert refused == ["out is being worked on by another process; stop that one first"]


def test_folders_that_are_none_of_this_sweep(small, tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(SweepError, match="run is not the folder of a sweep"):
        sweep(resume="run")
    (tmp_path / "run" / "config.yml").write_text("options: {}")
    with pytest.raises(SweepError, match=r"run is a run folder; go on with it by saccade train --resume"):
        sweep(resume="run")
    with pytest.raises(SweepError, match="run exists already and is not overwritten"):
        sweep(small, output="run")
    one = {**small, "seeds": [0]}
    sweep(one, output="out")
    with pytest.raises(SweepError, match=r"out exists already .* or go on with it: --resume out"):
        sweep(one, output="out")
    with pytest.raises(SweepError, match="out is the folder of another sweep than sweep"):
        sweep(small, resume="out")
    plan = tmp_path / "out" / "sweep.json"
    content = json.loads(plan.read_text())
    for damaged in ("[", "[]", json.dumps({**content, "format": 99}), json.dumps({**content, "runs": {"../x": {}}})):
        plan.write_text(damaged)
        with pytest.raises(SweepError, match=r"sweep\.json cannot be read"):
            sweep(resume="out")


def test_what_does_not_go_together(small):
    for given, message in (
        ({}, "give the file of a sweep"),
        ({"file": small, "executor": "slurm"}, "executor is 'slurm'"),
        ({"file": small, "ray_address": "auto"}, "ray_address goes with executor ray only"),
        ({"resume": "out", "output": "x"}, "output does not go with resume"),
    ):
        with pytest.raises((ConfigError, SweepError), match=message):
            sweep(**given)


def test_what_is_not_installed_is_said_before_anything_is_written(small, monkeypatch, tmp_path):
    before = sorted(tmp_path.iterdir())
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SweepError, match=r"Ray is not installed; pip install 'saccade-rl\[sweep\]', or leave --executor ray out"):
        sweep(small, output="out", executor="ray")
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(SweepError, match="Optuna is not installed"):
        sweep({**small, "search": {"trials": 1, "space": {"gamma": [0.8, 0.9]}}}, output="out")
    assert sorted(tmp_path.iterdir()) == before


BAD_CELLS = [
    ({"agents": ["glimpse-reinforce", "pqn9"]}, "run Catch-pqn9-0: unknown agent 'pqn9'"),
    ({"envs": ["Catch", "Endurro"]}, "run Endurro-glimpse-reinforce-0: unknown Atari game"),
    ({"envs": ["Catch", "Pong"]}, "run Pong-glimpse-reinforce-0: glimpse-reinforce needs episodes of one length"),
    ({"grid": {"learning_rate": [0.1, -1]}}, "run Catch-glimpse-reinforce-learning_rate=-1-0: set: learning_rate is -1"),
    ({"grid": {"lr": [1]}}, "has no hyperparameter 'lr'"),
    ({"envs": ["catch", "Catch"]}, "run Catch-glimpse-reinforce-0 is there twice"),
    ({"train": {"device": "cuda"}}, "run Catch-glimpse-reinforce-0: "),
    ({"train": {"eval_every": 0}}, "run Catch-glimpse-reinforce-0: eval_every is 0"),
    ({"resources": {"cpus": 64}}, "a run asks for 64 cpus and 0 gpus, but there are 2 cpus"),
    ({"envs": ["CartPole-v1"], "agents": ["pqn"]}, "run CartPole-v1-pqn-0: CartPole-v1 gives no images"),
    ({"grid": {"policy_kwargs.optimizer_kwargs.eps": [1, -1]}}, "run Catch-glimpse-reinforce-eps=-1-0: agent .* cannot be made"),
]


@pytest.mark.parametrize(("change", "message"), BAD_CELLS, ids=[message[:40] for _, message in BAD_CELLS])
def test_a_cell_that_cannot_be_is_named_before_anything_is_written(small, change, message, tmp_path):
    before = sorted(tmp_path.iterdir())
    with pytest.raises((ConfigError, SweepError), match=message) as error:
        sweep({**small, **change}, output="out")
    assert "\n" not in str(error.value)
    assert sorted(tmp_path.iterdir()) == before


def test_a_whole_search_and_nothing_left_to_do(small):
    search = {"trials": 2, "sampler": "random", "space": {"learning_rate": {"low": 1e-4, "high": 1e-2, "log": True}}}
    told = Told()
    result = sweep({**small, "seeds": [0, 1], "search": search}, output="out", reporter=told)
    assert list(result.outcomes.values()) == ["done"] * 4
    assert result.is_complete
    (best,) = result.best.values()
    assert best["score"] == pytest.approx(0.52)  # the mean of 0.02 and 1.02
    assert told.lines[-1].startswith("best of Catch glimpse-reinforce: score 0.52 in trial 0: --set learning_rate=")
    again = Told()
    assert sweep(resume="out", reporter=again).outcomes == result.outcomes
    assert not [line for line in again.lines if line.startswith("started")]
