"""Runs whose gaze follows the Jacobian of an agent with a full view."""

import shutil
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
import yaml
from small_eye import RETINA

from saccade.agents import PQN
from saccade.envs import GymnasiumVecEnv, make_atari
from saccade.experiments import USER_ERRORS, ConfigError, RunConfig, evaluate, read_hyperparameters, resume, train
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.setup.gazes.followed_agent import _loaded
from saccade.experiments.setup.gazes.gaze_choice import checked_gaze, forced_by, with_gaze
from saccade.experiments.setup.gazes.gaze_envs import make_gaze_env
from saccade.experiments.setup.gazes.gaze_names import name_in_scores
from saccade.experiments.setup.run_envs import run_env
from saccade.saliency import JacobianGaze, load_policy

pytestmark = pytest.mark.usefixtures("no_events")


@pytest.fixture
def whole(tmp_path) -> Path:
    """A model that sees the whole screen of Catch."""
    env = GymnasiumVecEnv(gym.make_vec("saccade.envs:saccade/Catch-v0", num_envs=2))
    small = {"net_arch": [8], "hidden_width": 8}
    exact = {"seed": 0, "device": "cpu", "compile": False, "autocast": False}
    PQN("MlpPolicy", env, n_steps=4, batch_size=8, policy_kwargs=small, **exact).save(tmp_path / "whole.zip")
    return tmp_path / "whole.zip"


def config(gaze: str | None, output: str = "run", **options) -> RunConfig:
    written = {
        **read_hyperparameters("glimpse-pqn", env="Catch"),
        "policy_kwargs": {"hidden_width": 8, "features_extractor_kwargs": RETINA},
        "n_envs": 4,
        "n_timesteps": 64,
        "n_steps": 8,
        "batch_size": 16,
        "n_epochs": 1,
    }
    few = {"eval_games": 0, "wandb": "disabled", "progress": False, "eager": True}
    return RunConfig(env="Catch", agent="glimpse-pqn", gaze=gaze, hyperparameters=written, output=Path(output), **few, **options)


def test_words():
    assert [checked_gaze(word) for word in ("learned", "random", "centre")] == ["learned", "random", "centre"]
    assert [forced_by(word) for word in ("learned", "random", "centre", "follow:/a.zip")] == [
        None,
        "random",
        "center",
        "follow:/a.zip",
    ]
    assert with_gaze({"tiles": 5, "taught": "follow:/old.zip"}, "random") == {"tiles": 5, "forced": "random"}
    assert with_gaze({"tiles": 5}, "taught-value:/a.zip") == {"tiles": 5, "forced": None, "taught": "follow-value:/a.zip"}
    assert forced_by(checked_gaze("at:-0.25,1")) == [-0.25, 1.0]
    assert forced_by(checked_gaze("at:0,0")) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("left", "gaze is 'left'; it must be 'learned', 'random', 'centre', 'at:X,Y' with both"),
        ("at:0,1.5", "gaze is 'at:0,1.5'; it must be"),
        ("at:0", "gaze is 'at:0'; it must be"),
        ("at:0,up", "gaze is 'at:0,up'; it must be"),
        ("at:nan,0", "gaze is 'at:nan,0'; it must be"),
        ("follow:", "gaze is 'follow:'; it must be"),
        ("taught:nowhere", "gaze names nowhere, but there is no such run folder or model"),
        ("taught:", "gaze is 'taught:'; it must be"),
        ("follow:nowhere", "names nowhere, but there is no such run folder or model"),
        ("follow:.", "names ., which has no checkpoint"),
    ],
)
def test_words_that_cannot_be(word, message):
    with pytest.raises(ConfigError, match=message):
        checked_gaze(word)
    with pytest.raises(ConfigError, match=message):
        config(word)


def test_a_run_folder_means_its_newest_checkpoint(tmp_path, whole):
    checkpoints = tmp_path / "other" / "checkpoints"
    checkpoints.mkdir(parents=True)
    for steps in (10, 200):
        (checkpoints / f"step_{steps:010d}.zip").write_bytes(whole.read_bytes())
    assert checked_gaze("follow-value:other") == f"follow-value:{checkpoints / 'step_0000000200.zip'}"


@pytest.mark.parametrize("head", ["advantage", "value"])
def test_the_eye_is_where_the_jacobian_of_that_agent_is_largest(whole, head):
    word = f"follow{'' if head == 'advantage' else '-value'}:{whole}"
    env = make_gaze_env("Catch", 3, 0, {}, {"tiles": 5, "forced": word})
    follow, seen = JacobianGaze(load_policy(whole), head, tiles=5), env.reset()
    for _ in range(25):  # more than an episode
        assert np.allclose(seen["gaze"], follow(seen["image"]))
        seen = env.step(np.zeros((3, 2), int))[0]


