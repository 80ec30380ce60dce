import numpy as np

from saccade.saliency import MapKey, States
from saccade.saliency.pictures.event_pictures import event_sheet, map_pictures, state_panels, trajectory_panels
from saccade.saliency.pictures.map_picture import FOVEA
from saccade.saliency.states.notes import Notes

VALUE = MapKey("value")
IMAGES = States(np.zeros((2, 1, 10, 10), np.uint8))
MAPS = {VALUE: np.ones((2, 1, 10, 10), np.float32)}


def test_a_sheet_has_a_title_and_a_panel_for_each_state():
    panels = state_panels(IMAGES, MAPS)
    sheet = event_sheet("after 100 env steps", IMAGES, MAPS)
    assert sheet.shape[1] == panels[0].shape[1]
    assert sheet.shape[0] > sum(panel.shape[0] for panel in panels) + 2 * 22
    assert (sheet[:22] < 100).any()


def test_a_caption_stands_above_its_state_alone():
    with_caption, without = state_panels(IMAGES, MAPS, Notes(["step 3, action left, V 1.2"]))
    assert with_caption.shape[0] == without.shape[0] + 22
    assert (with_caption[22:] == without).all()


def test_the_patches_of_a_retina_are_on_every_part():
    (panel, *_) = state_panels(IMAGES, MAPS, Notes(boxes=np.array([[[2, 2, 6, 6]]] * 2)))
    bright = (panel == FOVEA).all(axis=2)
    assert bright[:, : panel.shape[1] // 2].any()
    assert bright[:, panel.shape[1] // 2 :].any()


def test_frames_of_a_film_are_of_one_size_and_say_their_step():
    vectors = States(np.random.default_rng(0).normal(size=(3, 40)) * 1e4)
    maps = {VALUE: np.random.default_rng(1).normal(size=(3, 40))}
    frames = list(trajectory_panels(vectors, maps))
    assert len({frame.shape for frame in frames}) == 1
    assert (frames[0][:22] != frames[1][:22]).any()


def test_pictures_have_the_names_of_their_maps_and_odd_frames_are_left_out():
    odd = States(IMAGES.observations, frames=np.zeros((2, 5)))
    pictures = map_pictures(odd, {MapKey("value", "greydanus"): MAPS[VALUE]})
    assert sorted(pictures) == ["value/greydanus/probe_00", "value/greydanus/probe_01"]
    assert pictures["value/greydanus/probe_00"].dtype == np.uint8
