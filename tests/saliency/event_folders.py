"""Folders of saliency events, made as SaliencyCallback makes them."""

import json
from pathlib import Path

import numpy as np

from saccade.saliency import ProbeSet
from saccade.saliency.whole_file import write_npz


def probe_set(count: int = 3, size: int = 84, seed: int = 0, frames: bool = True) -> ProbeSet:
    """Random states with frames and phases."""
    random = np.random.default_rng(seed)
    observations = random.integers(0, 256, (count, 4, size, size), dtype=np.uint8)
    pictures = random.integers(0, 256, (count, 210, 160, 3), dtype=np.uint8) if frames else None
    return ProbeSet(observations, pictures, np.linspace(0.1, 0.9, count))


def noise(probes: ProbeSet, seed: int, scale: float = 1.0) -> np.ndarray:
    """Maps of the probes' shape, float32."""
    return (scale * np.random.default_rng(seed).standard_normal(probes.observations.shape)).astype(np.float32)


def write_event(
    folder: Path, probes: ProbeSet, env_steps: int, maps: dict[str, np.ndarray], figures: dict[str, float] | None = None
) -> Path:
    """One file, with figures if they are given."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"step_{env_steps:010d}.npz"
    told = {} if figures is None else {"figures": np.array(json.dumps(figures))}
    write_npz(path, {"probe_hash": np.array(probes.hash), "env_steps": np.array(env_steps), **maps, **told})
    return path


def write_run(
    folder: Path,
    probes: ProbeSet,
    steps: tuple[int, ...],
    heads: tuple[str, ...] = ("value", "advantage"),
    seed: int = 0,
    scale: float = 1.0,
    states: bool = True,
) -> Path:
    """A run folder with events of noise, and the states unless they are to be missing."""
    for i, env_steps in enumerate(steps):
        maps = {head: noise(probes, 1000 * seed + 10 * i + j, scale) for j, head in enumerate(heads)}
        write_event(folder / "saliency", probes, env_steps, maps)
    if states:
        probes.save(folder / "saliency" / "probes.npz")
    return folder


def write_looks(folder: Path, env_steps: int = 0, **more: np.ndarray) -> Path:
    """One event of gazes without pictures: two looks at one game."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"step_{env_steps:010d}.npz"
    gazes, beliefs = np.float32([[[0, 0]], [[0.6, 0.8]]]), np.float32([[[0.5, 0.5]], [[0.1, 0.9]]])
    write_npz(path, {"env_steps": np.array(env_steps), "gazes": gazes, "beliefs": beliefs, **more})
    return path
