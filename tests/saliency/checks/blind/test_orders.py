import numpy as np
import pytest
import torch as th
from scipy.ndimage import gaussian_filter

from saccade.saliency.checks.blind.orders import (
    OF_PICTURES,
    OF_VECTORS,
    blind_orders_of,
    centre_gaussian,
    contrast,
    deviation,
    magnitude,
    random_blocks,
    random_places,
)

IMAGES = th.from_numpy(np.random.default_rng(0).uniform(0, 255, (3, 2, 30, 42)).astype(np.float32))
VECTORS = th.tensor([[1.0, -4.0, 0.5], [3.0, -2.0, 0.5]])


@pytest.mark.parametrize("x", [IMAGES, VECTORS, IMAGES[:, :, :4, :5], IMAGES[:1, :, :1, :1]])
def test_each_order_gives_each_place_a_strength(x):
    for blind in blind_orders_of(x).values():
        strength = blind.order(x, 3)
        assert strength.shape == ((len(x), *x.shape[2:]) if x.ndim == 4 else (len(x), 1, x.shape[1]))
        assert np.array_equal(strength, blind.order(x, 3))
        assert (not np.array_equal(strength, blind.order(x, 4))) == blind.is_random


def test_only_contrast_and_vectors_look_at_the_observation():
    for name, blind in OF_PICTURES.items():
        assert np.array_equal(blind.order(IMAGES, 0), blind.order(255 - IMAGES.flip(3), 0)) == (name != "contrast")
    assert list(OF_VECTORS) == ["random", "magnitude", "deviation"]


def test_blocks_are_squares_of_one_strength_on_a_grid_of_each_image_its_own():
    strength = random_blocks(IMAGES, 0)
    for one in strength:
        down, right = (np.flatnonzero((np.diff(one, axis=axis) != 0).any(1 - axis)) + 1 for axis in (0, 1))
        for edges, length in ((down, 30), (right, 42)):
            assert (np.diff(edges) == 7).all()
            assert edges[0] <= 7
            assert length - edges[-1] <= 7
    starts = {(tuple(np.flatnonzero(np.diff(one[:, 0]))), tuple(np.flatnonzero(np.diff(one[0])))) for one in strength}
    assert len(starts) > 1
    small = random_blocks(IMAGES[:, :, :12, :12], 0)
    assert len(np.unique(small[0])) >= 16  # four across at least
    assert len(np.unique(random_blocks(IMAGES[:1, :, :3, :3], 0))) == 9


def test_random_places_are_even():
    assert random_places(IMAGES, 1).mean() == pytest.approx(0.5, abs=0.02)


def test_contrast_is_the_distance_from_a_wide_blur_over_all_channels():
    """An independent formula: scipy's filter on each channel alone, an eighth of the shorter side wide."""
    image = IMAGES.numpy()
    wide = [[gaussian_filter(channel, 30 / 8, mode="nearest") for channel in one] for one in image]
    assert np.allclose(contrast(IMAGES), np.abs(image - np.array(wide)).sum(1), atol=1e-3)
    assert contrast(th.full((1, 1, 9, 9), 7.0)).max() < 1e-4


def test_vectors_by_hand():
    assert magnitude(VECTORS).tolist() == [[[1, 4, 0.5]], [[3, 2, 0.5]]]
    assert deviation(VECTORS).tolist() == [[[1, 1, 0]], [[1, 1, 0]]]


def test_centred_peaks_in_the_middle():
    strength = centre_gaussian((5, 7))
    assert strength.shape == (5, 7)
    assert np.unravel_index(strength.argmax(), strength.shape) == (2, 3)
    assert strength[0, 0] == pytest.approx(np.exp(-4))
    assert centre_gaussian((1, 3)).tolist() == [[pytest.approx(np.exp(-2)), 1, pytest.approx(np.exp(-2))]]
