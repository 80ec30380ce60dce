"""One moment of training as the callback keeps it: maps as numbers, as pictures, as a video, as curves."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .map_statistics import magnitude, map_figures
from .npz_file import write_npz
from .picture import contact_sheet, full_colour_at, panel, write_png
from .probe_set import ProbeSet
from .sightings import Stretch
from .video import write_mp4

Maps = dict[str, np.ndarray]  # {head: signed (B, ...)}


@dataclass(frozen=True)
class SaliencyEvent:
    """
    :param env_steps: of training, when the maps were made
    :param probes: the states
    :param maps: {head: (P, ...)} on the probe set
    :param stretch: consecutive states, or None
    :param stretch_maps: {head: (T, ...)} on the stretch
    """

    env_steps: int
    probes: ProbeSet
    maps: Maps
    stretch: Stretch | None = None
    stretch_maps: Maps | None = None

    @property
    def stem(self) -> str:
        """Of the file names; they sort by time."""
        return f"step_{self.env_steps:010d}"

    def curves(self, before: Maps | None) -> dict[str, float]:
        """
        The event in numbers (:func:`map_figures`).

        :param before: the maps of the event before, on the same probes
        """
        return map_figures(self.maps, before)

    def probe_panels(self) -> list[np.ndarray]:
        """A picture a probe: the state, and every head's map beside it."""
        frames = self.probes.frames
        return [
            panel(observation, {head: maps[i] for head, maps in self.maps.items()}, None if frames is None else frames[i])
            for i, observation in enumerate(self.probes.observations)
        ]

    def head_pictures(self) -> dict[str, np.ndarray]:
        """``<head>/probe_00`` and so on: one map a picture, for viewers that lay runs side by side."""
        return {
            f"{head}/probe_{i:02d}": panel(observation, {head: maps[i]}, None if self.probes.frames is None else
                                           self.probes.frames[i])
            for head, maps in self.maps.items()
            for i, observation in enumerate(self.probes.observations)
        }

    def write(self, folder: Path) -> Path | None:
        """
        ``step_<env steps>.npz`` (raw signed maps, with the probe set's hash), ``.png`` (all probes) and ``.mp4`` (the stretch).

        :param folder: where
        :return: the video, if there is one
        """
        folder.mkdir(parents=True, exist_ok=True)
        raw, sheet, video = (folder / f"{self.stem}{suffix}" for suffix in (".npz", ".png", ".mp4"))
        write_npz(raw, {"probe_hash": np.array(self.probes.hash), "env_steps": np.array(self.env_steps), **self.maps})
        write_png(sheet, contact_sheet(self.probe_panels()))
        if self.stretch is None or self.stretch_maps is None:
            return None
        write_mp4(video, stretch_panels(self.stretch, self.stretch_maps))
        return video


def stretch_panels(stretch: Stretch, maps: Maps) -> Iterator[np.ndarray]:
    """
    A stretch of play with the maps laid over it; each head has one scale throughout, so that it can be seen to come and go.

    :param stretch: T consecutive states
    :param maps: {head: (T, ...)}
    :return: T pictures, one after the other
    """
    scales = {head: full_colour_at(magnitude(signed)) for head, signed in maps.items()}
    for t, observation in enumerate(stretch.observations):
        frame = None if stretch.frames is None else stretch.frames[t]
        yield panel(observation, {head: signed[t] for head, signed in maps.items()}, frame, scales)