def test_trained_evaluated_and_resumed(tmp_path, whole):
    run = train(config("follow:whole.zip")).run
    kept = yaml.safe_load((run / "config.yml").read_text())
    assert kept["hyperparameters"]["gaze_kwargs"]["forced"] == kept["options"]["gaze"] == f"follow:{whole}"
    assert load_policy(RunFolder(run).latest_checkpoint()).forced_gaze
    assert evaluate(run, games=4, video_steps=0).gaze == name_in_scores(f"follow:{whole}")
    other = whole.with_name("other.zip")
    shutil.copy(whole, other)
    reports = [evaluate(run, games=4, video_steps=0, gaze=f"follow-value:{path}").gaze for path in ("whole.zip", "other.zip")]
    assert [len(list((run / "evaluation").glob(f"*-{gaze}.json"))) for gaze in reports] == [1, 1]
    assert len({path.name for path in (run / "evaluation").iterdir()}) == 3  # none takes another's place
    assert evaluate(run, games=4, video_steps=0, gaze="learned").gaze == "learned"
    assert resume(run, total_timesteps=96).env_steps == 96


def test_a_taught_gaze_is_trained_evaluated_and_resumed_and_needs_its_teacher_only_to_learn(whole):
    run = train(config("taught:whole.zip")).run
    kept = yaml.safe_load((run / "config.yml").read_text())
    assert kept["options"]["gaze"] == f"taught:{whole}"
    assert kept["hyperparameters"]["gaze_kwargs"]["taught"] == f"follow:{whole}"
    assert kept["hyperparameters"]["gaze_kwargs"]["forced"] is None
    policy = load_policy(RunFolder(run).latest_checkpoint())
    assert policy.taught_gaze
    assert not policy.forced_gaze
    assert "train/gaze_as_taught" in (run / "progress.csv").read_text().splitlines()[0]
    assert resume(run, total_timesteps=96).env_steps == 96
    whole.unlink()
    assert evaluate(run, games=4, video_steps=0).gaze == "learned"
    assert evaluate(run, games=4, video_steps=0, gaze="random").gaze == "random"
    with pytest.raises(ConfigError, match="gaze is taught in training only; here take learned"):
        evaluate(run, games=4, video_steps=0, gaze=f"taught:{whole}")
    with pytest.raises(ConfigError, match=r"gaze_kwargs: taught names .*whole\.zip, but there is no such run folder or model"):
        resume(run, total_timesteps=128)


@pytest.mark.parametrize("agent", ["glimpse-ppo", "glimpse-reinforce"])
def test_agents_that_do_not_learn_from_a_teacher_refuse_one(agent, whole):
    refused = pytest.raises(
        ConfigError, match=f"{agent} does not learn from a teacher of the gaze; take glimpse-pqn or soft-glimpse-pqn$"
    )
    with refused:
        RunConfig(env="Catch", agent=agent, gaze="taught:whole.zip", set={"gaze_kwargs.tiles": 5})
    with refused:
        RunConfig(env="Catch", agent=agent, gaze="taught:whole.zip")


def test_a_teacher_in_a_hyperparameter_file_is_another_agent(whole):
    with pytest.raises(ConfigError, match=r"^gaze_kwargs: taught is 'whole\.zip'; it must be 'follow:' and a run folder or model$"):
        RunConfig(env="Catch", agent="glimpse-pqn", set={"gaze_kwargs.taught": "whole.zip"})
    both = {"gaze_kwargs.taught": "follow:whole.zip", "gaze_kwargs.forced": "random"}
    with pytest.raises(USER_ERRORS, match="forced is 'random', but a gaze that is taught must be free; leave forced or taught out"):
        train(config(None, set=both))


@pytest.mark.parametrize("game", ["Catch", "Pong"])
def test_envs_that_are_made_for_pictures_and_scores_do_not_ask_the_teacher(game, whole):
    if game == "Pong":
        exact = {"n_steps": 4, "batch_size": 8, "device": "cpu", "compile": False, "autocast": False}
        small = {"net_arch": [8], "hidden_width": 8}
        PQN("MlpPolicy", make_atari("Pong", 2), policy_kwargs=small, **exact).save(whole)
    taught = {"tiles": 3, "first": "center", "taught": f"follow:{whole}"}
    env, scored = (make_gaze_env(game, 2, 0, {}, taught, evaluation=evaluation) for evaluation in (False, True))
    shown = env.remake(n_envs=1, seed=0, render_mode=None)
    assert [each.get_attr("taught_gaze")[0] for each in (env, scored, shown)] == [True, False, False]
    assert env.reset()["gaze"].tolist() == [[0, 0]] * 2
    assert shown.reset()["gaze"].tolist() == [[0, 0]]
    assert "gaze_lesson" in env.step(np.zeros((2, 2), int))[3][0]
    assert "gaze_lesson" not in shown.step(np.zeros((1, 2), int))[3][0]


