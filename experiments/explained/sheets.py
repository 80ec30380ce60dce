"""The further pictures of an explanation: maps beside things, and both attentions of a network."""

from pathlib import Path

from ...saliency import Explanation, States
from ...saliency.checks.object_relevance import masses
from ...saliency.extras import Extras
from ...saliency.pictures.attention_rows import attention_sheet, both_attentions
from ...saliency.pictures.layout import write_png
from ...saliency.pictures.object_bars import object_sheet
from ...saliency.states.notes import Notes


def write_sheets(folder: Path, explanation: Explanation, states: States, method: str, notes: Notes, extras: Extras) -> None:
    """
    ``objects.png`` if things are known in the states, and ``attentions.png`` if a head has an attention beside the first map.

    :param folder: that the explanation is written into
    :param explanation: with the maps
    :param states: that have the maps
    :param method: of the map that is shown first
    :param notes: what is said of the states
    :param extras: try the pictures
    """
    about, maps = explanation.about, explanation.maps
    if explanation.objects:
        extras.tried(
            lambda: write_png(
                folder / "objects.png", object_sheet(f"{about}: maps and things", states, maps, masses(maps, states), notes)
            )
        )
    if both_attentions(maps, method):
        extras.tried(
            lambda: write_png(folder / "attentions.png", attention_sheet(f"{about}: both attentions", states, maps, method, notes))
        )
