"""Agents with a gaze from the command line's point of view: train, evaluate under other gazes, resume, bad input."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from agent_setup import read_hyperparameters
from evaluate import Options as EvaluateOptions
from evaluate import main as evaluate
from gaze_envs import make_gaze_env, play_in_turn, read_kwargs, task_id
from plain_errors import UserError
from saccade.agents import REINFORCE
from train import Options, main


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SACCADE_MNIST", raising=False)


def short(**kwargs) -> Options:
    defaults = {
        "env": "ClutteredMNIST",
        "env_kwargs": ("dataset=digits", "glimpses=3"),
        "total_timesteps": 3 * 16 * 4,
        "n_envs": 16,
        "eval_games": 20,
        "wandb": "disabled",
        "progress": False,
        "output": Path("run"),
    }
    return Options(**{**defaults, **kwargs})


def test_trained_and_evaluated_under_every_gaze(tmp_path, capsys):
    main(short())
    assert "192 env steps: score" in capsys.readouterr().out
    run = tmp_path / "run"
    assert (run / "gaze" / "step_0000000192_paths.png").exists()
    config = yaml.safe_load((run / "config.yml").read_text())
    assert config["options"]["agent"] == "glimpse-reinforce"
    assert config["hyperparameters"]["env_kwargs"] == {"dataset": "digits", "glimpses": 3}
    for gaze in (None, "random", "centre"):
        evaluate(EvaluateOptions(run=run, gaze=gaze))
        (report,) = (run / "evaluation").glob("*seed1000000.json" if gaze is None else f"*-{gaze}.json")
        content = json.loads(report.read_text())
        assert content["episodes"] == 5 * 359  # every test digit five times
        assert content["gaze"] == {None: "learned", "centre": "center"}.get(gaze, gaze)
    assert len(list((run / "evaluation").glob("*-paths.png"))) == 3
    with pytest.raises(UserError, match="exists already"):
        evaluate(EvaluateOptions(run=run, gaze="random"))


@pytest.mark.parametrize(("gaze", "looked"), [(None, True), ("random", True), ("centre", False)])
def test_evaluation_plays_the_games_of_its_seed_under_its_gaze(gaze, looked, tmp_path, monkeypatch):
    main(short(env="Catch", env_kwargs=(), eval_games=0))
    first, gazes = {}, []

    def watched(model, env, episodes):
        first[seed] = env.reset()["image"]
        gazes.append(env.step(np.tile(np.array([[1, 0.5, 0.5]], np.float32), (env.num_envs, 1)))[0]["gaze"])
        return np.zeros(episodes)

    monkeypatch.setattr("evaluate.play_in_turn", watched)
    for seed in (1_000_000, 7):
        evaluate(EvaluateOptions(run=tmp_path / "run", gaze=gaze, seed=seed, games=20, video_steps=0))
        env = make_gaze_env("Catch", 20, seed, {}, {})
        assert (env.reset()["image"] == first[seed]).all()
    assert (first[7] != first[1_000_000]).any()
    assert np.any(gazes) == looked
    assert np.all(gazes[0] == 0.5) == (gaze is None)


def test_nothing_is_played_where_nothing_can_be_kept(tmp_path, monkeypatch):
    main(short(eval_games=0))
    (tmp_path / "run" / "evaluation").write_text("")
    monkeypatch.setattr("evaluate.play_in_turn", None)
    with pytest.raises(UserError, match="not a folder one may write to"):
        evaluate(EvaluateOptions(run=tmp_path / "run"))


def test_ctrl_c_while_pictures_are_made_says_where_the_scores_are(tmp_path, monkeypatch, capsys):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    main(short(eval_games=0))
    monkeypatch.setattr("evaluate.draw", interrupted)
    with pytest.raises(SystemExit, match="130"):
        evaluate(EvaluateOptions(run=tmp_path / "run", games=20))
    (report,) = (tmp_path / "run" / "evaluation").glob("*.json")
    assert report.name in capsys.readouterr().err


def test_a_control_is_trained_under_its_gaze(tmp_path):
    main(short(gaze="centre", eval_games=0))
    kept = np.load(tmp_path / "run" / "gaze" / "step_0000000192.npz")
    assert not kept["gazes"].any()


def test_resumed(tmp_path):
    main(short(eval_games=0))
    main(Options(resume=Path("run"), total_timesteps=3 * 16 * 6, wandb="disabled", progress=False))
    assert yaml.safe_load(Path("run", "config.yml").read_text())["options"]["total_timesteps"] == 3 * 16 * 6
    names = sorted(path.name for path in (tmp_path / "run" / "checkpoints").glob("*.zip"))
    assert names == ["step_0000000192.zip", "step_0000000288.zip"]
    assert REINFORCE.load(tmp_path / "run" / "checkpoints" / names[1], device="cpu")._n_updates == 6


def test_glimpse_ppo_on_atari_and_catch(tmp_path):
    main(short(env="Breakout", agent="glimpse-ppo", env_kwargs=(), total_timesteps=2048, n_envs=8, eval_games=0))
    assert list((tmp_path / "run" / "gaze").glob("*.mp4"))
    evaluate(EvaluateOptions(run=tmp_path / "run", games=1, video_steps=5, gaze="random"))
    assert list((tmp_path / "run" / "evaluation").glob("*-random.mp4"))
    main(short(env="Catch", agent="glimpse-ppo", env_kwargs=(), total_timesteps=736, n_envs=16, output=Path("other")))
    assert list((tmp_path / "other" / "gaze").glob("*_paths.png"))


def test_play_in_turn_meets_every_digit_as_often():
    class Knows:
        """Answers 3 to everything."""

        def predict(self, obs, state, starts, deterministic):
            return np.float32([[3, 0, 0]] * len(obs["gaze"])), state

    env = make_gaze_env("ClutteredMNIST", 50, 7, {"dataset": "digits", "glimpses": 2}, {}, evaluation=True)
    labels = env.get_attr("game")[0].canvas.labels
    returns = play_in_turn(Knows(), env, 5 * 359)
    assert len(returns) == 5 * 359
    assert returns.sum() == 5 * int((labels == 3).sum())


@pytest.mark.parametrize(
    "name", ["ClutteredMNIST", "clutteredmnist", "saccade/ClutteredMNIST-v0", "saccade.envs:saccade/ClutteredMNIST-v0"]
)
def test_names_of_tasks(name):
    assert task_id(name) == "saccade/ClutteredMNIST-v0"


def test_other_names_are_no_tasks():
    assert [task_id(name) for name in ("Enduro", "ALE/Pong-v5", "CartPole-v1", "saccade/Nothing-v0")] == [None] * 4


def test_env_kwargs():
    assert read_kwargs(("size=100", "dataset=digits", "data=null")) == {"size": 100, "dataset": "digits", "data": None}
    for word in ("size", "=3", "a b=3"):
        with pytest.raises(UserError, match="size=100"):
            read_kwargs((word,))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"agent": "pqn"}, "pqn has no gaze"),
        ({"env": "Breakout", "agent": "glimpse-reinforce", "env_kwargs": ()}, "glimpse-ppo"),
        ({"env": "CartPole-v1", "agent": "glimpse-ppo", "env_kwargs": ()}, "your own SB3 script"),
        ({"env": "Breakout", "agent": "pqn"}, "for agents with a gaze"),
        ({"env": "Breakout", "agent": "pqn", "env_kwargs": (), "gaze": "random"}, "for agents with a gaze"),
        ({"env": "CopyRecall", "env_kwargs": ()}, 'RecurrentPPO."MlpLstmPolicy"'),
        ({"env": "saccade/CopyRecall-v0", "agent": "pqn", "env_kwargs": ()}, 'RecurrentPPO."MlpLstmPolicy"'),
        ({"env_kwargs": ("dataset=digits", "glimpses=0")}, "at least 1"),
        ({"env_kwargs": ("dataset=digits", "colour=red")}, "colour"),
        ({"env_kwargs": ("dataset=digits", "size=20")}, "need 28"),
        ({"env_kwargs": ("dataset=digits", "glimpses=2.5")}, "whole number"),
        ({"env_kwargs": ("dataset=digits", "size=[1")}, "cannot read"),
        ({"env_kwargs": ("dataset=digits", "split=test")}, "split is not to be given"),
        ({"env_kwargs": ("dataset=digits", "in_turn=3")}, "in_turn is not to be given"),
        ({"env": "Catch", "env_kwargs": ("size=large",)}, "whole number"),
        ({"env_kwargs": ("dataset=digits", "device=gpu")}, "gpu"),
        ({"env_kwargs": ("data=nowhere",)}, "dataset='digits'"),
    ],
)
def test_bad_input_writes_nothing(tmp_path, arguments, message):
    with pytest.raises(UserError, match=message):
        main(short(**arguments))
    assert not (tmp_path / "run").exists()


def test_a_small_canvas_gets_a_retina_that_fits(tmp_path):
    main(short(env_kwargs=("dataset=digits", "size=30"), total_timesteps=48, eval_games=0))
    assert (tmp_path / "run" / "checkpoints").exists()


def written(tmp_path, **changes) -> Path:
    entry = {"policy": "saccade.policies.GlimpsePolicy", "n_envs": 4, "n_timesteps": 96, **changes}
    file = tmp_path / "own.yml"
    file.write_text(yaml.safe_dump({"saccade/ClutteredMNIST-v0": entry}))
    return file


def test_a_control_of_the_hyperparameter_file_is_kept(tmp_path):
    main(short(hyperparameters=written(tmp_path, gaze_kwargs={"forced": "center"}), eval_games=0))
    assert not np.load(tmp_path / "run" / "gaze" / "step_0000000192.npz")["gazes"].any()
    evaluate(EvaluateOptions(run=tmp_path / "run", video_steps=0))
    (report,) = (tmp_path / "run" / "evaluation").glob("*.json")
    assert json.loads(report.read_text())["gaze"] == "center"


def test_several_samples_in_training_and_every_digit_in_testing(tmp_path):
    main(short(hyperparameters=written(tmp_path, env_kwargs={"copies": 4}, gaze_samples=4)))
    evaluate(EvaluateOptions(run=tmp_path / "run", video_steps=0))
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
    with pytest.raises(UserError, match=message):
        main(short(hyperparameters=written(tmp_path, **changes)))
    assert not (tmp_path / "run").exists()


def test_ppo_takes_no_falling_entropy(tmp_path):
    file = written(tmp_path, ent_coef="lin_0.01", n_steps=4)
    with pytest.raises(UserError, match="a number as ent_coef"):
        main(short(agent="glimpse-ppo", hyperparameters=file))


def test_a_resumed_run_sees_other_canvases(tmp_path, monkeypatch):
    seen = []
    collect = REINFORCE.collect_rollouts

    def watched(self, *given, **named):
        seen.append(self._last_obs["image"].tobytes())
        return collect(self, *given, **named)

    monkeypatch.setattr(REINFORCE, "collect_rollouts", watched)
    main(short(eval_games=0))
    main(Options(resume=Path("run"), total_timesteps=3 * 16 * 8, wandb="disabled", progress=False))
    assert len(seen) == len(set(seen)) == 8


def test_resumed_runs_of_two_seeds_share_no_canvases(tmp_path, monkeypatch):
    seeds, resumed = [], []
    monkeypatch.setattr(REINFORCE, "set_random_seed", lambda self, seed: seeds.append(seed))
    for seed in (0, 1):
        main(short(seed=seed, eval_games=0, output=Path(f"run-{seed}")))
        main(Options(resume=Path(f"run-{seed}"), total_timesteps=3 * 16 * 5, wandb="disabled", progress=False))
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
    with pytest.raises(UserError, match="spans 96 pixels"):
        main(short(hyperparameters=Path("large.yml")))
    assert not (tmp_path / "run").exists()


def test_gaze_of_an_agent_without_one(tmp_path):
    main(
        Options(
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
    with pytest.raises(UserError, match="--gaze is for agents with a gaze"):
        evaluate(EvaluateOptions(run=tmp_path / "run", gaze="random"))


def test_entries_for_the_suites_own_envs():
    for task in ("ClutteredMNIST", "TranslatedMNIST", "Catch"):
        assert read_hyperparameters("glimpse-reinforce", env=task)["n_envs"] > 1
    with pytest.raises(UserError, match="no entry 'atari'"):
        read_hyperparameters("glimpse-reinforce", env="Breakout")