def test_a_run_whose_followed_agent_is_gone_is_evaluated_under_another_gaze(whole):
    run = train(config("follow:whole.zip")).run
    whole.unlink()
    assert evaluate(run, games=4, video_steps=0, gaze="centre").gaze == "center"
    with pytest.raises(ConfigError, match=r"gaze_kwargs: forced names .*whole\.zip, but there is no such run folder or model"):
        evaluate(run, games=4, video_steps=0)


def test_a_gaze_at_one_place_is_trained_evaluated_and_resumed():
    run = train(config("at:0,-0.5")).run
    kept = yaml.safe_load((run / "config.yml").read_text())
    assert kept["hyperparameters"]["gaze_kwargs"]["forced"] == [0.0, -0.5]
    assert load_policy(RunFolder(run).latest_checkpoint()).forced_gaze
    assert evaluate(run, games=4, video_steps=0).gaze == "at_0_-0.5"
    assert evaluate(run, games=4, video_steps=0, gaze="at:0.5,0").gaze == "at_0.5_0"
    assert {path.name for path in (run / "evaluation").iterdir()} == {
        "step_0000000064-seed1000000.json",
        "step_0000000064-seed1000000-at_0.5_0.json",
    }
    assert resume(run, total_timesteps=96).env_steps == 96


@pytest.mark.parametrize("place", ["file", "set"])
def test_a_hyperparameter_file_may_name_the_agent_too(whole, place):
    word = {"forced": "follow:whole.zip"}
    chosen = dict(config("learned").hyperparameters)
    given = {"gaze_kwargs": {**chosen["gaze_kwargs"], **word}} if place == "file" else {}
    changes = {"set": {"gaze_kwargs.forced": word["forced"]}} if place == "set" else {}
    config_of_file = RunConfig(env="Catch", agent="glimpse-pqn", hyperparameters={**chosen, **given}, **changes)
    assert config_of_file.fitted["gaze_kwargs"]["forced"] == f"follow:{whole}"
    with pytest.raises(ConfigError, match=r"^gaze_kwargs: forced names nowhere, but there is no such run folder or model"):
        RunConfig(env="Catch", agent="glimpse-pqn", hyperparameters=chosen, set={"gaze_kwargs.forced": "follow:nowhere"})
    with pytest.raises(ConfigError, match=r"^gaze_kwargs: forced is 'follow:'; it must be"):
        RunConfig(env="Catch", agent="glimpse-pqn", hyperparameters=chosen, set={"gaze_kwargs.forced": "follow:"})


def test_the_followed_agent_computes_where_the_run_does(whole, monkeypatch):
    asked: list[str] = []

    def loaded(path: Path, device: str = "auto"):
        asked.append(device)
        return load_policy(path, "cpu")

    monkeypatch.setattr("saccade.experiments.setup.gazes.followed_agent.load_policy", loaded)
    how = {"tiles": 5, "forced": "follow:whole.zip"}
    env = make_gaze_env("Catch", 2, 0, {}, how, device="cuda:1")
    assert env.remake(n_envs=1, seed=0, render_mode=None).num_envs == 1
    assert asked == ["cuda:1"]  # one network for the copy, too
    spec = config("learned").spec
    run_env("Catch", spec, {"env_kwargs": {}, "gaze_kwargs": {**how, "forced": "follow-value:whole.zip"}}, 2, 0, device="cuda:1")
    assert asked == ["cuda:1"] * 2
    _loaded.cache_clear()


def test_agents_that_cannot_be_followed_and_nothing_is_written(tmp_path, whole):
    with pytest.raises(USER_ERRORS, match=r"the gaze cannot follow .*whole.zip: it sees .*24, 24.*but this env shows .*30, 30"):
        train(config("follow:whole.zip", env_kwargs={"size": 30}))
    (tmp_path / "broken.zip").write_bytes(b"nothing")
    with pytest.raises(USER_ERRORS, match=r"the gaze cannot follow .*broken\.zip: "):
        train(config("follow:broken.zip"))
    with pytest.raises(USER_ERRORS, match="no head 'q_9'"):
        train(config("follow-q_9:whole.zip"))
    assert not (tmp_path / "run").exists()
    looking = train(config("learned")).run
    with pytest.raises(USER_ERRORS, match="follows an agent that sees the whole image"):
        train(config(f"follow:{looking}", "other"))
    assert not (tmp_path / "other").exists()
