"""One moment of training as the callback keeps it: maps as numbers, as pictures, as a video, as curves."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..methods.maps import Maps, split_name
from ..pictures.picture import contact_sheet, full_colour_at, panel, write_png
from ..pictures.video import write_mp4
from ..states.play import Stretch
from ..states.probe_set import ProbeSet
from ..statistics.map_statistics import entropy, gini, magnitude, norms
from ..whole_file import write_npz

PROBES = "probes.npz"  # beside the events


@dataclass(frozen=True)
class SaliencyEvent:
    """
    :param env_steps: of training, when the maps were made
    :param probes: the states
    :param maps: {head: (P, ...)} on the probe set; those of a method other than the Jacobian as ``<head>/<method>``
    :param stretch: consecutive states, or None
    :param stretch_maps: {head: (T, ...)} on the stretch
    :param figures: {curve: value}, kept beside the maps
    """

    env_steps: int
    probes: ProbeSet
    maps: Maps
    stretch: Stretch | None = None
    stretch_maps: Maps | None = None
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """Of the file names; they sort by time."""
        return f"step_{self.env_steps:010d}"

    def rows(self) -> list[dict[str, Any]]:
        """A row a map, for a table: probe, head, method, the picture's name, its strength in full red, and figures of it alone."""
        return [
            {
                "probe": i,
                "head": split_name(name)[0],
                "method": split_name(name)[1],
                "map": f"{name}/probe_{i:02d}",
                "scale": full_colour_at(strength[i]),
                "norm": float(sizes[i]),
                "entropy": float(spread[i]),
                "gini": float(uneven[i]),
            }
            for name, maps in self.maps.items()
            for strength, sizes in [(magnitude(maps), norms(maps))]
            for spread, uneven in [(entropy(strength), gini(strength))]
            for i in range(len(maps))
        ]

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
            f"{head}/probe_{i:02d}": panel(
                observation, {head: maps[i]}, None if self.probes.frames is None else self.probes.frames[i]
            )
            for head, maps in self.maps.items()
            for i, observation in enumerate(self.probes.observations)
        }

    def write(self, folder: Path) -> Path | None:
        """
        ``step_<env steps>.npz`` (raw signed maps, with the probe set's hash and the figures), ``.png`` (all probes) and ``.mp4``
        (the stretch); with the first event of a folder ``probes.npz``, the states.

        :param folder: where
        :return: the video, if there is one
        """
        folder.mkdir(parents=True, exist_ok=True)
        raw, sheet, video = (folder / f"{self.stem}{suffix}" for suffix in (".npz", ".png", ".mp4"))
        about = {"probe_hash": self.probes.hash, "env_steps": self.env_steps, "figures": json.dumps(self.figures)}
        flat = {name: x if x.ndim == 4 else x.reshape(len(x), -1) for name, x in self.maps.items()}  # what is no image is a vector
        write_npz(raw, {**{name: np.array(x) for name, x in about.items()}, **flat})
        if not (folder / PROBES).exists():
            self.probes.save(folder / PROBES)
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
