"""Runs of agents that name things in turn: train, scores, pictures, and the CNN as their rival."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch as th

from saccade.experiments import USER_ERRORS, RunConfig, evaluate, train, train_on_whole_images
from saccade.experiments.scoring.answers.naming_rate import NamedThings, NamingRate
from saccade.experiments.setup.gazes.gaze_envs import make_gaze_env
from saccade.experiments.whole_image import canvases
from saccade.experiments.whole_image.canvases import answered, canvas_size, digits_game
from saccade.experiments.whole_image.network import all_right, answers_cross_entropy, convolutional_network

SMALL = {
    "lstm_hidden_size": 8,
    "gaze_hidden": 8,
    "waiting": 0.5,
    "features_extractor_kwargs": {"size": 4, "scales": 2, "network": "fc", "features_dim": 8, "what_dim": 8, "where_dim": 8},
}
CANVAS = {
    "DigitPair": {"size": 56, "glimpses": 4},
    "DigitSum": {"size": 56, "glimpses": 4},
    "HouseNumber": {"height": 30, "width": 60, "glimpses": 8},
    "ClutteredMNIST": {"size": 30, "glimpses": 4, "stop": True, "look_price": 0.1},
}


@pytest.mark.parametrize("env", CANVAS)
def test_a_run_says_errors_answers_and_looks(env, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    steps = CANVAS[env]["glimpses"]
    entry = {"policy": "saccade.policies.GlimpsePolicy", "n_envs": 8, "n_timesteps": 8 * steps, "policy_kwargs": SMALL}
    Path("settings.yml").write_text(json.dumps({f"saccade/{env}-v0": entry}))
    arguments = {"dataset": "digits", "distractors": 2, **CANVAS[env]}
    config = RunConfig(
        env=env, env_kwargs=arguments, hyperparameters=Path("settings.yml"), eval_games=4, wandb="disabled", progress=False,
        output=Path("run"), device="cpu",
    )  # fmt: skip
    trained = train(config)
    assert set(trained.scores) <= {0.0, 1.0}  # whole episodes, without the price
    assert list(Path("run/gaze").glob("*_paths.png"))
    scores = evaluate("run", games=30, device="cpu")
    assert isinstance(scores, NamingRate)
    (report,) = Path("run/evaluation").glob("*.json")
    kept = json.loads(report.read_text())
    assert kept["episodes"] == 30
    assert 1 <= kept["mean_looks"] <= steps
    assert kept["right_answers_percent"] <= kept["named_percent"]
    assert (kept["digits"] == 30) if env == "ClutteredMNIST" else (30 < kept["digits"] <= 150)
    assert "clustered by digit" in scores.text()
    assert "looks on average" in scores.text()
    assert ("single answers" in scores.text()) == (env in ("DigitPair", "HouseNumber"))
    assert list(Path("run/evaluation").glob("*-paths.png"))


def test_rates_by_hand():
    infos = [
        {"things": 2, "named": 2, "right": 1, "looks": 3},
        {"things": 3, "named": 1, "right": 1, "looks": 8},
    ]
    found = NamedThings.of(infos)
    assert (found.right_percent, found.named_percent, found.mean_looks) == (40, 60, 5.5)
    assert NamedThings.of([{"label": 3}]) is None
    assert NamedThings.of([]) is None


def test_evaluation_rewards_whole_episodes_and_takes_no_price():
    kwargs = {"dataset": "digits", "glimpses": 8, "look_price": 0.2}
    env = make_gaze_env("HouseNumber", 6, 0, kwargs, {}, evaluation=True)
    training = make_gaze_env("HouseNumber", 6, 0, kwargs, {})
    for made, each in ((env, 0.0), (training, 0.8)):
        made.reset()
        said = [info["answer"] for info in made.reset_infos]
        _, rewards, _, infos = made.step(np.array([[answer, 0, 0] for answer in said], dtype=np.float32))
        assert np.allclose(rewards, each)
        total = rewards
        for _ in range(7):
            said = [info["answer"] if info["answer"] >= 0 else 11 for info in infos]
            _, rewards, _, infos = made.step(np.array([[answer, 0, 0] for answer in said], dtype=np.float32))
            total = total + rewards
        things = np.array([info["things"] for info in infos])
        assert np.allclose(total, 1 if made is env else 0.8 * things)


@pytest.mark.parametrize(("env", "answers", "classes"), [("DigitPair", 2, 10), ("DigitSum", 1, 19), ("HouseNumber", 6, 11)])
def test_a_cnn_is_their_rival(env, answers, classes, monkeypatch):
    monkeypatch.setattr(canvases, "PASSES", 1)
    arguments = {"dataset": "digits", "distractors": 0, **{key: x for key, x in CANVAS[env].items() if key != "glimpses"}}
    game = digits_game(env, arguments, "test", "cpu")
    assert (game.n_answers, game.n_classes) == (answers, classes)
    network = convolutional_network(canvas_size(game), answers * classes)
    right, items = answered(network, game, 40)
    assert right.shape == (40,)
    assert items.shape == (40, answers - 1 if env == "HouseNumber" else 2)
    assert items[:, 0].tolist() == list(range(40))  # each first digit in turn, as for agents

    def knows(images):
        """The right answers of the pictures that were drawn last."""
        logits = th.nn.functional.one_hot(drawn[-1].clamp(min=0), classes).float()
        return logits.flatten(1)

    drawn, draw = [], game.draw

    def watched(*arguments):
        images, its = draw(*arguments)
        drawn.append(its)
        return images, its

    game.draw = watched
    assert answered(knows, game, 40)[0].all()


def test_the_cnn_is_trained_and_tested_on_whole_numbers(monkeypatch):
    monkeypatch.setattr(canvases, "PASSES", 1)
    arguments = {"dataset": "digits", "distractors": 0, "height": 24, "width": 60}
    found = train_on_whole_images("HouseNumber", env_kwargs=arguments, images=32, batch_size=16, device="cpu")
    assert found.digits == 359  # all of them, the first ones in turn
    assert found.standard_error >= 0
    assert 0 <= found.error_percent <= 100


def test_a_missing_package_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(USER_ERRORS, match=r"needs h5py: pip install 'saccade-rl\[svhn\]'"):
        make_gaze_env("HouseNumber", 2, 0, {"dataset": "svhn", "data": "nowhere"}, {})


def test_loss_and_rightness_of_several_answers_by_hand():
    answers = th.tensor([[1, 0, -1], [2, -1, -1]])
    logits = th.randn(2, 9)
    log = logits.view(2, 3, 3).log_softmax(2)
    expected = -(log[0, 0, 1] + log[0, 1, 0] + log[1, 0, 2]) / 3
    assert th.allclose(answers_cross_entropy(logits, answers), expected)
    best = th.tensor([[0, 9, 0, 9, 0, 0, 0, 0, 9], [9, 0, 0, 0, 0, 9, 0, 9, 0]]).float()
    assert all_right(best, answers).tolist() == [True, False]
    one = th.tensor([[4], [1]])
    plain = th.randn(2, 10)
    assert th.equal(answers_cross_entropy(plain, one), th.nn.functional.cross_entropy(plain, one[:, 0]))
    assert all_right(plain, one).tolist() == (plain.argmax(1) == one[:, 0]).tolist()
