"""A network on whole canvases learns, tests every digit, and refuses what cannot be."""

import json
import pkgutil
from pathlib import Path

import pytest
import torch as th
from told import Told

from saccade import experiments
from saccade.envs.tasks.cluttered_mnist import ClutteredMNIST
from saccade.experiments import USER_ERRORS, train_on_whole_images
from saccade.experiments.scoring.clusters import clustered_standard_error
from saccade.experiments.setup.env_kwargs import known_digits
from saccade.experiments.whole_image import canvases
from saccade.experiments.whole_image.canvases import answered, digits_game
from saccade.experiments.whole_image.fitting import Fitting
from saccade.experiments.whole_image.network import convolutional_network
from saccade.experiments.whole_image.networks import make_network

EASY = {"dataset": "digits", "size": 28}


@pytest.mark.slow
def test_a_network_learns_whole_images(tmp_path):
    file = tmp_path / "cnn.json"
    found = train_on_whole_images("TranslatedMNIST", env_kwargs=EASY, images=8_000, batch_size=64, output=str(file), device="cpu")
    result = json.loads(file.read_text())
    assert result["error_percent"] == found.error_percent
    assert (result["standard_error"], result["digits"]) == (found.standard_error, 359)
    assert [one["learning_rate"] for one in result["validation"]] == [result["learning_rate"]] == [0.002]
    assert result["error_percent"] < 15
    assert result["multiply_adds"] == 784 * 9 * 32 + 196 * 288 * 64 + 49 * 576 * 64 + 9 * 64 * 256 + 256 * 10
    with pytest.raises(USER_ERRORS, match="exists"):
        train_on_whole_images(env_kwargs=EASY, output=file)


def always(answer: int) -> th.nn.Module:
    network = convolutional_network(28, 10)
    with th.no_grad():
        network[-1].weight.zero_()
        network[-1].bias.zero_()
        network[-1].bias[answer] = 1.0
    return network


def test_every_test_digit_counts_the_same():
    test = digits_game("ClutteredMNIST", EASY, "test", "cpu")
    right, items = answered(always(4), test)
    is_four = (test.canvas.labels == 4).numpy()
    assert right.mean() == pytest.approx(is_four.mean())
    assert (right == is_four[items]).all()
    # All canvases of a digit have one answer here, so the error is that of 359 digits counted once.
    share = is_four.mean()
    assert clustered_standard_error(right, items) == pytest.approx((share * (1 - share) / 359) ** 0.5)


def test_digits_are_off_their_places_in_training_only():
    games = [digits_game("TranslatedMNIST", {**EASY, "spill": 3}, split, "cpu") for split in (None, "validation", "test")]
    assert [game.canvas.spill for game in games] == [3, 0, 0]
    assert [len(game.canvas.labels) for game in games] == [1079, 359, 359]
    whole = digits_game("TranslatedMNIST", {**EASY, "split": "train+validation"}, None, "cpu")
    assert len(whole.canvas.labels) == 1438
    assert len(digits_game("TranslatedMNIST", {**EASY, "split": "train+validation"}, "test", "cpu").canvas.labels) == 359


def test_of_several_rates_the_best_on_validation_is_tested_and_no_other(monkeypatch):
    splits = []

    class Watched(ClutteredMNIST):
        def __init__(self, **arguments):
            splits.append(arguments.get("split", "train"))
            super().__init__(**arguments)

    monkeypatch.setattr(canvases, "task_class", lambda name: Watched)
    monkeypatch.setattr(canvases, "PASSES", 1)
    arguments = {"env_kwargs": EASY, "images": 480, "batch_size": 16, "device": "cpu"}
    rates = [1e-6, 2e-3]
    found = train_on_whole_images("TranslatedMNIST", learning_rates=rates, **arguments)
    assert splits == ["train", "validation", "test"]
    assert [one["learning_rate"] for one in found.validation] == rates
    errors = [one["error_percent"] for one in found.validation]
    assert errors[1] < errors[0] - 10
    assert found.learning_rate == 2e-3
    assert found.error_percent == pytest.approx(errors[1], abs=15)
    assert all(one["standard_error"] > 0 for one in found.validation)


