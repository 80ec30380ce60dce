"""Both attentions of one network in a row."""

import numpy as np
import pytest

from saccade.saliency import MapKey, States
from saccade.saliency.pictures.attention_rows import attention_sheet, both_attentions
from saccade.saliency.pictures.layout import GAP, HEIGHT
from saccade.saliency.pictures.map_picture import FOVEA
from saccade.saliency.states.notes import Notes

CORNERS = {  # where each map is strong: a corner of its own
    MapKey("value", "jacobian_x_contrast"): (0, 0),
    MapKey("advantage", "jacobian_x_contrast"): (0, 1),
    MapKey("value", "attention"): (1, 0),
    MapKey("advantage", "attention"): (1, 1),
    MapKey("value"): (0, 0),
    MapKey("q"): (0, 0),
}
ROW = [(1, 0), (1, 1), (0, 0), (0, 1)]  # attention of V, of A, then the other map of V, of A


def maps(states: int = 1) -> dict[MapKey, np.ndarray]:
    made = {key: np.zeros((states, 2, 8, 8), np.float32) for key in CORNERS}
    for key, (down, across) in CORNERS.items():
        made[key][:, :, 4 * down : 4 * down + 4, 4 * across : 4 * across + 4] = 1.0
    return made


def drawn(sheet: np.ndarray) -> np.ndarray:
    """Where a map is drawn in full colour, (H, W)."""
    return (np.abs(sheet.astype(int) - (255, 240, 80)) < 2).all(axis=2)


@pytest.mark.parametrize("states", [1, 3])
def test_a_row_has_the_frame_then_attentions_then_the_other_maps(states):
    sheet = attention_sheet("both", States(np.zeros((states, 2, 8, 8), np.uint8)), maps(states), "jacobian_x_contrast")
    full = drawn(sheet)
    rows = np.flatnonzero(full.sum(axis=1) > 0.9 * HEIGHT)  # half of two maps each
    assert len(rows) == pytest.approx(states * HEIGHT, abs=2 * states)
    upper, lower = full[rows[HEIGHT // 4]], full[rows[3 * HEIGHT // 4]]
    for line, half in ((upper, 0), (lower, 1)):
        starts = np.flatnonzero(line[1:] & ~line[:-1]) + 1
        places = [int(start // (HEIGHT + GAP)) for start in starts]
        expected = [i + 1 for i, (down, _) in enumerate(ROW) if down == half]  # the frame is part 0
        assert places == expected
        offsets = [int(start % (HEIGHT + GAP)) > HEIGHT // 4 for start in starts]
        assert offsets == [bool(across) for down, across in ROW if down == half]


def test_the_gaze_is_outlined_on_every_part():
    boxes = np.array([[[[2, 2, 5, 5]], [[1, 1, 4, 4]]]])
    states = States(np.zeros((1, 2, 8, 8), np.uint8))
    sheet = attention_sheet("both", states, maps(), "jacobian_x_contrast", Notes(boxes=boxes))
    bright = (sheet == FOVEA).all(axis=2).any(axis=0)
    assert (np.diff(np.flatnonzero(bright)) > HEIGHT // 3).sum() == 4  # five parts


def test_only_heads_that_have_both():
    assert list(both_attentions(maps(), "jacobian")) == [MapKey("value", "attention"), MapKey("value")]
    assert not both_attentions({key: x for key, x in maps().items() if key.method != "attention"}, "jacobian")
    assert not both_attentions(maps(), "attention")
    with pytest.raises(ValueError, match="no head has both an attention and a map 'rise'"):
        attention_sheet("both", States(np.zeros((1, 2, 8, 8), np.uint8)), maps(), "rise")
