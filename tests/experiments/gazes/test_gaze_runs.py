"""Agents with a gaze: train, evaluate under other gazes, resume, bad input."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from saccade.agents import REINFORCE
from saccade.experiments import USER_ERRORS, Console, OutputError, RunConfig, evaluate, resume, train
from saccade.experiments.scoring.games import play_in_turn
from saccade.experiments.setup.gazes.gaze_envs import make_gaze_env


def short(**kwargs) -> RunConfig:
    defaults = {
        "env": "ClutteredMNIST",
        "env_kwargs": {"dataset": "digits", "glimpses": 3},
        "total_timesteps": 3 * 16 * 4,
        "n_envs": 16,
        "eval_games": 20,
        "wandb": "disabled",
        "progress": False,
        "output": Path("run"),
    }
    return RunConfig(**{**defaults, **kwargs})


def test_trained_and_evaluated_under_every_gaze(tmp_path, capsys):
    train(short(), reporter=Console())
    assert "% right of 20 episodes" in capsys.readouterr().out
    run = tmp_path / "run"
    assert (run / "gaze" / "step_0000000192_paths.png").exists()
    config = yaml.safe_load((run / "config.yml").read_text())
    assert config["options"]["agent"] == "glimpse-reinforce"
    assert config["hyperparameters"]["env_kwargs"] == {"dataset": "digits", "glimpses": 3, "split": "train"}
    for gaze in (None, "random", "centre"):
        evaluate(run, gaze=gaze)
        (report,) = (run / "evaluation").glob("*seed1000000.json" if gaze is None else f"*-{gaze}.json")
        content = json.loads(report.read_text())
        assert content["episodes"] == 5 * 359  # every test digit five times
        assert content["gaze"] == {None: "learned", "centre": "center"}.get(gaze, gaze)
    assert len(list((run / "evaluation").glob("*-paths.png"))) == 3
    with pytest.raises(OutputError, match="exists already"):
        evaluate(run, gaze="random")


@pytest.mark.parametrize(("gaze", "looked"), [(None, True), ("random", True), ("centre", False)])
def test_evaluation_plays_the_games_of_its_seed_under_its_gaze(gaze, looked, tmp_path, monkeypatch):
    train(short(env="Catch", env_kwargs={}, eval_games=0))
    first, gazes = {}, []

    def watched(model, env, episodes, hear, progress):
        first[seed] = env.reset()["image"]
        gazes.append(env.step(np.tile(np.array([[1, 0.5, 0.5]], np.float32), (env.num_envs, 1)))[0]["gaze"])
        return np.zeros(episodes), None

    monkeypatch.setattr("saccade.experiments.evaluated.evaluated_run.play_in_turn", watched)
    for seed in (1_000_000, 7):
        evaluate(tmp_path / "run", gaze=gaze, seed=seed, games=20, video_steps=0)
        env = make_gaze_env("Catch", 20, seed, {}, {})
        assert (env.reset()["image"] == first[seed]).all()
    assert (first[7] != first[1_000_000]).any()
    assert np.any(gazes) == looked
    assert np.all(gazes[0] == 0.5) == (gaze is None)


def test_nothing_is_played_where_nothing_can_be_kept(tmp_path, monkeypatch):
    train(short(eval_games=0))
    (tmp_path / "run" / "evaluation").write_text("")
    monkeypatch.setattr("saccade.experiments.evaluated.evaluated_run.play_in_turn", None)
    with pytest.raises(USER_ERRORS, match="not a folder that you may write to"):
        evaluate(tmp_path / "run")


def test_ctrl_c_while_pictures_are_made_says_where_the_scores_are(tmp_path, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    train(short(eval_games=0))
    monkeypatch.setattr("saccade.experiments.evaluated.evaluated_run.draw_gaze_paths", interrupted)
    with pytest.raises(KeyboardInterrupt) as interruption:
        evaluate("run", games=20)
    (report,) = (tmp_path / "run" / "evaluation").glob("*.json")
    assert report.name in str(interruption.value)


def test_a_control_is_trained_under_its_gaze(tmp_path):
    train(short(gaze="centre", eval_games=0))
    kept = np.load(tmp_path / "run" / "gaze" / "step_0000000192.npz")
    assert not kept["gazes"].any()


def test_resumed(tmp_path):
    train(short(eval_games=0))
    resume(Path("run"), total_timesteps=3 * 16 * 6)
    assert yaml.safe_load(Path("run", "config.yml").read_text())["options"]["total_timesteps"] == 3 * 16 * 6
    names = sorted(path.name for path in (tmp_path / "run" / "checkpoints").glob("*.zip"))
    assert names == ["step_0000000192.zip", "step_0000000288.zip"]
    assert REINFORCE.load(tmp_path / "run" / "checkpoints" / names[1], device="cpu")._n_updates == 6


@pytest.mark.slow
def test_glimpse_ppo_on_atari_and_catch(tmp_path):
    train(short(env="Breakout", agent="glimpse-ppo", env_kwargs={}, total_timesteps=2048, n_envs=8, eval_games=0))
    assert list((tmp_path / "run" / "gaze").glob("*.mp4"))
    evaluate(tmp_path / "run", games=1, video_steps=5, gaze="random", sticky_actions=0)
    assert list((tmp_path / "run" / "evaluation").glob("*-random.mp4"))
    train(short(env="Catch", agent="glimpse-ppo", env_kwargs={}, total_timesteps=736, n_envs=16, output=Path("other")))
    assert list((tmp_path / "other" / "gaze").glob("*_paths.png"))


def test_play_in_turn_meets_every_digit_as_often():
    class Knows:
        """Answers 3 to everything."""

        def predict(self, obs, state, starts, deterministic):
            return np.float32([[3, 0, 0]] * len(obs["gaze"])), state

    env = make_gaze_env("ClutteredMNIST", 50, 7, {"dataset": "digits", "glimpses": 2}, {}, evaluation=True)
    labels = env.get_attr("game")[0].canvas.labels
    returns, digits = play_in_turn(Knows(), env, 5 * 359)
    assert len(returns) == 5 * 359
    assert np.bincount(digits).tolist() == [5] * 359
    assert (returns == (labels[digits] == 3).numpy()).all()
    assert returns.sum() == 5 * int((labels == 3).sum())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"agent": "pqn"}, "pqn has no gaze"),
        ({"env": "Breakout", "agent": "glimpse-reinforce", "env_kwargs": {}}, "glimpse-ppo"),
        ({"env": "CartPole-v1", "agent": "glimpse-ppo", "env_kwargs": {}}, "your own SB3 script"),
        (
            {"env": "Breakout", "agent": "pqn"},
            r"env_kwargs are for agents with a gaze, and pqn has none; choose one of them with agent",
        ),
        (
            {"env": "Breakout", "agent": None, "env_kwargs": {}, "gaze": "random"},
            r"gaze is .*, and pqn has none; choose one .*agent \(--agent\): glimpse-ppo, glimpse-pqn, soft-glimpse-pqn$",
        ),
        ({"env": "Quadrant", "agent": None, "env_kwargs": {}, "gaze": "random"}, "gaze is for agents with a gaze.*; leave it out"),
        ({"env": "saccade/CopyRecall-v0", "agent": "pqn", "env_kwargs": {}}, "CopyRecall is for recurrent agents without a gaze"),
        ({"env_kwargs": {"dataset": "digits", "glimpses": 0}}, "at least 1"),
        ({"env_kwargs": {"dataset": "digits", "colour": "red"}}, "colour"),
        ({"env_kwargs": {"dataset": "digits", "size": 20}}, "need 28"),
        ({"env_kwargs": {"dataset": "digits", "glimpses": 2.5}}, "whole number"),
        ({"env_kwargs": {"dataset": "digits", "split": "test"}}, "split cannot be .test."),
        ({"env_kwargs": {"dataset": "digits", "in_turn": 3}}, "in_turn cannot be given"),
        ({"env": "Catch", "env_kwargs": {"size": "large"}}, "whole number"),
        ({"env_kwargs": {"dataset": "digits", "device": "gpu"}}, "gpu"),
        ({"env_kwargs": {"data": "nowhere"}}, "dataset='digits'"),
    ],
)
def test_bad_input_writes_nothing(tmp_path, arguments, message):
    with pytest.raises(USER_ERRORS, match=message):
        train(short(**arguments))
    assert not (tmp_path / "run").exists()


def test_a_small_canvas_gets_a_retina_that_fits(tmp_path):
    train(short(env_kwargs={"dataset": "digits", "size": 30}, total_timesteps=48, eval_games=0))
    assert (tmp_path / "run" / "checkpoints").exists()


def written(tmp_path, **changes) -> Path:
    entry = {"policy": "saccade.policies.GlimpsePolicy", "n_envs": 4, "n_timesteps": 96, **changes}
    file = tmp_path / "own.yml"
    file.write_text(yaml.safe_dump({"saccade/ClutteredMNIST-v0": entry}))
    return file


def test_a_control_of_the_hyperparameter_file_is_kept(tmp_path):
    train(short(hyperparameters=written(tmp_path, gaze_kwargs={"forced": "center"}), eval_games=0))
    assert not np.load(tmp_path / "run" / "gaze" / "step_0000000192.npz")["gazes"].any()
    evaluate(tmp_path / "run", video_steps=0)
    (report,) = (tmp_path / "run" / "evaluation").glob("*.json")
    assert json.loads(report.read_text())["gaze"] == "center"


def test_several_samples_in_training_and_every_digit_in_testing(tmp_path):
    train(short(hyperparameters=written(tmp_path, env_kwargs={"copies": 4}, gaze_samples=4)))
    evaluate(tmp_path / "run", video_steps=0)
    (report,) = (tmp_path / "run" / "evaluation").glob("*.json")
    assert json.loads(report.read_text())["episodes"] == 5 * 359
    env = make_gaze_env("ClutteredMNIST", 8, 0, {"dataset": "digits", "copies": 4, "spill": 4}, {}, evaluation=True)
    assert len({image.tobytes() for image in env.reset()["image"]}) == 8
    assert env.get_attr("game", [0])[0].canvas.spill == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"env_kwargs": 3}, "must be keyword arguments"),
        ({"policy": "MlpPolicy"}, "unknown"),
        ({"policy_kwargs": {"shared_lstm": False, "enable_critic_lstm": True}}, "shared_lstm"),
        ({"gaze_kwargs": {"tiles": "many"}}, "tiles must be"),
    ],
)
def test_bad_hyperparameter_files_write_nothing(tmp_path, changes, message):
    with pytest.raises(USER_ERRORS, match=message):
        train(short(hyperparameters=written(tmp_path, **changes)))
    assert not (tmp_path / "run").exists()


def test_ppo_takes_no_falling_entropy(tmp_path):
    file = written(tmp_path, ent_coef="lin_0.01", n_steps=4)
    with pytest.raises(USER_ERRORS, match="a number as ent_coef"):
        train(short(agent="glimpse-ppo", hyperparameters=file))


def test_a_resumed_run_sees_other_canvases(tmp_path, monkeypatch):
    seen = []
    collect = REINFORCE.collect_rollouts

    def watched(self, *given, **named):
        seen.append(self._last_obs["image"].tobytes())
        return collect(self, *given, **named)

    monkeypatch.setattr(REINFORCE, "collect_rollouts", watched)
    train(short(eval_games=0))
    resume(Path("run"), total_timesteps=3 * 16 * 8)
    assert len(seen) == len(set(seen)) == 8


def test_resumed_runs_of_two_seeds_share_no_canvases(tmp_path, monkeypatch):
    seeds, resumed = [], []
    monkeypatch.setattr(REINFORCE, "set_random_seed", lambda self, seed: seeds.append(seed))
    for seed in (0, 1):
        train(short(seed=seed, eval_games=0, output=Path(f"run-{seed}")))
        resume(Path(f"run-{seed}"), total_timesteps=3 * 16 * 5)
        resumed.append(seeds[-1])
    assert abs(resumed[0] - resumed[1]) > 16  # envs


def test_a_retina_larger_than_the_image(tmp_path):
    written = yaml.safe_dump(
        {
            "saccade/ClutteredMNIST-v0": {
                "policy": "saccade.policies.GlimpsePolicy",
                "n_envs": 4,
                "n_timesteps": 100,
                "policy_kwargs": {"features_extractor_kwargs": {"size": 12, "scales": 4}},
            }
        }
    )
    Path("large.yml").write_text(written)
    with pytest.raises(USER_ERRORS, match="spans 96 pixels"):
        train(short(hyperparameters=Path("large.yml")))
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("small_events")
def test_gaze_of_an_agent_without_one(tmp_path):
    train(
        RunConfig(
            env="Breakout",
            agent="dueling-dqn",
            total_timesteps=64,
            n_envs=2,
            eval_games=0,
            wandb="disabled",
            progress=False,
            eager=True,
            output=Path("run"),
        )
    )
    with pytest.raises(USER_ERRORS, match="gaze is for agents with a gaze"):
        evaluate(tmp_path / "run", gaze="random")