def test_a_stopped_training_goes_on_to_the_same_network(tmp_path):
    class Stop(Exception):
        pass

    def fitting() -> Fitting:
        th.manual_seed(0)
        return Fitting(convolutional_network(28, 10), digits_game("TranslatedMNIST", EASY, None, "cpu"), 12, 16, 1e-3, seed=3)

    class Stops:
        """A reporter that breaks off at the fifth update."""

        def say(self, line: str) -> None:
            if line.startswith("64 canvases"):
                raise Stop

    whole, first, second = fitting(), fitting(), fitting()
    whole.run()
    file = tmp_path / "state.pt"
    with pytest.raises(Stop):
        first.run(Stops(), file, {"rate": 1})
    assert 0 < first.done < 12
    second.run(file=file, about={"rate": 1})
    assert second.done == 12
    for name, value in whole.network.state_dict().items():
        assert th.equal(value, second.network.state_dict()[name])
    with pytest.raises(USER_ERRORS, match="another training"):
        fitting().run(file=file, about={"rate": 2})
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(USER_ERRORS, match="damaged"):
        fitting().run(file=file, about={"rate": 1})


def test_a_training_ends_where_its_validation_error_has_stopped_falling(tmp_path, monkeypatch):
    """With a rate of almost 0 nothing falls."""
    monkeypatch.setattr("saccade.experiments.whole_image.network_training.QUICK", 50)
    monkeypatch.setattr(canvases, "PASSES", 1)
    arguments = {"env_kwargs": EASY, "images": 960, "batch_size": 16, "device": "cpu", "early_stop": True, "checkpoints": tmp_path}
    found = train_on_whole_images("TranslatedMNIST", learning_rates=[1e-12], **arguments)
    (still,) = found.validation
    assert still["converged"]
    assert still["images"] == (1 + 3 + 3) * 3 * 16  # a first check, then twice three without a lower error, every third update
    again = train_on_whole_images("TranslatedMNIST", learning_rates=[1e-12], **arguments)  # all is done
    assert (again.validation, again.error_percent) == (found.validation, found.error_percent)
    (fixed,) = train_on_whole_images("TranslatedMNIST", env_kwargs=EASY, images=16, batch_size=16, device="cpu").validation
    assert (fixed["images"], fixed["converged"]) == (16, None)


def test_a_stopped_training_with_checks_goes_on_to_the_same_network(tmp_path):
    def fitting(errors) -> Fitting:
        th.manual_seed(0)
        game = digits_game("TranslatedMNIST", EASY, None, "cpu")
        return Fitting(convolutional_network(28, 10), game, 40, 8, 1e-3, 3, check=lambda: errors.pop(0))

    def errors() -> list[float]:  # the lowest is the third; then the rate falls, and then the training stops
        return [9.0, 8.0, 7.0, 7.5, 7.5, 7.5, 7.2, 7.1, 7.3, 1.0]

    whole, file = fitting(errors()), tmp_path / "state.pt"
    whole.run()
    assert (whole.done, whole.plateau.converged, whole.plateau.fallen) == (18, True, 1)
    assert whole.optimizer.param_groups[0]["lr"] == pytest.approx(1e-4)

    class Interrupted(Exception):
        pass

    class Stops:
        def say(self, line: str) -> None:
            if line.startswith("96 canvases"):
                raise Interrupted

    first = fitting(errors())
    with pytest.raises(Interrupted):
        first.run(Stops(), file, {})
    second = fitting(errors()[len(first.plateau.errors) :])
    second.run(file=file, about={})
    assert second.done == 18
    for name, value in whole.network.state_dict().items():
        assert th.equal(value, second.network.state_dict()[name])


def test_a_curve_without_an_early_end(tmp_path):
    """Every check is there once, the rate falls to 0, and the last weights stay, also where an earlier error was lower."""
    errors = [30.0, 10.0, *range(20, 38)]

    def fitting(*left) -> Fitting:
        th.manual_seed(0)
        network, game = make_network("cnn", 28, 10, 1, {}), digits_game("TranslatedMNIST", EASY, None, "cpu")
        return Fitting(network, game, 40, 8, 1e-3, 3, check=[*left].pop, early_stop=False)

    whole, file = fitting(*reversed(errors)), tmp_path / "state.pt"
    whole.run(file=file)
    assert (whole.plateau, whole.done) == (None, 40)
    assert [one["error_percent"] for one in whole.curve] == errors
    assert [one["images"] for one in whole.curve] == [16 * i for i in range(1, 21)]
    assert 0 < whole.curve[0]["seconds"] <= whole.curve[-1]["seconds"]
    assert whole.optimizer.param_groups[0]["lr"] == pytest.approx(0)
    again = fitting()  # all is done, so nothing is checked
    again.run(file=file)
    assert again.curve == whole.curve
    for name, value in whole.network.state_dict().items():
        assert th.equal(value, again.network.state_dict()[name])


