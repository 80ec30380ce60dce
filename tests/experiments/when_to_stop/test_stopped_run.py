"""Stop rules of whole agents: one whose confidence is known, and a run from the command line's function."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch as th

from saccade.agents import REINFORCE
from saccade.experiments import USER_ERRORS, RunConfig, evaluate, train
from saccade.experiments.setup.gazes.gaze_envs import make_gaze_env
from saccade.experiments.when_to_stop.played_looks import play_looks
from saccade.experiments.when_to_stop.stop_curve import COLUMNS, stop_curve
from saccade.saliency.readers.glimpses.eye import Look

DIGITS = {"dataset": "digits", "size": 28, "distractors": 0, "glimpses": 4}
SMALL = {
    "lstm_hidden_size": 8,
    "gaze_hidden": 8,
    "features_extractor_kwargs": {"size": 4, "scales": 1, "network": "fc", "features_dim": 8, "what_dim": 8, "where_dim": 8},
}


class Grows:
    """
    The eye of an agent that says 0 at every look. Its probability is 0.4, 0.6, 0.8 and then 0.9 in envs with even numbers, and 0.1
    less in the others.
    """

    believes_in = "probability"

    def start(self, n_envs):
        return th.zeros(n_envs)

    def look(self, obs, memory, starts):
        looks = memory * (1 - starts)
        share = th.tensor([0.4, 0.6, 0.8, 0.9])[looks.long()] - 0.1 * (th.arange(len(looks)) % 2)
        beliefs = ((1 - share) / 9)[:, None].repeat(1, 10)
        beliefs[:, 0] = share
        return Look(th.zeros(len(looks), 3), beliefs, looks + 1)


def test_an_agent_with_known_confidence(monkeypatch):
    monkeypatch.setattr("saccade.experiments.when_to_stop.played_looks.eye_of", lambda policy: Grows())
    env = make_gaze_env("ClutteredMNIST", 6, 0, DIGITS, {}, evaluation=True, split="test")
    policy = REINFORCE("GlimpsePolicy", env, device="cpu", policy_kwargs=SMALL).policy
    played = play_looks(policy, env, 10)
    even = np.arange(10) % 6 % 2 == 0
    expected = np.array([0.4, 0.6, 0.8, 0.9])[:, None] - 0.1 * ~even
    assert np.allclose(played.confidence, expected)
    labels = env.get_attr("game")[0].canvas.labels
    assert played.items.tolist() == list(range(10))
    assert (played.right == (labels[:10] == 0).numpy()).all()

    monkeypatch.setattr("saccade.experiments.when_to_stop.stop_curve.multiply_adds_of_a_look", lambda policy, env: 1000)
    about = {"env": "x", "checkpoint": Path("x"), "env_steps": 0, "seed": 0, "gaze": None}
    scores = stop_curve(
        about, lambda n, split: make_gaze_env("ClutteredMNIST", n, 0, DIGITS, {}, evaluation=True, split=split),
        lambda env: policy, "test", 0, 12,
    )  # fmt: skip
    points = {(one.rule, one.setting): one for one in scores.points["test"]}
    assert points["confidence", 0.7].mean_looks == 3  # 0.8 in half of the envs, 0.7 in the others
    assert points["confidence", 0.6].mean_looks == 2.5
    assert points["confidence", 0.95].mean_looks == 4
    assert len({point.error_percent for point in points.values()}) == 1  # it always says 0
    assert scores.setting == 0.3  # so one look is enough
    assert scores.stopped.mean_looks == 1
    assert scores.found()["stopped"]["multiply_adds"] == 1000
    assert "1.00 looks, 1,000 multiply-adds" in scores.text()
    rows = list(csv.DictReader(scores.table().splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 2 * len(points)
    assert [row["setting"] for row in rows if row["chosen"] == "1"] == ["0.3", "0.3"]


def short(**changes) -> RunConfig:
    file = Path("settings.yml")
    entry = {"policy": "saccade.policies.GlimpsePolicy", "n_envs": 8, "n_timesteps": 64, "policy_kwargs": SMALL}
    file.write_text(json.dumps({f"saccade/{name}-v0": entry for name in ("ClutteredMNIST", "Catch", "DigitPair")}))  # JSON is YAML
    return RunConfig(
        **{
            "env": "ClutteredMNIST", "env_kwargs": DIGITS, "hyperparameters": file, "eval_games": 0, "wandb": "disabled",
            "progress": False, "output": Path("run"), "device": "cpu", **changes,
        }
    )  # fmt: skip


def test_a_run_has_a_curve(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train(short())
    found = evaluate("run", when_to_stop=True, games=40, device="cpu")
    (report,) = Path("run/evaluation").glob("*-stop.json")
    kept = json.loads(report.read_text())
    assert kept["episodes"] == {"validation": 40, "test": 40}
    assert kept["all_looks"]["mean_looks"] == 4
    assert kept["all_looks"]["multiply_adds"] == 4 * found.multiply_adds_of_a_look
    rows = list(csv.DictReader(report.with_suffix(".csv").read_text().splitlines()))
    assert {row["split"] for row in rows} == {"validation", "test"}
    with pytest.raises(USER_ERRORS, match="exists already"):
        evaluate("run", when_to_stop=True, games=40, device="cpu")
    assert evaluate("run", when_to_stop=True, games=40, device="cpu", force=True).found() == found.found()
    for chance in ({"epsilon": 0.1}, {"sticky_actions": 0.25}):
        with pytest.raises(USER_ERRORS, match="for games, and ClutteredMNIST asks for answers"):
            evaluate("run", when_to_stop=True, games=40, device="cpu", force=True, **chance)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"env_kwargs": {**DIGITS, "stop": True}}, "this one decides by itself when it has seen enough"),
        ({"env": "Catch", "env_kwargs": {}}, "needs an env with one answer"),
    ],
)
def test_what_is_refused(changes, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train(short(**changes))
    with pytest.raises(USER_ERRORS, match=message):
        evaluate("run", when_to_stop=True, games=8, device="cpu")
    assert not list(Path("run/evaluation").glob("*")) if Path("run/evaluation").exists() else True
