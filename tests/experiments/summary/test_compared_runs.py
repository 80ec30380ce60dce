"""Pages of a whole sweep, and of runs whose probe states differ."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from event_folders import probe_set, write_event, write_run
from stable_baselines3 import PPO
from test_sweep_runs import begun, sweep_of
from told import Told

from saccade.experiments import USER_ERRORS, compare
from saccade.saliency import ProbeSet
from saccade.saliency.records.recorded_events import RecordedEvents

PROBES = probe_set(count=2, size=20)


def test_a_sweep_stands_for_its_runs_with_maps(tmp_path):
    folder = sweep_of(tmp_path / "sweep", ["Pong-pqn-0", "Pong-pqn-1", "Pong-pqn-2", "Pong-pqn-3"])
    for seed in range(3):
        begun(folder, f"Pong-pqn-{seed}", [1, 2])
    for seed in range(2):
        write_run(folder.path / f"Pong-pqn-{seed}", PROBES, (0, 10), seed=seed)
    told = Told()
    page = compare(folder.path, output=tmp_path / "page.html", reporter=told).read_text()
    assert "<title>Saliency maps: Pong-pqn-0, Pong-pqn-1</title>" in page
    assert any("Pong-pqn-2 has no maps or gazes yet" in line for line in told.lines)
    assert any("Pong-pqn-3 has not begun" in line for line in told.lines)


def test_a_damaged_event_hides_its_own_run_only(tmp_path):
    folder = sweep_of(tmp_path / "sweep", ["Pong-pqn-0", "Pong-pqn-1"])
    for seed in range(2):
        write_run(begun(folder, f"Pong-pqn-{seed}", [1, 2]), PROBES, (0, 10), seed=seed)
    event = sorted((folder.path / "Pong-pqn-0" / "saliency").glob("step_*.npz"))[0]
    event.write_bytes(event.read_bytes()[:50])
    told = Told()
    page = compare(folder.path, output=tmp_path / "page.html", reporter=told).read_text()
    assert "<title>Saliency maps: Pong-pqn-1</title>" in page
    assert any("Pong-pqn-0 cannot be shown: " in line and "is damaged" in line for line in told.lines)
    with pytest.raises(USER_ERRORS, match="is damaged"):  # a run that was asked for by itself
        compare(folder.path / "Pong-pqn-0", output=tmp_path / "other.html")


def test_a_page_has_one_env_of_a_sweep(tmp_path):
    folder = sweep_of(tmp_path / "sweep", ["Pong-pqn-0", "Enduro-pqn-0"])
    for name in ("Pong-pqn-0", "Enduro-pqn-0"):
        write_run(begun(folder, name, [1, 2]), PROBES, (0,))
    with pytest.raises(USER_ERRORS, match="env must say which runs to show: those in Enduro or Pong"):
        compare(folder.path, output=tmp_path / "page.html")
    page = compare(folder.path, output=tmp_path / "page.html", env="Enduro").read_text()
    assert "<title>Saliency maps: Enduro-pqn-0</title>" in page


@pytest.fixture
def two_runs(tmp_path) -> list[Path]:
    """Two networks of CartPole, each with maps of states of its own."""
    runs = []
    for seed in range(2):
        path = tmp_path / f"run-{seed}"
        states = ProbeSet(np.random.default_rng(seed).normal(size=(3, 4)).astype(np.float32))
        (path / "checkpoints").mkdir(parents=True)
        PPO("MlpPolicy", "CartPole-v1", seed=seed, device="cpu").save(path / "checkpoints" / "step_0000000128.zip")
        maps = {"value": np.ones((3, 4), np.float32), "action": np.ones((3, 4), np.float32)}
        write_event(path / "saliency", states, 64, maps)
        states.save(path / "saliency" / "probes.npz")
        options = {"env": "CartPole-v1", "agent": "ppo", "seed": seed}
        config = {"options": options, "wandb_id": "x", "hyperparameters": {"n_timesteps": 128, "n_envs": 1}}
        (path / "config.yml").write_text(yaml.safe_dump(config))
        runs.append(path)
    return runs


def test_runs_with_other_states_are_asked_about_the_states_of_the_first(tmp_path, two_runs):
    told = Told()
    page = compare(two_runs, output=tmp_path / "page.html", reporter=told).read_text()
    assert any("the probe states of the runs differ" in line and "of run-0" in line for line in told.lines)
    data = json.loads(page.partition('id="comparison">')[2].partition("</script>")[0])
    assert [[event["steps"] for event in one["events"]] for one in data["runs"]] == [[128], [128]]
    assert data["heads"] == ["value", "action"]
    assert data["sights"][0]["tile"]["count"] == 3
    assert sorted(RecordedEvents.of(two_runs[0]).folder.glob("*")) == [
        two_runs[0] / "saliency" / name for name in ("probes.npz", "step_0000000064.npz")
    ]  # the runs stay as they were


def test_networks_that_do_not_see_such_states_are_not_asked(tmp_path, two_runs):
    other = write_run(tmp_path / "pictures", PROBES, (0,))
    with pytest.raises(USER_ERRORS, match="maps of different probe states"):
        compare([two_runs[0], other], output=tmp_path / "page.html")
    checkpoint = two_runs[1] / "checkpoints" / "step_0000000128.zip"
    with zipfile.ZipFile(checkpoint, "w") as archive:
        archive.writestr("data", "{}")
    with pytest.raises(USER_ERRORS, match="maps of different probe states"):
        compare(two_runs, output=tmp_path / "page.html")
