"""train.py and evaluate.py as a user runs them, on a game cut short by a small gymnasium env or few env steps."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch as th
import yaml

from evaluate import Options as EvaluateOptions
from evaluate import main as evaluate
from plain_errors import UserError
from saccade.agents import PQN
from train import Options, main, with_defaults

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A working directory and a cache of the test's own, no key for W&B, and no network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        monkeypatch.delenv(name)


def short(**kwargs) -> Options:
    defaults = {
        "env": "Breakout",
        "agent": "dueling-dqn",
        "total_timesteps": 400,
        "n_envs": 2,
        "eval_games": 0,
        "wandb": "disabled",
        "progress": False,
        "eager": True,
        "output": Path("run"),
    }
    return Options(**{**defaults, **kwargs})


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(SCRIPTS / arguments[0]), *arguments[1:]]


def test_a_whole_run_as_a_user_sees_it(tmp_path):
    """Offline W&B with scalars and two saliency events; then its evaluation, with a video."""
    done = subprocess.run(
        command(
            "train.py",
            "--env",
            "ALE/Breakout-v5",
            "--total-timesteps",
            "400",
            "--eval-games",
            "1",
            "--wandb",
            "offline",
            "--output",
            "run",
            "--n-envs",
            "2",
            "--agent",
            "dueling-dqn",
            "--eager",
        ),
        capture_output=True,
        text=True,
        timeout=170,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "wandb sync" in done.stdout
    assert "400 env steps: score" in done.stdout
    run = tmp_path / "run"
    assert sorted(p.name for p in (run / "saliency").glob("*.png")) == ["step_0000000000.png", "step_0000000400.png"]
    (logged,) = (run / "wandb").glob("offline-run-*/*.wandb")
    assert b"rollout/exploration_rate" in logged.read_bytes()
    media = next((run / "wandb").glob("offline-run-*")) / "files" / "media"
    assert len(list(media.glob("images/saliency/value/probe_00_*.png"))) == 2
    assert len(list(media.glob("videos/saliency/*.mp4"))) == 2
    config = yaml.safe_load((run / "config.yml").read_text())
    assert config["hyperparameters"]["n_timesteps"] == 400
    assert (run / "checkpoints" / "step_0000000400.zip").exists()

    evaluate(EvaluateOptions(run=run, games=2, video_steps=10))
    (report,) = (run / "evaluation").glob("*.json")
    assert len(json.loads(report.read_text())["scores"]) == 2
    assert next((run / "evaluation").glob("*.mp4")).stat().st_size > 0
    with pytest.raises(UserError, match="exists already"):
        evaluate(EvaluateOptions(run=run, games=2, video_steps=10))


def test_ctrl_c_saves_and_a_second_run_goes_on(tmp_path):
    process = subprocess.Popen(
        command(
            "train.py",
            "--env",
            "Breakout",
            "--total-timesteps",
            "100000",
            "--eval-games",
            "0",
            "--wandb",
            "disabled",
            "--output",
            "run",
            "--n-envs",
            "2",
            "--agent",
            "dueling-dqn",
            "--eager",
            "--no-progress",
        ),
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
        with pytest.raises(UserError, match="being trained by another process"):
            main(Options(resume=Path("run"), wandb="disabled", progress=False))
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

    with pytest.raises(UserError, match="--seed does not go with --resume: run keeps its own options"):
        main(Options(resume=Path("run"), seed=3, wandb="disabled", progress=False))

    # A little more, with the replay buffer, the seed and everything else of the first part.
    main(Options(resume=Path("run"), total_timesteps=steps + 52, wandb="disabled", progress=False))
    assert (tmp_path / "run" / "checkpoints" / f"step_{steps + 52:010d}.zip").exists()
    assert not (tmp_path / "run" / "checkpoints" / "replay_buffer.pkl").exists()
    with pytest.raises(UserError, match="give a larger"):
        main(Options(resume=Path("run"), total_timesteps=steps, wandb="disabled", progress=False))


def test_the_default_agent_trains_goes_on_and_is_evaluated(tmp_path):
    assert with_defaults(Options()).agent == "pqn"
    main(short(agent="pqn", total_timesteps=1000))  # one rollout of 2 envs x 512 steps
    main(Options(resume=Path("run"), total_timesteps=2000, wandb="disabled", progress=False))
    assert sorted(p.name for p in (tmp_path / "run" / "saliency").glob("*.png"))[-1] == "step_0000002048.png"
    last = PQN.load(tmp_path / "run" / "checkpoints" / "step_0000002048.zip")
    assert last._n_updates == 2 * 2 * 1024 // 128  # rollouts, epochs
    assert last.exploration_rate == pytest.approx(0.01)
    assert last.policy.optimizer.param_groups[0]["lr"] == 0  # fell linearly over 2,000 env steps
    evaluate(EvaluateOptions(run=tmp_path / "run", games=1, video_steps=3))
    (report,) = (tmp_path / "run" / "evaluation").glob("*.json")
    assert len(json.loads(report.read_text())["scores"]) == 1


BAD_OPTIONS = [
    ({"env": "Endurro"}, "nearest names are: enduro"),
    ({"env": "combat"}, "two players"),
    ({"env": "CartPole-v1"}, "gives no images"),
    ({"env": "no.such:Env-v0"}, "cannot be made"),
    ({"agent": "dqn9000"}, "must be one of: pqn, dueling-dqn"),
    ({"n_envs": 0}, "--n-envs is 0"),
    ({"total_timesteps": 0}, "--total-timesteps is 0"),
    ({"eval_every": 0}, "--eval-every is 0"),
    ({"saliency_budget": 0.0}, "--saliency-budget is 0.0"),
    ({"device": "cuda:77"}, "no device 'cuda:77' here; there is: cpu"),
    ({"device": "quantum"}, "no device 'quantum' here"),
    ({"hyperparameters": Path("none.yml")}, "cannot be read"),
    ({"output": Path("file/run")}, "not a folder one may write to"),
    ({"resume": Path("nothing")}, "no run folder"),
]


@pytest.mark.parametrize(("wrong", "message"), BAD_OPTIONS, ids=[str(next(iter(w.items()))) for w, _ in BAD_OPTIONS])
def test_bad_options_are_told_in_one_line_and_leave_nothing(wrong, message, tmp_path):
    (tmp_path / "file").write_text("")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UserError, match=message) as error:
        main(short(**wrong))
    assert "\n" not in str(error.value)
    assert sorted(tmp_path.iterdir()) == before


def test_exit_status_2_and_one_line_without_traceback():
    done = subprocess.run(command("train.py", "--env", "Endurro"), capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: unknown Atari game 'Endurro'")
    assert "Traceback" not in done.stderr
    assert not Path("runs").exists()


def test_an_existing_folder_is_not_overwritten(tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(UserError, match="not overwritten"):
        main(short())
    assert not list((tmp_path / "run").iterdir())


def test_checkpoints_that_cannot_be_used(tmp_path):
    main(short(total_timesteps=20))
    checkpoints = tmp_path / "run" / "checkpoints"
    (checkpoint,) = checkpoints.glob("*.zip")
    again = Options(resume=tmp_path / "run", total_timesteps=50, wandb="disabled", progress=False)

    whole = checkpoint.read_bytes()
    checkpoint.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="is damaged"):
        main(again)
    checkpoint.write_bytes(b"")
    with pytest.raises(UserError, match="is damaged"):
        main(again)
    with zipfile.ZipFile(checkpoint, "w") as archive:
        archive.writestr("data", "not a model")
    with pytest.raises(UserError, match="does not fit"):
        main(again)
    checkpoint.unlink()
    with pytest.raises(UserError, match="has no checkpoint"):
        main(again)

    checkpoint.write_bytes(whole)
    (checkpoints / "replay_buffer.pkl").write_bytes(b"rubbish")
    with pytest.raises(UserError, match=r"replay_buffer\.pkl is damaged"):
        main(again)
    (checkpoints / "replay_buffer.pkl").unlink()
    config = tmp_path / "run" / "config.yml"
    other_game = yaml.safe_load(config.read_text())
    other_game["options"]["env"] = "Enduro"  # 9 actions instead of 4
    config.write_text(yaml.safe_dump(other_game))
    with pytest.raises(UserError, match="does not fit"):
        main(again)
    config.write_text("rubbish: [")
    with pytest.raises(UserError, match="cannot be read"):
        main(again)


def test_a_non_finite_loss_ends_training_with_the_last_good_checkpoint_kept(tmp_path, monkeypatch, capsys):
    from saccade.agents import double_dqn

    original, calls = double_dqn.double_q_target, []

    def spoilt(*args, **kwargs):
        calls.append(1)
        return original(*args, **kwargs) * (th.nan if len(calls) > 60 else 1)

    monkeypatch.setattr(double_dqn, "double_q_target", spoilt)
    with pytest.raises(SystemExit) as exit_:
        main(short(checkpoint_every=100))
    assert exit_.value.code == 1
    message = capsys.readouterr().err.strip()
    assert "the loss of update 61 is not finite" in message
    kept = sorted((tmp_path / "run" / "checkpoints").glob("*.zip"))
    assert message.endswith(str(kept[-1].relative_to(tmp_path)))
    from saccade.agents import DoubleDQN

    assert all(th.isfinite(p).all() for p in DoubleDQN.load(kept[-1]).policy.parameters())


def test_a_gymnasium_env_with_images_trains_too(tmp_path, monkeypatch):
    (tmp_path / "squares.py").write_text(
        "import gymnasium as gym, numpy as np\n"
        "class Squares(gym.Env):\n"
        "    observation_space = gym.spaces.Box(0, 255, (60, 50, 3), np.uint8)\n"
        "    action_space = gym.spaces.Discrete(2)\n"
        "    def reset(self, *, seed=None, options=None):\n"
        "        super().reset(seed=seed)\n"
        "        self.t = 0\n"
        "        return self.observation_space.sample(), {}\n"
        "    def step(self, action):\n"
        "        self.t += 1\n"
        "        return self.observation_space.sample(), 1.0, self.t == 15, False, {}\n"
        "gym.register('Squares-v0', Squares)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    main(short(env="squares:Squares-v0", total_timesteps=60, eval_games=2))
    assert len(list((tmp_path / "run" / "saliency").glob("*.png"))) == 2
    evaluate(EvaluateOptions(run=tmp_path / "run", games=2, video_steps=3))
    (report,) = (tmp_path / "run" / "evaluation").glob("*.json")
    assert np.allclose(json.loads(report.read_text())["scores"], 15.0)
