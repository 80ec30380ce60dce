"""A CNN that sees blurred canvases, and CNNs from their files."""

import numpy as np
import pytest
import torch as th
from scipy.ndimage import gaussian_filter

from saccade.experiments import USER_ERRORS, train_on_whole_images
from saccade.experiments.whole_image.blur import GaussianBlur
from saccade.experiments.whole_image.kept_network import kept_network

EASY = {"dataset": "digits", "size": 28}


@pytest.fixture(autouse=True)
def _few_canvases(monkeypatch):
    """Errors of a few canvases, since they are of no interest here."""
    monkeypatch.setattr("saccade.experiments.whole_image.canvases.PASSES", 1)
    monkeypatch.setattr("saccade.experiments.whole_image.network_training.QUICK", 10)


@pytest.mark.parametrize("deviation", [0.5, 1.0, 2.5])
def test_the_blur_is_that_of_scipy(deviation):
    images = th.rand(2, 1, 20, 24, generator=th.Generator().manual_seed(0))
    reach = int(np.ceil(3 * deviation))
    expected = gaussian_filter(
        images.numpy().astype(np.float64), (0, 0, deviation, deviation), mode="constant", radius=(0, 0, reach, reach)
    )
    assert GaussianBlur(deviation)(images).numpy() == pytest.approx(expected, abs=1e-6)


def test_a_constant_stays_and_gradients_are_blurred_alike():
    blur, image = GaussianBlur(1.5), th.ones(1, 1, 31, 31, requires_grad=True)
    assert blur(image)[0, 0, 15, 15].item() == pytest.approx(1)
    (slope,) = th.autograd.grad(blur(image)[0, 0, 15, 15], image)
    spot = th.zeros(1, 1, 31, 31)
    spot[..., 15, 15] = 1
    assert th.allclose(slope, blur(spot), atol=1e-7)


@pytest.mark.parametrize(("blur", "early_stop"), [(0.0, False), (1.5, False), (0.0, True)])
def test_a_network_from_its_file_is_the_one_that_was_tested(blur, early_stop, tmp_path, monkeypatch):
    arguments = {"env_kwargs": EASY, "images": 64, "batch_size": 8, "device": "cpu", "checkpoints": tmp_path, "blur": blur}
    tested = []
    monkeypatch.setattr("saccade.experiments.whole_image.network_training.multiply_adds", lambda call: tested.append(call) or 1)
    train_on_whole_images("TranslatedMNIST", early_stop=early_stop, **arguments)
    network, about = kept_network(tmp_path / "learning-rate-0.002.pt", "cpu")
    assert (about["env"], about["env_kwargs"], about.get("blur", 0.0)) == ("TranslatedMNIST", EASY, blur)
    chosen = tested[0].__closure__[0].cell_contents
    image = th.rand(3, 1, 28, 28)
    assert th.equal(network(image), chosen(image))
    assert isinstance(network[0], GaussianBlur) == (blur > 0)


def test_files_that_are_none(tmp_path):
    train_on_whole_images("TranslatedMNIST", env_kwargs=EASY, images=16, batch_size=16, device="cpu", checkpoints=tmp_path)
    file, other = tmp_path / "learning-rate-0.002.pt", tmp_path / "other.pt"
    kept = th.load(file, weights_only=True)
    for content in ({"weights": 1}, [1, 2], {**kept, "network": {}}, {**kept, "about": {"env": "Catch"}}):
        th.save(content, other)
        with pytest.raises(USER_ERRORS, match="is not the file of a CNN"):
            kept_network(other, "cpu")
    other.write_bytes(b"nothing")
    with pytest.raises(USER_ERRORS, match="is not the file of a CNN"):
        kept_network(other, "cpu")


@pytest.mark.parametrize("blur", [-1.0, 21.0])
def test_a_blur_that_cannot_be(blur):
    with pytest.raises(USER_ERRORS, match="blur is"):
        train_on_whole_images(env_kwargs=EASY, blur=blur)
