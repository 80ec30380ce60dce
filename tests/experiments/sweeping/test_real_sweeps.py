"""Sweeps of real trainings, on this machine and on a Ray cluster of two nodes, one of which is killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch as th
import yaml

from saccade.agents import REINFORCE
from saccade.experiments import SweepError, sweep, train
from saccade.experiments.resuming.progress_csv import ENV_STEPS, read_rows
from saccade.experiments.sweeping.cells import Cell
from saccade.experiments.sweeping.ray_tasks import RayTasks
from saccade.experiments.sweeping.sweep_file import SweepFile
from saccade.experiments.sweeping.sweep_folder import SweepFolder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "sweep.py"
TRAIN = {"n_envs": 16, "eval_games": 8, "eager": True, "wandb": "disabled", "checkpoint_every": 1000, "saliency_budget": 1e-4}
# Two games x two agents x three seeds.
TWELVE = {
    "envs": ["CopyRecall", "Reorder"],
    "agents": ["reinforce", "recurrent-ppo"],
    "seeds": [0, 1, 2],
    "train": {**TRAIN, "total_timesteps": 4000, "eval_every": 2000},
}
EPISODES = {"Catch": 23, "CopyRecall": 24, "Reorder": 16}  # env steps of an episode, which is the rollout of REINFORCE
THREE = {"envs": "Catch", "agents": "glimpse-reinforce", "seeds": [0, 1, 2], "train": {**TRAIN, "total_timesteps": 20_000}}


def checked(folder: Path, runs: int, total: int) -> None:
    """
    All runs have done their env steps: the total rounded up to whole rollouts, as a run that was never stopped does it. A step that
    was done twice or left out would show.
    """
    logs = sorted(folder.glob("*/progress.csv"))
    assert len(logs) == runs
    for log in logs:
        done = [int(float(row[ENV_STEPS])) for row in read_rows(log)[1] if row.get(ENV_STEPS)]
        assert done == sorted(done)
        newest = sorted((log.parent / "checkpoints").glob("step_*.zip"))[-1]
        options = yaml.safe_load((log.parent / "config.yml").read_text())
        given = options["hyperparameters"]
        length = EPISODES.get(options["options"]["env"]) if "n_steps" not in given else given["n_steps"]
        rollout = length * given["n_envs"]
        assert done[-1] == int(newest.stem[5:]) == -(-total // rollout) * rollout, log


def begun(folder: Path) -> list[Path]:
    """Runs that have a checkpoint of the middle."""
    return sorted({path.parents[1] for path in folder.glob("*/checkpoints/step_*.zip") if int(path.stem[5:]) > 0})


def when(condition: Callable[[], Any], action: Callable[[], Any]) -> threading.Thread:
    def wait() -> None:
        end = time.monotonic() + 600
        while time.monotonic() < end and not condition():
            time.sleep(0.1)
        action()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def test_ctrl_c_and_going_on_as_a_user_does_it(tmp_path):
    Path("three.yml").write_text(yaml.safe_dump(THREE))
    command = [sys.executable, str(SCRIPT)]
    process = subprocess.Popen(
        [*command, "three.yml", "--output", "out"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 600
        while not begun(tmp_path / "out"):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.2)
        os.killpg(process.pid, signal.SIGINT)  # as the terminal does: the runs are not in this group
        said, _ = process.communicate(timeout=120)
    finally:
        if process.poll() is None:
            process.kill()
    assert process.returncode == 0, said
    assert "stopping: all runs save and end" in said
    assert "go on with: " in said
    assert "sweep.py --resume out" in said
    done = subprocess.run([*command, "--resume", "out"], capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    assert "3 runs: 3 done" in done.stdout
    assert "--resume out/Catch-glimpse-reinforce-0" in done.stdout
    checked(Path("out"), 3, 20_000)
    for log in Path("out/logs").glob("*.log"):
        assert "Traceback" not in log.read_text()
    assert "goes on exactly as if it had not stopped" in Path("out/logs/Catch-glimpse-reinforce-0.log").read_text()
    # No step was left out or done twice: these are the weights of the run that was never stopped.
    cell = Cell("x", SweepFile.of(THREE).combinations()[0])
    straight = train(replace(cell.config(), output=Path("straight")))
    stopped = Path("out/Catch-glimpse-reinforce-0/checkpoints") / straight.checkpoint.name
    weights = [REINFORCE.load(path, device="cpu").policy.state_dict() for path in (stopped, straight.checkpoint)]
    assert all(th.equal(weights[0][name], weights[1][name]) for name in weights[1])


def test_twelve_runs_here():
    assert sweep(TWELVE, output="out").is_complete
    checked(Path("out"), 12, 4000)


os.environ.setdefault("RAY_raylet_start_wait_time_s", "300")  # on a busy machine a node takes long; read when Ray is imported
ray = pytest.importorskip("ray", reason="Ray is not installed")
cluster_utils = pytest.importorskip("ray.cluster_utils", reason="Ray has no cluster for tests here")

# Ray's own code leaves files and sockets to the garbage collector.
RAYS_OWN = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def cluster(monkeypatch) -> Iterator[Any]:
    """Two nodes with a processor each."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    made = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    made.second = made.add_node(num_cpus=1)
    yield made
    ray.shutdown()
    made.shutdown()


@RAYS_OWN
def test_a_node_that_is_killed_costs_no_run_and_no_step(cluster):
    def kill() -> None:
        cluster.remove_node(cluster.second, allow_graceful=False)

    killing = when(lambda: len(begun(Path("out"))) >= 2, kill)
    result = sweep(TWELVE, output="out", executor="ray", ray_address=cluster.address)
    killing.join()
    assert result.is_complete
    checked(Path("out"), 12, 4000)
    resumed = [log for log in Path("out/logs").glob("*.log") if "--resume" in log.read_text()]
    assert resumed  # the run of the dead node went on, and was not begun again


@RAYS_OWN
def test_ctrl_c_stops_runs_on_all_nodes_and_they_go_on_without_ray(cluster):
    stopping = when(lambda: len(begun(Path("out"))) >= 2, lambda: os.kill(os.getpid(), signal.SIGINT))
    result = sweep(THREE, output="out", executor="ray", ray_address=cluster.address)
    stopping.join()
    assert result.stopped
    assert sorted(result.outcomes.values()) == ["stopped", "stopped", "waiting"]
    assert sweep(resume="out").is_complete  # the same folder, on this machine
    checked(Path("out"), 3, 20_000)


@RAYS_OWN
def test_what_a_cluster_cannot_do_is_one_line(cluster, monkeypatch):
    with pytest.raises(ValueError, match="a run asks for 2 cpus and 0 gpus, but there are 1 cpus"):
        sweep({**THREE, "resources": {"cpus": 2}}, output="out", executor="ray", ray_address=cluster.address)
    with monkeypatch.context() as patched:  # the nodes look elsewhere, as if each had a disk of its own
        patched.setattr(SweepFolder, "mark", property(lambda self: Path("/not/shared/.mark")))
        patched.setattr(SweepFolder, "write", lambda self, plan: None)
        with pytest.raises(SweepError, match=r"does not see .*/out: a sweep on several nodes needs storage that all of them share"):
            sweep(THREE, output="out", executor="ray", ray_address=cluster.address)
    assert not Path("out").exists()
    with pytest.raises(SweepError, match="cannot be reached"):
        RayTasks(Path("out"), Path("mark"), Path("stops"), "127.0.0.1:1")
