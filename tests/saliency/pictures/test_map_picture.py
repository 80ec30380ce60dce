import itertools

import numpy as np
import pytest

from saccade.saliency import MapKey
from saccade.saliency.pictures.entry_picture import entry_parts
from saccade.saliency.pictures.layout import CAPTION, HEIGHT, contact_sheet
from saccade.saliency.pictures.map_picture import (
    COARSER,
    FOVEA,
    LEGEND,
    full_colour_at,
    newest_frame,
    outlined,
    overlay,
)


def test_newest_frame_of_a_stack_an_rgb_image_and_a_vector():
    stack = np.zeros((4, 6, 5), dtype=np.uint8)
    stack[-1, 2, 3] = 200
    assert newest_frame(stack).shape == (6, 5, 3)
    assert newest_frame(stack)[2, 3].tolist() == [200, 200, 200]
    rgb = np.zeros((3, 6, 5), dtype=np.uint8)
    rgb[0] = 90
    assert newest_frame(rgb)[0, 0].tolist() == [90, 0, 0]
    vector = newest_frame(np.array([-1.0, 0.0, 3.0]))
    assert vector[0, :, 0].tolist() == [0, 64, 255]


def luminance(rgb) -> float:
    """Relative luminance of sRGB (WCAG 2.2)."""
    share = np.asarray(rgb) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(a, b) -> float:
    """Contrast ratio from 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_and_of_a_grey():
    assert contrast([0, 0, 0], [255, 255, 255]) == pytest.approx(21)
    assert contrast([118, 118, 118], [255, 255, 255]) == pytest.approx(4.54, abs=0.01)  # a textbook pair


@pytest.mark.parametrize("brightness", [0, 64, 128, 200, 255])
def test_a_strong_map_stands_out_by_its_brightness_on_every_frame(brightness):
    """WCAG asks for 3 between a graphic and what is beside it."""
    frame = np.full((1, 64, 3), brightness, np.uint8)
    row = overlay(frame, np.linspace(0, 1, 64)[None], 1.0)[0]
    assert contrast(row[0], row[-1]) > 3
    brightnesses = [luminance(colour) for colour in row]
    assert all(later > earlier - 0.01 for earlier, later in itertools.pairwise(brightnesses))


def test_overlay_is_yellow_where_the_map_is_strong_and_grey_where_it_is_zero():
    frame = np.full((8, 8, 3), 100, dtype=np.uint8)
    strength = np.zeros((8, 8))
    strength[1, 6] = 2.0
    picture = overlay(frame, strength, scale=2.0)
    assert picture[1, 6].tolist() == [255, 240, 80]
    assert picture[5, 2].tolist() == [50, 50, 50]
    assert (overlay(frame, np.zeros((8, 8)), scale=0.0) == 50).all()
    assert (overlay(frame, np.full((8, 8), np.nan), scale=float("nan")) == 50).all()


@pytest.mark.parametrize("side", [10, 28])
def test_a_pixel_of_a_tiny_image_is_a_sharp_square(side):
    strength = np.zeros((side, side))
    strength[2, 5] = 1.0
    picture = overlay(np.zeros((20 * side, 20 * side, 3), np.uint8), strength, 1.0)
    assert (picture[40:60, 100:120] == [255, 240, 80]).all()
    assert (picture[..., 0] > 0).sum() == 400


def test_maps_keep_their_place_when_they_are_stretched_to_the_game():
    strength = np.zeros((84, 84))
    strength[20, 60] = 1.0
    picture = overlay(np.zeros((420, 320, 3), np.uint8), strength, scale=1.0)
    row, column = np.unravel_index(picture[:, :, 0].argmax(), picture.shape[:2])
    assert abs(row / 420 - 20.5 / 84) < 0.01
    assert abs(column / 320 - 60.5 / 84) < 0.01


def test_full_colour_ignores_a_few_outliers_but_never_vanishes():
    strength = np.ones(1000)
    strength[0] = 1000.0
    assert full_colour_at(strength) == 1.0
    sparse = np.zeros(1000)
    sparse[0] = 3.0
    assert full_colour_at(sparse) == 3.0


def test_each_map_is_shown_on_its_own_scale():
    observation = np.zeros((4, 84, 84), dtype=np.uint8)
    value, advantage = np.zeros((4, 84, 84)), np.zeros((4, 84, 84))
    value[:, :42], advantage[:, 42:] = 1e-3, -50.0  # strong and weak, above and below
    game = np.zeros((210, 160, 3), np.uint8)
    parts = entry_parts(observation, {MapKey("value"): value, MapKey("advantage"): advantage}, game)
    assert [part.shape for part in parts] == [(CAPTION + HEIGHT + LEGEND, 320, 3)] * 3
    shown_value, shown_advantage = (part[CAPTION:-LEGEND] for part in parts[1:])
    assert shown_value[50, 100].tolist() == [255, 240, 80] == shown_advantage[350, 100].tolist()
    assert shown_value[350, 100].tolist() == [0, 0, 0] == shown_advantage[50, 100].tolist()
    assert all((part[:CAPTION] < 100).any() and (part[-LEGEND:] < 200).any() for part in parts[1:])  # names and scales


def test_the_patches_of_a_retina_are_outlined_where_they_lie():
    picture = outlined(np.full((100, 200, 3), 255, np.uint8), np.array([[20, 10, 30, 20], [15, 5, 35, 25]]), (50, 100))
    assert picture[20, 50].tolist() == list(FOVEA) == picture[30, 60].tolist()  # twice as large as the observation
    assert picture[10, 50].tolist() == list(COARSER)
    assert picture[30, 50].tolist() == [255, 255, 255]


def test_older_gazes_are_outlined_the_older_the_fainter():
    def boxes(left: int) -> list[list[int]]:
        return [[left, 20, left + 10, 30], [left - 5, 15, left + 15, 35]]

    white = np.full((100, 200, 3), 255, np.uint8)
    picture = outlined(white, np.array([boxes(20), boxes(50), boxes(80)]), (50, 100))
    redness = [int(picture[50, 2 * left, 0]) for left in (20, 50, 80)]  # the less red, the stronger the outline
    assert redness == pytest.approx([0.7 * 255, 0.3 * 255, 0], abs=1)
    assert picture[50, 160].tolist() == list(FOVEA)
    assert picture[50, 30].tolist() == [255, 255, 255]  # of older gazes the sharpest patch only
    assert picture[50, 150].tolist() == list(COARSER)
    assert (outlined(white, np.array([boxes(80)]), (50, 100)) == outlined(white, np.array(boxes(80)), (50, 100))).all()


def test_contact_sheet_stacks_panels():
    assert contact_sheet([np.zeros((10, 7, 3), np.uint8)] * 3).shape == (3 * 10 + 2 * 6, 7, 3)
