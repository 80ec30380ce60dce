"""The CNN on whole canvases learns, tests every digit, and refuses what cannot be."""

import json
import pkgutil
from pathlib import Path

import pytest
import torch as th

from saccade import experiments
from saccade.experiments import USER_ERRORS, whole_image_cnn
from saccade.experiments.whole_image import convolutional_network, digits_game, error_rate

EASY = {"dataset": "digits", "size": 28}


def test_it_learns(tmp_path):
    file = tmp_path / "cnn.json"
    found = whole_image_cnn("TranslatedMNIST", env_kwargs=EASY, images=40_000, output=str(file), device="cpu")
    result = json.loads(file.read_text())
    assert result["error_percent"] == found.error_percent
    assert result["error_percent"] < 15
    assert result["multiply_adds"] == 784 * 9 * 32 + 196 * 288 * 64 + 49 * 576 * 64 + 9 * 64 * 256 + 256 * 10
    with pytest.raises(USER_ERRORS, match="exists"):
        whole_image_cnn(env_kwargs=EASY, output=file)


def test_every_test_digit_counts_the_same():
    test = digits_game("ClutteredMNIST", EASY, "test", "cpu")
    network = convolutional_network(28, 10)
    with th.no_grad():
        network[-1].weight.zero_()
        network[-1].bias.zero_()
        network[-1].bias[4] = 1.0  # always says 4
    assert error_rate(network, test) == pytest.approx(1 - (test.canvas.labels == 4).float().mean().item())


def test_digits_are_off_their_places_in_training_only():
    games = [digits_game("TranslatedMNIST", {**EASY, "spill": 3}, split, "cpu") for split in ("train", "test")]
    assert [game.canvas.spill for game in games] == [3, 0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"env": "Catch"}, "has no digits"),
        ({"env": "Enduro"}, "has no digits"),
        ({"images": 10}, "at least"),
        ({"env_kwargs": {"dataset": "none"}}, "unknown data set"),
        ({"env_kwargs": {"dataset": "digits", "split": "test"}}, "split cannot be .test."),
        ({"output": Path("nowhere/x.json")}, "not a folder"),
        ({"learning_rate": 0.0}, "above 0"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(USER_ERRORS, match=message):
        whole_image_cnn(**{"env_kwargs": EASY, **arguments})


def test_no_function_hides_a_module():
    modules = {module.name for module in pkgutil.iter_modules(experiments.__path__)}
    assert not modules & set(experiments.__all__)
