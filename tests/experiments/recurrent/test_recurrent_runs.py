"""Recurrent agents by name: train, evaluate, resume, maps through time, bad input."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from saccade.envs.registration import TASKS
from saccade.experiments import USER_ERRORS, Console, RunConfig, evaluate, read_hyperparameters, resume, train
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.setup.env_names import OF_MEMORY, gaze_task, has_answers, memory_task
from saccade.experiments.setup.run_envs import make_memory_env
from saccade.saliency import sequential_jacobian

TINY = {"policy_kwargs.lstm_hidden_size": 8}


def short(**more) -> RunConfig:
    defaults = {
        "env": "Reorder",
        "env_kwargs": {"order": "copy", "length": 3, "symbols": 4},
        "n_envs": 8,
        "total_timesteps": 8 * 6 * 4,
        "set": TINY,
        "eval_games": 12,
        "saliency_every": 10**9,
        "wandb": "disabled",
        "progress": False,
        "eager": True,
        "output": Path("run"),
    }
    return RunConfig(**{**defaults, **more})


@pytest.mark.parametrize(
    ("agent", "evaluations"), [(None, 2), ("recurrent-ppo", 1)]
)  # the rollouts of one env grow, if there are few
def test_a_run_from_training_to_the_jacobian(agent, evaluations, tmp_path, capsys):
    train(short(agent=agent, eval_every=96), reporter=Console())
    assert capsys.readouterr().out.count("% right of 36 answers in 12 episodes") == evaluations
    run = tmp_path / "run"
    config = yaml.safe_load((run / "config.yml").read_text())
    assert config["options"]["agent"] == (agent or "reinforce")
    assert config["hyperparameters"]["env_kwargs"] == {"order": "copy", "length": 3, "symbols": 4}
    with (run / "progress.csv").open() as file:
        scores = [float(row["eval/score_mean"]) for row in csv.DictReader(file) if row["eval/score_mean"]]
    assert len(scores) == evaluations
    assert all(0 <= score <= 1 for score in scores)
    found = evaluate(run, games=20, video_steps=8)
    (report,) = (run / "evaluation").glob("*.json")
    content = json.loads(report.read_text())
    assert content["questions"] == 60
    assert content["episodes"] == 20
    assert content["right_percent"] == pytest.approx(100 * found.answers.right.mean())
    assert list((run / "evaluation").glob("*.mp4"))
    folder = RunFolder.check_existing(run)
    env = make_memory_env("Reorder", 1, 0, {"order": "copy", "length": 3, "symbols": 4})
    policy = folder.load_policy(folder.kept_checkpoints()[-1], env, "cpu", False)
    seen = np.concatenate([env.reset(), *(env.step(np.array([0]))[0] for _ in range(5))])
    assert np.abs(np.asarray(sequential_jacobian(policy, seen, "action"))[5, 0]).max() > 0


def test_a_longer_total_goes_on(tmp_path):
    first = train(short(eval_games=0))
    longer = resume(first.run, total_timesteps=2 * first.env_steps, progress=False)
    assert longer.env_steps == 2 * first.env_steps


def test_every_task_of_memory_has_its_agents_and_settings():
    known = [task for task in OF_MEMORY if task.removeprefix("saccade/").removesuffix("-v0") in TASKS]
    assert "saccade/Reorder-v0" in known
    for task in known:
        assert RunConfig(task).spec.name == "reinforce"
        assert memory_task(task) == task
        assert gaze_task(task) is None
        assert has_answers(task)
    for task in OF_MEMORY:
        for agent in ("reinforce", "recurrent-ppo"):
            content = yaml.safe_load((Path(__file__).parents[3] / "hyperparams" / f"{agent}.yml").read_text())
            longest = agent == "reinforce" and task == "saccade/PenStrokes-v0"  # a memory over two hundred steps
            assert content[task]["policy"] == ("MlpLongLstmPolicy" if longest else "MlpLstmPolicy")
    assert not has_answers("Enduro")
    assert read_hyperparameters("reinforce", env="CopyRecall")["reinforce_coef"] == 0


def test_evaluation_envs_have_no_copies():
    kwargs = {"order": "copy", "length": 3, "copies": 2}
    training, evaluation = (make_memory_env("Reorder", 4, 1, kwargs, evaluation) for evaluation in (False, True))
    seen = training.reset(), evaluation.reset()
    assert (seen[0][0] == seen[0][1]).all()
    assert len({row.tobytes() for row in evaluation.reset()}) > 2 or (seen[1][0] != seen[1][1]).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"agent": "glimpse-reinforce", "env_kwargs": {}},
            "Reorder is for recurrent agents without a gaze; take agent reinforce or",
        ),
        ({"agent": "pqn", "env_kwargs": {}}, "take agent reinforce or recurrent-ppo"),
        ({"env": "Catch", "agent": "reinforce", "env_kwargs": {}}, r"tasks of memory \(CopyRecall, PenStrokes, Reorder\)"),
        ({"env": "Enduro", "agent": "recurrent-ppo", "env_kwargs": {}}, "put sb3_contrib.RecurrentPPO into your own SB3 script"),
        ({"env_kwargs": {"order": "sorted"}}, "order is 'sorted'|it must be"),
        ({"env_kwargs": {"words": 3}}, "Reorder has no 'words'; it has: order, length, symbols"),
        ({"env_kwargs": {"length": 11, "order": "grammar"}}, "from 3 to 10 words"),
        ({"gaze": "random"}, "gaze is for agents with a gaze"),
        ({"set": {"gaze_kwargs": {}}}, "has no hyperparameter 'gaze_kwargs'"),
        ({"set": {"policy_kwargs.units": 3}}, "policy_kwargs: RecurrentActorCriticPolicy has no 'units'"),
    ],
)
def test_bad_input_writes_nothing(arguments, message, tmp_path):
    with pytest.raises(USER_ERRORS, match=message):
        train(short(**arguments))
    assert not (tmp_path / "run").exists()


def test_options_of_games_are_refused(tmp_path):
    train(short(eval_games=0))
    with pytest.raises(USER_ERRORS, match="is for games, and Reorder asks for answers"):
        evaluate(tmp_path / "run", epsilon=0.1)
