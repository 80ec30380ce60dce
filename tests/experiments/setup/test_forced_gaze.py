"""Runs under a forced gaze: the policy of every agent with a gaze hears of it, when it is made and when it goes on."""

import pytest
from told import Told

from saccade.experiments import RunConfig, evaluate, resume, train
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.setup.agent_spec import AGENTS
from saccade.experiments.setup.models import build_model, tell_of_gaze
from saccade.experiments.setup.run_envs import run_env


def config(agent, gaze, **more) -> RunConfig:
    set_ = {"n_steps": 8, "batch_size": 16, "n_epochs": 1} if agent == "glimpse-ppo" else {}
    return RunConfig(
        env="Catch", agent=agent, gaze=gaze, n_envs=4, device="cpu", wandb="disabled", progress=False, set=set_, **more
    )


@pytest.mark.parametrize("agent", ["glimpse-ppo", "glimpse-reinforce"])
@pytest.mark.parametrize("gaze", ["learned", "random", "centre"])
def test_a_new_model_knows_whether_its_gaze_is_forced(agent, gaze):
    chosen = config(agent, gaze)
    env = run_env("Catch", chosen.spec, chosen.fitted, 4, 0)
    model = build_model(chosen.spec, chosen.fitted, env, 0, "cpu", eager=True)
    assert model.policy.forced_gaze == (gaze != "learned")
    assert model.policy_kwargs.get("forced_gaze", False) == (gaze != "learned")


def test_a_run_from_before_the_option_learns_it_when_it_goes_on(tmp_path, monkeypatch):
    """Such a checkpoint says nothing of a forced gaze; its run folder does."""
    monkeypatch.setattr("saccade.experiments.setup.models.tell_of_gaze", lambda model, env: None)
    run = tmp_path / "run"
    train(config("glimpse-ppo", "random", total_timesteps=32, eval_games=0, output=run))
    monkeypatch.undo()
    spec = config("glimpse-ppo", "random").spec
    assert "forced_gaze" not in spec.algorithm.load(RunFolder(run).latest_checkpoint(), device="cpu").policy_kwargs
    resume(run, total_timesteps=512, wandb="disabled", progress=False)
    assert spec.algorithm.load(RunFolder(run).latest_checkpoint(), device="cpu").policy.forced_gaze
    assert evaluate(run, games=4, video_steps=0).gaze == "random"


@pytest.mark.parametrize("agent", ["glimpse-ppo", "glimpse-reinforce"])
def test_a_free_env_goes_before_what_a_model_remembers(agent):
    forced, free = config(agent, "centre"), config(agent, "learned")
    model = build_model(forced.spec, forced.fitted, run_env("Catch", forced.spec, forced.fitted, 4, 0), 0, "cpu", eager=True)
    env = run_env("Catch", free.spec, free.fitted, 4, 0)
    assert "leaves the gaze free" in tell_of_gaze(model, env)
    assert not model.policy.forced_gaze
    assert not model.policy_kwargs["forced_gaze"]
    assert tell_of_gaze(model, env) is None  # said once


@pytest.mark.slow
def test_a_run_whose_gaze_is_set_free_says_so_and_keeps_it(tmp_path):
    run, told = tmp_path / "run", Told()
    train(config("glimpse-ppo", "random", total_timesteps=32, eval_games=0, output=run))
    file = run / "config.yml"
    file.write_text(file.read_text().replace("forced: random", "forced: null"))
    resume(run, total_timesteps=512, wandb="disabled", progress=False, reporter=told)
    assert sum("leaves the gaze free" in line for line in told.lines) == 1
    assert not AGENTS["glimpse-ppo"].algorithm.load(RunFolder(run).latest_checkpoint(), device="cpu").policy.forced_gaze
