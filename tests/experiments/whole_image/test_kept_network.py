"""The file of a CNN's training is taken only when the training has ended, and then as it would be tested."""

import pytest
import torch as th

from saccade.experiments import USER_ERRORS, train_on_whole_images
from saccade.experiments.whole_image.canvases import digits_game
from saccade.experiments.whole_image.fitting import CHECKS, Fitting, has_ended
from saccade.experiments.whole_image.kept_network import kept_network
from saccade.experiments.whole_image.network import convolutional_network

EASY = {"dataset": "digits", "size": 28}
ABOUT = {"env": "TranslatedMNIST", "env_kwargs": EASY, "images": 40 * 8, "batch_size": 8, "seed": 3}
FALLING = [float(20 - i) for i in range(20)]


class Interrupted(Exception):
    pass


class Stops:
    """A reporter that breaks off at a line."""

    def __init__(self, line: str) -> None:
        self.line = line

    def say(self, line: str) -> None:
        if line.startswith(self.line):
            raise Interrupted


def fitting(errors: list[float] | None, early_stop: bool = True) -> Fitting:
    th.manual_seed(0)
    game = digits_game("TranslatedMNIST", EASY, None, "cpu")
    check = None if errors is None else [*reversed(errors)].pop
    return Fitting(convolutional_network(28, 10), game, 40, 8, 1e-3, 3, check=check, early_stop=early_stop)


@pytest.mark.parametrize(
    ("errors", "early_stop", "line", "done"),
    [
        (None, False, "96 canvases", 13),
        (FALLING, True, "16 canvases", 2),  # before the first check is kept: its best weights are the first ones
        (FALLING, True, "320 canvases", 40),  # in the last check
        (FALLING, False, "160 canvases: 11.00", 20),
    ],
)
def test_a_training_that_has_not_ended_is_refused(errors, early_stop, line, done, tmp_path):
    file = tmp_path / "state.pt"
    with pytest.raises(Interrupted):
        fitting(errors, early_stop).run(Stops(line), file, {**ABOUT, "curve": errors is not None})
    with pytest.raises(USER_ERRORS, match=f"has not ended after {done} updates; start whole_image_cnn again") as refused:
        kept_network(file, "cpu")
    assert "\n" not in str(refused.value)
    fitting(None if errors is None else [*errors, *errors], early_stop).run(file=file, about={**ABOUT, "curve": errors is not None})
    kept_network(file, "cpu")


@pytest.mark.parametrize(("errors", "lowest"), [([30.0, 10.0, *range(20, 38)], True), (None, False)])
def test_an_ended_training_gives_what_it_would_test(errors, lowest, tmp_path):
    """Also from a file that has no curve, as older ones."""
    file = tmp_path / "state.pt"
    ended = fitting(errors)
    ended.run(file=file, about=ABOUT)
    kept = th.load(file, weights_only=True)
    for content in (kept, {name: value for name, value in kept.items() if name != "curve"}):
        th.save(content, file)
        network, about = kept_network(file, "cpu")
        assert about == ABOUT
        image = th.rand(3, 1, 28, 28)
        assert th.equal(network(image), ended.network(image))
    assert (errors is not None and ended.plateau.converged) == lowest


@pytest.mark.parametrize("harm", [{"images": None}, {"batch_size": 0}])
def test_a_file_that_does_not_say_how_far_it_is(harm, tmp_path):
    train_on_whole_images("TranslatedMNIST", env_kwargs=EASY, images=16, batch_size=16, device="cpu", checkpoints=tmp_path)
    file = tmp_path / "learning-rate-0.002.pt"
    kept = th.load(file, weights_only=True)
    th.save({**kept, "about": {**kept["about"], **harm}}, file)
    with pytest.raises(USER_ERRORS, match="does not say how far its training is"):
        kept_network(file, "cpu")


@pytest.mark.parametrize(
    ("done", "checks", "converged", "expected"),
    [(39, None, False, False), (40, None, False, True), (40, 19, False, False), (40, 20, False, True), (14, 7, True, True)],
)
def test_when_it_is_over(done, checks, converged, expected):
    assert CHECKS == 20
    assert has_ended(done, 40, checks, converged) == expected
