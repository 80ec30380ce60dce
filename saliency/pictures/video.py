"""Frames as an mp4 that browsers and Weights & Biases play."""

from collections.abc import Iterable
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from ..whole_file import whole_file


def write_mp4(path: Path, frames: Iterable[np.ndarray], fps: int = 15) -> None:
    """
    Encodes a video (H.264).

    :param path: ends in ``.mp4``
    :param frames: (H, W, 3) uint8 RGB, all of one size, which is cut to even numbers as the codec needs
    :param fps: frames a second; 15 is Atari's own speed at 4 emulator frames an env step
    :raises OSError: if it cannot be written
    :raises RuntimeError: if there is no encoder
    """
    with whole_file(path) as part:
        encoder = None
        try:
            for frame in frames:
                even = frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2]
                if encoder is None:
                    encoder = imageio_ffmpeg.write_frames(
                        str(part),
                        even.shape[1::-1],
                        fps=fps,
                        quality=7,
                        macro_block_size=1,
                        output_params=["-preset", "veryfast"],
                    )
                    encoder.send(None)
                encoder.send(np.ascontiguousarray(even))
        finally:
            if encoder is not None:
                encoder.close()
