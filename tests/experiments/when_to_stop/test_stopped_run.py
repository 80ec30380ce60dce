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
    assert report.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(USER_ERRORS, match="exists already"):
        evaluate("run", when_to_stop=True, games=40, device="cpu")
    assert evaluate("run", when_to_stop=True, games=40, device="cpu", force=True).found() == found.found()
    for chance in ({"epsilon": 0.1}, {"sticky_actions": 0.25}):
        with pytest.raises(USER_ERRORS, match="for games, and ClutteredMNIST asks for answers"):
            evaluate("run", when_to_stop=True, games=40, device="cpu", force=True, **chance)


class Waits:
    """A policy that says 0 at its third look in envs with even numbers, and at its first look in the others."""

    def predict(self, obs, state=None, episode_start=None, deterministic=False):
        n_envs = len(obs["gaze"])
        looks = (0 if state is None or episode_start.all() else state) + 1
        actions = np.zeros((n_envs, 3), dtype=np.float32)
        if looks < 3:
            actions[::2, 0] = 10  # not yet
        return actions, looks


def test_an_agent_that_decides_by_itself_has_one_point(monkeypatch):
    arguments = {**DIGITS, "stop": True, "look_price": 0.02}

    def make_env(n_envs, split):
        return make_gaze_env("ClutteredMNIST", n_envs, 0, arguments, {}, evaluation=True, split=split)

    monkeypatch.setattr("saccade.experiments.when_to_stop.stop_curve.multiply_adds_of_a_look", lambda policy, env: 1000)
    about = {"env": "x", "checkpoint": Path("x"), "env_steps": 0, "seed": 0, "gaze": None}
    scores = stop_curve(about, make_env, lambda env: Waits(), "test", 0, 12, look_price=0.02)
    (point,) = scores.points["test"]
    assert (point.rule, point.setting, point.mean_looks) == ("own", 0.02, 2)
    zeros = (make_env(1, "test").get_attr("game")[0].canvas.labels[:12] == 0).float().mean()
    assert point.error_percent == pytest.approx(100 * (1 - float(zeros)))  # the first digits of the split, in turn
    assert point.standard_error_of_looks == pytest.approx(1 / 12**0.5)  # 1 and 3 looks
    found = scores.found()
    assert (found["all_looks"], found["threshold"], found["stopped"]["multiply_adds"]) == (None, None, 2000)
    assert "its own choice (a look cost 0.02 in training)" in scores.text()
    assert [row["chosen"] for row in csv.DictReader(scores.table().splitlines())] == ["1", "1"]


@pytest.mark.parametrize("env", ["ClutteredMNIST", "DigitPair"])
def test_a_run_that_decides_by_itself_says_its_price(env, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    more = {"stop": True, "look_price": 0.03} if env == "ClutteredMNIST" else {"size": 56, "look_price": 0.03}
    train(short(env=env, env_kwargs={**DIGITS, **more}))
    evaluate("run", when_to_stop=True, games=20, device="cpu", split="validation")
    (report,) = Path("run/evaluation").glob("*-validation-stop.json")
    kept = json.loads(report.read_text())
    assert list(kept["curves"]) == ["validation"]
    assert kept["stopped"] == kept["curves"]["validation"][0]
    assert (kept["stopped"]["rule"], kept["stopped"]["setting"]) == ("own", 0.03)
    assert report.with_suffix(".png").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"env": "Catch", "env_kwargs": {}}, "needs an env with one answer"),
    ],
)
def test_what_is_refused(changes, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    train(short(**changes))
    with pytest.raises(USER_ERRORS, match=message):
        evaluate("run", when_to_stop=True, games=8, device="cpu")
    assert not list(Path("run/evaluation").glob("*")) if Path("run/evaluation").exists() else True