WHOLE = {**EASY, "split": "train+validation"}


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"learning_rates": [1e-3, 2e-3]}, r"^learning_rates cannot be several with split train\+validation"),
        ({"early_stop": True}, r"^early_stop cannot be True with split train\+validation"),
    ],
)
def test_nothing_is_chosen_by_digits_that_were_learned_from(choice, message, tmp_path):
    with pytest.raises(USER_ERRORS, match=message) as refused:
        train_on_whole_images(env_kwargs=WHOLE, checkpoints=tmp_path / "kept", **choice)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("curve", [False, True])
def test_a_training_on_the_validation_digits_says_so(curve, monkeypatch):
    monkeypatch.setattr(canvases, "PASSES", 1)
    arguments = {"images": 32, "batch_size": 16, "curve": curve, "device": "cpu"}
    told, quiet = Told(), Told()
    train_on_whole_images("TranslatedMNIST", env_kwargs=WHOLE, reporter=told, **arguments)
    assert [line for line in told.lines if line.startswith("warning")] == [f"warning: {known_digits(WHOLE)}"]
    train_on_whole_images("TranslatedMNIST", env_kwargs=EASY, reporter=quiet, **arguments)
    assert not [line for line in quiet.lines if line.startswith("warning")]


@pytest.mark.slow
@pytest.mark.parametrize("network", ["window", "soft"])
def test_rivals_that_look_several_times_learn(network):
    arguments = {"env_kwargs": {**EASY, "glimpses": 3}, "images": 24_000, "batch_size": 64, "learning_rates": [1e-3]}
    found = train_on_whole_images("TranslatedMNIST", network=network, **arguments, device="cpu")
    assert found.error_percent < 30


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"env": "Catch"}, "has no digits"),
        ({"env": "Enduro"}, "has no digits"),
        ({"images": 10}, "at least"),
        ({"env_kwargs": {"dataset": "none"}}, "unknown data set"),
        ({"env_kwargs": {"dataset": "digits", "split": "test"}}, "split cannot be .test."),
        ({"output": Path("nowhere/x.json")}, "not a folder"),
        ({"learning_rates": [1e-3, 0.0]}, "above 0"),
        ({"learning_rates": []}, "above 0"),
        ({"learning_rates": [float("inf")]}, "above 0"),
        ({"seed": "0"}, "seed is '0'; it must be a whole number"),
        ({"images": "100"}, "images is '100'; it must be a whole number"),
        ({"batch_size": 16.0}, "batch_size is 16.0; it must be a whole number"),
        ({"blur": "1"}, "blur is '1'; it must be a number"),
        ({"early_stop": "no"}, "early_stop is 'no'; it must be True or False"),
        ({"env": 3}, "env is 3; it must be text"),
        ({"env_kwargs": 3}, "env_kwargs is 3; it must be a dict"),
        ({"network_kwargs": "scales=4"}, "network_kwargs is 'scales=4'; it must be a dict"),
        ({"learning_rates": 1e-3}, "learning_rates is 0.001; it must be a list of one or several numbers"),
        ({"learning_rates": ["a"]}, r"learning_rates is \['a'\]; it must be a list of one or several numbers"),
        ({"output": 3}, "output is 3; it must be a path or text"),
        ({"seed": -1}, "seed is -1; it must be from 0 to"),
        ({"seed": 2**70}, "it must be from 0 to"),
        ({"learning_rates": [1e-3, 1e-3]}, "each rate must be there once"),
        ({"network": "rnn"}, "network is 'rnn'; it must be one of: cnn, window, bilinear, soft"),
        (
            {"network": "window", "network_kwargs": {"scale": 4}},
            "the network window has no 'scale'; it has: glimpse, scales, network",
        ),
        ({"network": "cnn", "network_kwargs": {"scales": 4}}, "the network cnn has no 'scales'"),
        ({"network": "window", "network_kwargs": {"scales": 0}}, "must be at least 1"),
        ({"network": "bilinear", "network_kwargs": {"glimpse": 30}}, "at most 28"),
        ({"network": "window", "network_kwargs": {"network": "none"}}, "conv, fc"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(USER_ERRORS, match=message):
        train_on_whole_images(**{"env_kwargs": EASY, **arguments})


def test_no_function_hides_a_module():
    modules = {module.name for module in pkgutil.iter_modules(experiments.__path__)}
    assert not modules & set(experiments.__all__)
