"""Folders of gaze events, made as GazeCallback makes them."""

from pathlib import Path

import numpy as np

from saccade.saliency.pictures.layout import write_png
from saccade.saliency.whole_file import write_npz


def with_gazes(run: Path, believed: str = "Q") -> Path:
    """Two looks at one game; whatever is right is known."""
    (run / "gaze").mkdir(parents=True)
    gazes, beliefs = np.float32([[[0, 0]], [[0.6, 0.8]]]), np.float32([[[0.5, 0.5]], [[0.1, 0.9]]])
    arrays = {"env_steps": np.array(0), "gazes": gazes, "beliefs": beliefs, "labels": np.array([1]), "believed": np.array(believed)}
    write_npz(run / "gaze" / "step_0000000000.npz", arrays)
    write_png(run / "gaze" / "step_0000000000_heat_map.png", np.zeros((4, 4, 3), np.uint8))
    return run
