import base64

import cv2
import numpy as np

from saccade.saliency.page.map_sprite import HEADROOM, columns, map_sprite, picture_sprite, tiled
from saccade.saliency.pictures.map_picture import full_colour_at


def decoded(uri: str) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(base64.b64decode(uri.partition(",")[2]), np.uint8), cv2.IMREAD_UNCHANGED)


def grey(uri: str) -> np.ndarray:
    image = decoded(uri)
    return image if image.ndim == 2 else image[:, :, 0]


def test_tiles_stand_row_by_row():
    tiles = np.arange(1, 6, dtype=np.uint8)[:, None, None] * np.ones((5, 2, 3), np.uint8)
    assert tiled(tiles)[::2, ::3].tolist() == [[1, 2, 3], [4, 5, 0]]
    assert tiled(tiles).shape == (4, 9)
    assert [columns(count) for count in (1, 2, 4, 8, 9)] == [1, 2, 2, 3, 3]


def test_strengths_come_back_from_the_levels():
    strength = np.abs(np.random.default_rng(0).standard_normal((4, 84, 84))) * np.array([1e-6, 1, 50, 3e4])[:, None, None]
    sprite = map_sprite(strength)
    assert np.allclose(sprite.scales, [full_colour_at(tile) for tile in strength], rtol=1e-3)
    levels = grey(sprite.image)
    for i, tile in enumerate(strength):
        row, column = divmod(i, 2)
        shown = sprite.tops[i] * (levels[84 * row : 84 * (row + 1), 84 * column : 84 * (column + 1)] / 255.0) ** 2
        assert np.abs(shown - tile).mean() < 0.02 * sprite.scales[i]


def test_an_outlier_leaves_the_rest_fine_steps():
    strength = np.random.default_rng(0).random((1, 84, 84))
    strength[0, 3, 3] = 1e6
    sprite = map_sprite(strength)
    assert np.isclose(sprite.tops[0], HEADROOM * sprite.scales[0], rtol=1e-3)
    shown = sprite.tops[0] * (grey(sprite.image) / 255.0) ** 2
    shown[:8, :8] = strength[0, :8, :8]  # the lossy image smears the outlier over its neighbours
    assert np.abs(shown - strength[0]).mean() < 0.05


def test_the_cells_of_a_strip_do_not_run_into_each_other():
    strength = np.array([[[0.0, 1.0, 0.25, 0.0]]] * 300)
    sprite = map_sprite(strength)
    assert "image/png" in sprite.image
    assert grey(sprite.image)[7, :4].tolist() == [0, 255, 128, 0]


def test_maps_of_zeros_and_maps_that_are_not_finite():
    strength = np.zeros((3, 20, 20))
    strength[1, 2, 2], strength[2, 2, 2] = np.nan, np.inf
    sprite = map_sprite(strength)
    assert sprite.scales == [0.0, None, None]
    assert sprite.tops == [0.0, 0.0, 0.0]
    assert not grey(sprite.image).any()


def test_pictures_are_exact():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3), dtype=np.uint8)
    assert (decoded(picture_sprite(pictures))[:, :4, ::-1] == pictures[0]).all()
    assert (decoded(picture_sprite(pictures[..., 0]))[:, 4:8] == pictures[1, ..., 0]).all()
