"""Training as a user calls it: a whole run with W&B, Ctrl-C, and going on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from saccade.experiments import ConfigError, OutputError, RunFolderError, evaluate, resume
from saccade.scripts.options.train_options import TrainOptions
from saccade.scripts.train_words import options_in

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
# Calls a script as its own process would, with events that are whole but small: large ones take longer than these trainings.
SMALL_EVENTS = (
    "import runpy, sys; from functools import partial; from saccade.experiments.learning import training_callbacks\n"
    "training_callbacks.SaliencyCallback = partial(training_callbacks.SaliencyCallback, probe_count=2, video_steps=8)\n"
    "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
)
SHORT = ("--n-envs", "2", "--agent", "dueling-dqn", "--eager", "--output", "run")

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("elsewhere")]


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", SMALL_EVENTS, str(SCRIPTS / "train.py"), *SHORT, *words]


def test_a_whole_run_as_a_user_sees_it(tmp_path):
    """Offline W&B with scalars and two saliency events; then its evaluation, with a video."""
    words = ("--env", "ALE/Breakout-v5", "--total-timesteps", "120", "--eval-games", "1", "--wandb", "offline")
    done = subprocess.run(command(*words), capture_output=True, text=True, timeout=170, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, done.stderr
    assert "wandb sync" in done.stdout
    assert "120 env steps: score" in done.stdout
    run = tmp_path / "run"
    assert sorted(p.name for p in (run / "saliency").glob("*.png")) == ["step_0000000000.png", "step_0000000120.png"]
    (logged,) = (run / "wandb").glob("offline-run-*/*.wandb")
    assert b"rollout/exploration_rate" in logged.read_bytes()
    media = next((run / "wandb").glob("offline-run-*")) / "files" / "media"
    assert len(list(media.glob("images/saliency/value/probe_00_*.png"))) == 2
    assert len(list(media.glob("videos/saliency/*.mp4"))) == 2
    config = yaml.safe_load((run / "config.yml").read_text())
    assert config["hyperparameters"]["n_timesteps"] == 120
    assert (run / "checkpoints" / "step_0000000120.zip").exists()

    evaluate("run", games=2, video_steps=10, sticky_actions=0)
    (report,) = (run / "evaluation").glob("*.json")
    assert len(json.loads(report.read_text())["scores"]) == 2
    assert next((run / "evaluation").glob("*.mp4")).stat().st_size > 0
    with pytest.raises(OutputError, match="exists already"):
        evaluate("run", games=2, video_steps=10, sticky_actions=0)


@pytest.mark.usefixtures("small_events")
def test_ctrl_c_saves_and_a_second_run_goes_on(tmp_path):
    words = ("--env", "Breakout", "--total-timesteps", "100000", "--eval-games", "0", "--wandb", "disabled", "--no-progress")
    process = subprocess.Popen(
        command(*words),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    first_map = tmp_path / "run" / "saliency" / "step_0000000000.png"
    try:
        assert process.stdout is not None
        assert "run folder run" in process.stdout.readline()
        while not first_map.exists():
            assert process.poll() is None
            time.sleep(0.2)
        with pytest.raises(RunFolderError, match="being trained by another process"):
            resume("run")
        time.sleep(1)
        os.killpg(process.pid, signal.SIGINT)
        out, _ = process.communicate(timeout=100)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert process.returncode == 0
    assert "--resume run" in out
    (checkpoint,) = (tmp_path / "run" / "checkpoints").glob("step_*.zip")
    steps = int(checkpoint.stem[5:])
    assert 0 < steps < 100_000

    with pytest.raises(ConfigError, match="--seed does not go with --resume: run keeps its own options"):
        TrainOptions(seed=3).check_resumed(Path("run"), {"seed"})
    TrainOptions(agent="dueling-dqn", total_timesteps=7, wandb="offline").check_resumed(
        Path("run"), {"agent", "total_timesteps", "wandb"}
    )
    with pytest.raises(
        RunFolderError, match=rf"has done {steps:,} of 100,000 env steps, so total_timesteps cannot be {steps - 1:,}; "
    ):
        resume("run", total_timesteps=steps - 1)

    # A little more, with the replay buffer, the seed and everything else of the first part.
    resume("run", total_timesteps=steps + 52)
    assert (tmp_path / "run" / "checkpoints" / f"step_{steps + 52:010d}.zip").exists()
    assert not (tmp_path / "run" / "checkpoints" / "replay_buffer.pkl").exists()
    with pytest.raises(RunFolderError, match="give a larger"):
        resume("run", total_timesteps=steps)


def test_a_word_counts_also_if_it_says_the_default():
    """So a run of a GPU can go on with --device auto, and --seed 0 is refused for a run with another seed."""
    assert options_in(["--device", "auto", "--keep-checkpoints=3", "--no-progress", "--set", "a=--b"]) == {
        "device", "keep_checkpoints", "progress", "set"
    }  # fmt: skip
