import numpy as np
import pytest
import torch as th

from saccade.saliency import map_picture, map_sheet
from saccade.saliency.pictures.colours import FULL
from saccade.saliency.pictures.layout import CAPTION, HEIGHT
from saccade.saliency.pictures.map_picture import LEGEND

YELLOW = FULL.astype(int).tolist()


def yellow(picture: np.ndarray) -> np.ndarray:
    return (picture == YELLOW).all(axis=2)


def test_a_map_lies_beside_the_observation_at_its_place():
    saliency = np.zeros((1, 10, 10), np.float32)
    saliency[0, 2, 7] = -4.0
    picture = map_picture(np.zeros((1, 10, 10), np.uint8), saliency)
    assert picture.shape == (CAPTION + HEIGHT + LEGEND, 2 * HEIGHT + 6, 3)
    cell = HEIGHT // 10
    top, left = CAPTION + 2 * cell, HEIGHT + 6 + 7 * cell
    assert yellow(picture)[top : top + cell, left : left + cell].all()
    assert yellow(picture[:-LEGEND]).sum() == cell**2  # the colour scale below ends in yellow as well


@pytest.mark.parametrize(
    "observation",
    [
        pytest.param(np.zeros((12, 9, 3), np.uint8), id="channels last"),
        pytest.param(np.zeros((3, 12, 9), np.uint8), id="channels first"),
        pytest.param(np.zeros((12, 9), np.float32), id="grid"),
        pytest.param(np.zeros((2, 3, 12, 9), np.uint8), id="stack of images"),
        pytest.param(th.zeros(4, 12, 9), id="tensor"),
    ],
)
def test_images_of_every_kind_have_one_form(observation):
    picture = map_picture(observation, {"value": np.ones(observation.shape), "q": np.ones(observation.shape)}, caption="step 3")
    assert picture.dtype == np.uint8
    assert picture.shape[1] == 3 * (HEIGHT * 9 // 12) + 2 * 6


def test_numbers_vectors_and_nested_lists():
    for observation in (3, [0.5], [1.0, -2.0], np.arange(300)):
        picture = map_picture(observation, np.ones(np.shape(observation)))
        assert picture.shape[2] == 3
    beside = map_picture([1.0, -2.0], [0.1, 0.2], frame=np.zeros((40, 60, 3), np.uint8), feature_names=("a", "b"))
    assert (beside == 0).all(axis=2).sum() > 200 * 200


def test_a_map_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"the map saliency has the shape \(3,\), but the observation \(2,\)"):
        map_picture([1, 2], [1, 2, 3])


def test_a_sheet_has_every_entry_with_a_map_and_names_the_others():
    observation = {"camera": np.zeros((1, 8, 8), np.uint8), "speed": 3.0, "task": 2}
    saliency = {"camera": np.ones((1, 8, 8)), "speed": -0.2}
    whole, camera = map_sheet(observation, saliency), map_sheet({"camera": observation["camera"]}, saliency)
    assert whole.shape[0] > camera.shape[0] + 60
    with pytest.raises(ValueError, match=r"no map of any entry \(camera, speed, task\)"):
        map_sheet(observation, {"goal": 1.0})
