"""Frames as an mp4 that browsers and Weights & Biases play."""

import os
import struct
from collections.abc import Iterable
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np

from ..whole_file import whole_file

SMALLEST = 16  # pixels of a side; some players show nothing smaller


def write_mp4(path: Path, frames: Iterable[np.ndarray], fps: int = 15) -> None:
    """
    Encodes a video (H.264). Without frames there is no file.

    :param path: ends in ``.mp4``
    :param frames: (H, W, 3) uint8 RGB. The first one gives the size of the video; frames of other sizes are fitted into it
    :param fps: frames a second; 15 is Atari's own speed at 4 emulator frames an env step
    :raises OSError: if it cannot be written
    :raises RuntimeError: if there is no encoder
    """
    coming = iter(frames)
    first = next(coming, None)
    if first is None:
        return
    # The codec needs even numbers.
    height, width = (max(side + side % 2, SMALLEST) for side in first.shape[:2])
    with whole_file(path) as part:
        encoder = imageio_ffmpeg.write_frames(
            ffmpeg_name(part),
            (width, height),
            fps=fps,
            quality=7,
            macro_block_size=1,
            output_params=["-preset", "veryfast"],
            ffmpeg_log_level="fatal",  # an error is raised below
        )
        try:
            encoder.send(None)
            encoder.send(_fitted(first, height, width))
            for frame in coming:
                encoder.send(_fitted(frame, height, width))
        finally:
            encoder.close()
        if not _is_whole(part):  # its own lines are silent, and nobody tells its exit code
            raise OSError(f"the encoder could not write {path.name} to its end; is there room on the disk?")


def _is_whole(file: Path) -> bool:
    """Whether a file has the table of its frames (the box ``moov``), which the encoder writes last."""
    try:
        with file.open("rb") as opened:
            length = opened.seek(0, os.SEEK_END)
            place = 0
            while place + 8 <= length:
                opened.seek(place)
                size, kind = struct.unpack(">I4s", opened.read(8))
                size = struct.unpack(">Q", opened.read(8))[0] if size == 1 else size
                place += max(size, 8)
                if kind == b"moov":
                    return place <= length
    except (OSError, struct.error):  # no file, or half a box
        pass
    return False


def ffmpeg_name(path: Path) -> str:
    """
    A file as ffmpeg takes it. Without ``file:`` the text before a colon would be a protocol, and a dash at the start an option.

    :param path: any
    """
    return f"file:{path.absolute()}"


def _fitted(frame: np.ndarray, height: int, width: int) -> np.ndarray:
    """A frame on a white sheet of a size, made smaller if it is larger."""
    rows, columns = frame.shape[:2]
    zoom = min(height / rows, width / columns, 1.0)
    if zoom < 1:
        rows, columns = max(round(rows * zoom), 1), max(round(columns * zoom), 1)
        frame = cv2.resize(frame, (columns, rows), interpolation=cv2.INTER_AREA)
    if (rows, columns) == (height, width):
        return np.ascontiguousarray(frame)
    sheet = np.full((height, width, 3), 255, np.uint8)
    sheet[:rows, :columns] = frame
    return sheet
