"""Folders of gaze events, made as GazeCallback makes them."""

from pathlib import Path

import numpy as np
from event_folders import write_looks

from saccade.saliency.pictures.layout import write_png


def with_gazes(run: Path, believed: str = "Q") -> Path:
    """Two looks at one game; whatever is right is known."""
    write_looks(run / "gaze", labels=np.array([1]), believed=np.array(believed))
    write_png(run / "gaze" / "step_0000000000_heat_map.png", np.zeros((4, 4, 3), np.uint8))
    return run
