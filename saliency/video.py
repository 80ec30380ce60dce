"""Frames as an mp4 that browsers and Weights & Biases play."""

from collections.abc import Iterable
from pathlib import Path

import imageio.v2 as imageio
import numpy as np


def write_mp4(path: Path, frames: Iterable[np.ndarray], fps: int = 15) -> None:
    """
    Encode a video (H.264); it appears under its name only when it is complete.

    :param path: ends in ``.mp4``
    :param frames: (H, W, 3) uint8 RGB, all of one size, which is cut to even numbers as the codec needs
    :param fps: frames a second; 15 is Atari's own speed at 4 emulator frames an env step
    """
    part = path.with_name(f".part-{path.name}")
    with imageio.get_writer(part, fps=fps, codec="libx264", quality=7, macro_block_size=1) as writer:
        for frame in frames:
            writer.append_data(frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2])
    part.replace(path)
