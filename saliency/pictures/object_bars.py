"""Maps with bars beside them: how much of each lies on the named things of the frame."""

from collections.abc import Iterable, Mapping

import numpy as np

from ..map_key import MapKey, Maps
from ..states.game_pictures import as_rgb
from ..states.notes import Notes
from ..states.states import States
from .colours import POSITIVE
from .entry_picture import entry_parts
from .event_pictures import legend_of_images, legends_of_retinas
from .layout import CAPTION, contact_sheet, side_by_side
from .map_picture import LEGEND
from .text import EDGE, FAINT, INK, LINE, fitting, paragraph, text_strip, width_of, write

BARS = 170  # pixels of the longest bar
LEAST = 2.0  # the longest bar's mass is at least this
HIGHEST_ROW = 40  # pixels
GREY = (150, 150, 150)  # RGB of the line at 1
OF_BARS = (
    "Bars: the share of the map on a thing, divided by the thing's share of the area. The line is at 1, which a map has that is "
    "the same everywhere. Bars of one frame have one scale. A thing without a number is not in the frame."
)

Masses = Mapping[MapKey, Mapping[str, np.ndarray]]  # {map: {thing: (B,)}}


def object_sheet(title: str, states: States, maps: Maps, masses: Masses, notes: Notes | None = None) -> np.ndarray:
    """
    States with their maps, and beside each map its bars.

    :param title: of the sheet
    :param states: B states with one picture each
    :param maps: signed (B, C, H, W)
    :param masses: relevance mass of the maps, by map and thing; NaN where a thing is not in the state
    :param notes: what is said of the states
    :return: (H, W, 3) uint8 RGB
    """
    observations, said = states.pictures()[""], notes or Notes()
    shown = {key: signed for key, signed in maps.items() if key in masses}
    panels = []
    for i in range(len(states)):
        frame = None if states.frames is None else as_rgb(states.frames[i])
        of_state = {key: signed[i] for key, signed in shown.items()}
        game, *pictures = entry_parts(observations[i], of_state, frame, boxes=said.boxes_of(i))
        height = game.shape[0] - CAPTION - LEGEND
        parts, bars_of_state = [game], [{name: float(x[i]) for name, x in masses[key].items()} for key in shown]
        most = longest(bars_of_state)
        for picture, bars in zip(pictures, bars_of_state, strict=True):
            parts += [picture, object_bars(bars, height, most)]
        panel = side_by_side(parts)
        caption = said.caption(i)
        panels.append(np.concatenate([text_strip(caption, panel.shape[1]), panel]) if caption else panel)
    width = max(panel.shape[1] for panel in panels)
    legends = [paragraph(text, width) for text in (legend_of_images(shown), *legends_of_retinas(notes), OF_BARS)]
    return contact_sheet([np.concatenate([text_strip(title, width), *legends]), *panels])


def longest(of_maps: Iterable[Mapping[str, float]]) -> float:
    """
    The mass of a bar of full length, for bars beside each other.

    :param of_maps: masses by name, of each map; NaN: the thing is not in the frame
    """
    return max([LEAST, *(x for masses in of_maps for x in masses.values() if np.isfinite(x))])


def object_bars(masses: Mapping[str, float], height: int, most: float | None = None) -> np.ndarray:
    """
    A bar for each thing.

    :param masses: by name; NaN: the thing is not in the frame
    :param height: pixels of the picture between caption and legend
    :param most: mass of a bar of full length, of :func:`longest`; None: that of these masses
    :return: (CAPTION + height + LEGEND, W, 3) uint8 RGB
    """
    most = longest([masses]) if most is None else most
    names = {name: name.replace("_", " ") for name in masses}
    left = EDGE + max(width_of(name) for name in names.values()) + 2 * EDGE
    width = left + BARS + width_of(" 00.0") + EDGE
    picture = np.full((height, width, 3), 255, np.uint8)
    step = min(max(height // len(masses), LINE), HIGHEST_ROW)
    picture[: step * len(masses), left + round(BARS / most)] = GREY
    for row, (name, mass) in enumerate(masses.items()):
        middle = row * step + step // 2
        known = np.isfinite(mass)
        write(picture, fitting(names[name], left - 2 * EDGE), EDGE, middle + 5, INK if known else FAINT)
        if known:
            length = round(BARS * mass / most)
            picture[middle - step // 4 : middle + step // 4, left : left + length] = POSITIVE
            write(picture, f"{mass:.1f}", left + length + EDGE, middle + 5)
    above, below = text_strip("share / area", width, height=CAPTION), np.full((LEGEND, width, 3), 255, np.uint8)
    return np.concatenate([above, picture, below])
