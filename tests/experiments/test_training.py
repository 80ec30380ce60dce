"""Training, resuming and evaluating, on a game cut short by a small gymnasium env or few env steps."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch as th
import yaml

from saccade.agents import PQN, DoubleDQN, NonFiniteLossError, double_dqn
from saccade.experiments import USER_ERRORS, DivergedError, RunConfig, RunFolderError, evaluate, resume, train
from saccade.experiments.endings.run_note import How, RunNote

pytestmark = pytest.mark.usefixtures("small_events")


def short(**kwargs) -> RunConfig:
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
    return RunConfig(**{**defaults, **kwargs})


def test_the_default_agent_trains_goes_on_and_is_evaluated(tmp_path):
    assert RunConfig().spec.name == "pqn"
    first = train(short(agent="pqn", total_timesteps=1000))  # one rollout of 2 envs x 512 steps
    second = resume(first.run, total_timesteps=2000)
    assert (first.env_steps, second.env_steps) == (1024, 2048)
    assert sorted(p.name for p in (tmp_path / "run" / "saliency").glob("*.png"))[-1] == "step_0000002048.png"
    last = PQN.load(tmp_path / "run" / "checkpoints" / "step_0000002048.zip")
    assert last._n_updates == 2 * 2 * 1024 // 128  # rollouts, epochs
    assert last.exploration_rate == pytest.approx(0.01)
    assert last.policy.optimizer.param_groups[0]["lr"] == 0  # fell linearly over 2,000 env steps
    scores = evaluate("run", games=1, video_steps=3, sticky_actions=0)  # one kind of games, for the time that they take
    (report,) = (tmp_path / "run" / "evaluation").glob("*.json")
    assert json.loads(report.read_text()) == scores.figures()
    assert len(scores.scores) == 1


BAD_OPTIONS = [
    ({"env": "Endurro"}, "nearest names are: enduro"),
    ({"env": "Catchh"}, "there is no env 'Catchh'; the nearest name is Catch"),
    ({"env": "combat"}, "two players"),
    ({"env": "CartPole-v1"}, "gives no images"),
    ({"env": "no.such:Env-v0"}, "cannot be made"),
    ({"agent": "dqn9000"}, "must be one of: pqn, dueling-dqn"),
    ({"n_envs": 0}, "n_envs is 0"),
    ({"n_envs": 2000}, "at most 1024"),
    ({"n_envs": "4"}, "n_envs is '4'; it must be a whole number"),
    ({"total_timesteps": 0}, "total_timesteps is 0"),
    ({"eval_every": 0}, "eval_every is 0"),
    ({"seed": -1}, "seed is -1"),
    ({"saliency_budget": 0.0}, "saliency_budget is 0.0"),
    ({"progress": "no"}, "progress is 'no'; it must be True or False"),
    ({"wandb": "on"}, "wandb is 'on'"),
    ({"device": "cuda:77"}, "no device 'cuda:77' here; there is: cpu"),
    ({"device": "quantum"}, "no device 'quantum' here"),
    ({"hyperparameters": Path("none.yml")}, "cannot be read"),
    ({"output": Path("file/run")}, "not a folder that you may write to"),
]


@pytest.mark.parametrize(("wrong", "message"), BAD_OPTIONS, ids=[str(next(iter(w.items()))) for w, _ in BAD_OPTIONS])
def test_bad_options_are_told_in_one_line_and_leave_nothing(wrong, message, tmp_path):
    (tmp_path / "file").write_text("")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(USER_ERRORS, match=message) as error:
        train(short(**wrong))
    assert "\n" not in str(error.value)
    assert sorted(tmp_path.iterdir()) == before


def test_only_a_run_can_be_resumed():
    with pytest.raises(RunFolderError, match="nothing is not a run folder"):
        resume("nothing")


def test_an_existing_folder_is_not_overwritten(tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(RunFolderError, match="not overwritten"):
        train(short())
    assert not list((tmp_path / "run").iterdir())


def test_checkpoints_that_cannot_be_used(tmp_path):
    train(short(total_timesteps=20))
    checkpoints = tmp_path / "run" / "checkpoints"
    (checkpoint,) = checkpoints.glob("*.zip")

    whole = checkpoint.read_bytes()
    checkpoint.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RunFolderError, match="is damaged"):
        resume("run", total_timesteps=50)
    checkpoint.write_bytes(b"")
    with pytest.raises(RunFolderError, match="is damaged"):
        resume("run", total_timesteps=50)
    with zipfile.ZipFile(checkpoint, "w") as archive:
        archive.writestr("data", "not a model")
    with pytest.raises(RunFolderError, match="cannot be read"):
        resume("run", total_timesteps=50)
    checkpoint.unlink()
    with pytest.raises(RunFolderError, match="has no checkpoint"):
        resume("run", total_timesteps=50)

    checkpoint.write_bytes(whole)
    (checkpoints / "replay_buffer.pkl").write_bytes(b"rubbish")
    with pytest.raises(RunFolderError, match=r"replay_buffer\.pkl is damaged"):
        resume("run", total_timesteps=50)
    (checkpoints / "replay_buffer.pkl").unlink()
    config = tmp_path / "run" / "config.yml"
    other_game = yaml.safe_load(config.read_text())
    other_game["options"]["env"] = "Enduro"  # 9 actions instead of 4
    config.write_text(yaml.safe_dump(other_game))
    with pytest.raises(RunFolderError, match="does not fit"):
        resume("run", total_timesteps=50)
    config.write_text("rubbish: [")
    with pytest.raises(RunFolderError, match="cannot be read"):
        resume("run", total_timesteps=50)


def test_a_non_finite_loss_ends_training_with_the_last_good_checkpoint_kept(tmp_path, monkeypatch):
    original, calls = double_dqn.double_q_target, []

    def spoilt(*args, **kwargs):
        calls.append(1)
        return original(*args, **kwargs) * (th.nan if len(calls) > 60 else 1)

    monkeypatch.setattr(double_dqn, "double_q_target", spoilt)
    with pytest.raises(NonFiniteLossError) as error:
        train(short(checkpoint_every=100))
    message = str(error.value)
    assert "the loss of update 61 is not finite" in message
    kept = sorted((tmp_path / "run" / "checkpoints").glob("*.zip"))
    assert isinstance(error.value, DivergedError)
    assert error.value.checkpoint == kept[-1].relative_to(tmp_path)
    assert message.endswith(str(error.value.checkpoint))
    note = RunNote.of(tmp_path / "run")
    assert (note.how, note.reason) == (How.FAILED, message)
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
    train(short(env="squares:Squares-v0", total_timesteps=60, eval_games=2))
    assert len(list((tmp_path / "run" / "saliency").glob("*.png"))) == 2
    evaluate("run", games=2, video_steps=3)
    (report,) = (tmp_path / "run" / "evaluation").glob("*.json")
    assert np.allclose(json.loads(report.read_text())["scores"], 15.0)
