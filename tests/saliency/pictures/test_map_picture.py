import numpy as np

from saccade.saliency import MapKey
from saccade.saliency.pictures.layout import CAPTION, HEIGHT, contact_sheet
from saccade.saliency.pictures.map_picture import full_colour_at, newest_frame, overlay, panel


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


def test_overlay_is_red_where_the_map_is_strong_and_grey_where_it_is_zero():
    frame = np.full((8, 8, 3), 100, dtype=np.uint8)
    strength = np.zeros((8, 8))
    strength[1, 6] = 2.0
    picture = overlay(frame, strength, scale=2.0)
    assert picture[1, 6].tolist() == [255, 30, 20]
    assert picture[5, 2].tolist() == [65, 65, 65]
    assert (overlay(frame, np.zeros((8, 8)), scale=0.0) == 65).all()


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


def test_panel_shows_each_map_on_its_own_scale():
    observation = np.zeros((4, 84, 84), dtype=np.uint8)
    value, advantage = np.zeros((4, 84, 84)), np.zeros((4, 84, 84))
    value[:, :42], advantage[:, 42:] = 1e-3, -50.0  # strong and weak, above and below
    picture = panel(observation, {MapKey("value"): value, MapKey("advantage"): advantage}, np.zeros((210, 160, 3), np.uint8))
    assert picture.shape == (CAPTION + HEIGHT, 3 * 320 + 2 * 6, 3)
    shown_value, shown_advantage = picture[CAPTION:, 326:646], picture[CAPTION:, 652:]
    assert shown_value[50, 100].tolist() == [255, 30, 20] == shown_advantage[350, 100].tolist()
    assert shown_value[350, 100].tolist() == [0, 0, 0] == shown_advantage[50, 100].tolist()
    assert (picture[:CAPTION] < 100).any()  # the captions


def test_contact_sheet_stacks_panels():
    assert contact_sheet([np.zeros((10, 7, 3), np.uint8)] * 3).shape == (3 * 10 + 2 * 6, 7, 3)
