"""Many looks at a glance: a heat map of where the gaze was, and a few moments as a film strip."""

import cv2
import numpy as np

from ...policies import Retina
from ..states.gaze_record import GazeRecord
from ..states.notes import patch_boxes
from .layout import captioned, enlarged, side_by_side
from .map_picture import newest_frame, outlined
from .said_at_looks import look_text, named, write_word

LONGEST_PATH = 32  # looks that are drawn side by side; of more there is an overview
MOMENTS = 8  # of the film strip
OF_FEW = 0.5  # power of the shares of one episode's heat map: its looks are few beside those of many episodes
BINS = 40  # on each side of a heat map
FAINT_PATH = 0.25  # share of its colour in the picture
OF_OVERVIEW = (
    "Left: where the gaze was in all looks, most where red; the thin line is its path. Then moments at equal distances, from the "
    "first look to the last. The outline is the sharpest patch. Above it: number of the look, best answer, its {believed}."
)
OF_NAMING_OVERVIEW = (
    "Left: where the gaze was in all looks, most where red; the thin line is its path. Each answer stands beside the look at which "
    "it was said: green is right, red is wrong. Then moments at equal distances, from the first look to the last. The outline is "
    "the sharpest patch. Above it: {above}"
)
PATH, HOT = (255, 255, 255), np.array([255, 40, 30])  # RGB


def overview_picture(record: GazeRecord, episode: int, side: int) -> np.ndarray:
    """
    One long episode as a row. A path with a mark for each look cannot be read when there are hundreds. So the row has a heat map
    of all looks on their mean image with the path faint above it, and the image at a few moments with the sharpest patch outlined.

    :param record: of episodes
    :param episode: which
    :param side: pixels of an image
    :return: (CAPTION + side, W, 3) uint8
    """
    steps, size = int(record.looks[episode]), record.glimpses.shape[-1]
    gazes = record.gazes[:steps, episode]
    left = _with_path(heated(mean_image(record.images[:steps, episode], side), gazes, OF_FEW), gazes)
    told = [look_text(record, t, episode) for t in range(steps)]
    for look, gaze in zip(told, gazes, strict=True):
        if look.word:
            write_word(left, look.word, look.right, pixel(gaze, left.shape))
    right = "" if record.labels is None else f", label {named(record, int(record.labels[episode]))}"
    parts = [captioned(left, f"all {steps} looks{right}")]
    sharpest = Retina(size, 1)
    for t in moments(steps):
        parts.append(captioned(with_patches(record, t, episode, sharpest, side), told[t].text, told[t].colour))
    return side_by_side(parts)


def with_patches(record: GazeRecord, t: int, episode: int, retina: Retina, side: int) -> np.ndarray:
    """
    What an episode shows at a step, with the patches of a retina outlined. It is the env's own picture, if there is one.

    :param record: of episodes
    :param t: the step
    :param episode: which; the env draws itself in episode 0 alone
    :param retina: whose patches
    :param side: pixels of the picture's height
    :return: (H, W, 3) uint8
    """
    seen = record.images[t, episode]
    drawn = newest_frame(seen) if record.frames is None or episode else record.frames[t]
    boxes = patch_boxes(record.gazes[t, episode][None], retina, seen.shape[-2:])[0]
    return outlined(enlarged(drawn, side), boxes, seen.shape[-2:])


def moments(steps: int, most: int = MOMENTS) -> list[int]:
    """
    Steps at equal distances, the first and the last among them.

    :param steps: of an episode, counted from 0
    :param most: of these moments, at least 2
    """
    return sorted({round(t) for t in np.linspace(0, max(steps - 1, 0), most)})


def heated(image: np.ndarray, gazes: np.ndarray, power: float = 1.0) -> np.ndarray:
    """
    An image, the redder where the gaze was the more often.

    :param image: (H, W, 3) uint8
    :param gazes: (T, 2)
    :param power: of the share of the most frequent place; below 1 rare places can be seen, too
    :return: (H, W, 3) uint8
    """
    counts, _, _ = np.histogram2d(gazes[:, 1], gazes[:, 0], bins=BINS, range=[[-1, 1], [-1, 1]])
    smooth = cv2.GaussianBlur(counts.astype(np.float32), (5, 5), 0)
    share = (smooth / max(float(smooth.max()), 1e-9)) ** power
    heat = cv2.resize(share, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)[:, :, None]
    return np.clip(image * (1 - heat) + HOT * heat, 0, 255).astype(np.uint8)


def pixel(gaze: np.ndarray, shape: tuple[int, ...]) -> tuple[int, int]:
    """(x, y) of a gaze on a picture (H, W, ...)."""
    x, y = (gaze + 1) / 2 * (shape[1], shape[0])
    return round(float(x)), round(float(y))


def mean_image(images: np.ndarray, side: int) -> np.ndarray:
    """
    The mean of several images as a picture.

    :param images: (T, C, H, W) uint8
    :param side: pixels of the picture's height
    :return: (H', W', 3) uint8
    """
    return enlarged(newest_frame(np.round(images.mean(axis=0)).astype(np.uint8)), side)


def _with_path(picture: np.ndarray, gazes: np.ndarray) -> np.ndarray:
    points = np.array([pixel(gaze, picture.shape) for gaze in gazes], np.int32)
    drawn = cv2.polylines(picture.copy(), [points], False, PATH, 1, cv2.LINE_AA)
    return cv2.addWeighted(drawn, FAINT_PATH, picture, 1 - FAINT_PATH, 0)
