"""From the pixels of a screen to those of an observation."""

import cv2
import numpy as np


def coverage(masks: np.ndarray, height: int, width: int) -> np.ndarray:
    """
    How much of each pixel of an observation a thing covers. The masks are made smaller as the envs make their screens smaller, by
    the mean over the area of the new pixel (OpenCV's ``INTER_AREA``, in ALE's own vector env and in SB3's ``WarpFrame``).

    :param masks: (B, h, w) bool, of the whole screen
    :param height: of the observation, in pixels
    :param width: of the observation, in pixels
    :return: (B, H, W) float32 from 0 to 1
    """
    numbers = masks.astype(np.float32)
    if masks.shape[1:] == (height, width):
        return numbers
    return np.stack([cv2.resize(one, (width, height), interpolation=cv2.INTER_AREA) for one in numbers]).reshape(-1, height, width)
