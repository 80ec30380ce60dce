"""The path of a gaze on the image, and the glimpses as the eye sees them."""

from collections.abc import Iterator

import cv2
import numpy as np

from ...policies import Retina
from ..states.gaze_record import GazeRecord
from .gaze_overview import (
    LONGEST_PATH,
    OF_NAMING_OVERVIEW,
    OF_OVERVIEW,
    heated,
    mean_image,
    overview_picture,
    pixel,
    with_patches,
)
from .layout import CAPTION, captioned, contact_sheet, enlarged, side_by_side
from .map_picture import newest_frame
from .said_at_looks import ABOVE_LOOKS, look_text, named, right_answers, write_word
from .text import FAINT, paragraph, text_strip

SIDE = 240  # pixels of an image, and of the eye's view beside it
OF_PATHS = (
    "Left: the last image with the path of the gaze, from blue (first look) to red (last). Then every look as the network gets it, "
    "sharp in the middle and coarse around. Above it: number of the look, best answer, its {believed}. A wrong answer is red."
)
OF_NAMING = (
    "Left: the image with the path of the gaze up to the last answer, from blue (first look) to red (last). Each answer stands "
    "beside the look at which it was said: green is right, red is wrong. Then every look as the network gets it. Above it: {above}"
)
OF_FILM = "Left: the bright outline is the sharpest patch, the others are coarser. Right: what the network gets."
EARLY, LATE = np.array([60, 140, 255]), np.array([255, 40, 30])  # RGB of the path


def eye_view(glimpse: np.ndarray, scales: int, side: int = SIDE) -> np.ndarray:
    """
    What the eye sees: the coarsest patch, with the finer ones in its middle.

    :param glimpse: (K * C, g, g) from 0 to 1
    :param scales: K
    :param side: pixels
    :return: (side, side, 3) uint8
    """
    patches = np.round(255 * np.clip(glimpse, 0, 1)).astype(np.uint8).reshape(scales, -1, *glimpse.shape[1:])
    view = np.zeros((side, side, 3), dtype=np.uint8)
    for k in range(scales - 1, -1, -1):
        width = max(side >> (scales - 1 - k), 1)
        start = (side - width) // 2
        view[start : start + width, start : start + width] = cv2.resize(
            newest_frame(patches[k]), (width, width), interpolation=cv2.INTER_NEAREST
        )
    return view


def path_picture(record: GazeRecord, episode: int, scales: int) -> np.ndarray:
    """
    One episode as a row: the last image with the path of the gaze from blue to red, then each glimpse with the likeliest action.
    An episode of more than ``LONGEST_PATH`` looks is an overview instead (:func:`~.gaze_overview.overview_picture`): a heat map
    with the path faint, and a few moments as a film strip.

    :param record: of episodes
    :param episode: which
    :param scales: of the retina
    :return: (CAPTION + SIDE, W, 3) uint8
    """
    steps = int(record.looks[episode])
    if steps > LONGEST_PATH:
        return overview_picture(record, episode, SIDE)
    image = enlarged(newest_frame(record.images[-1, episode]), SIDE)
    points = [pixel(gaze, image.shape) for gaze in record.gazes[:, episode]]
    told = [look_text(record, t, episode) for t in range(steps)]
    for t in range(steps):
        colour = _colour(t, steps)
        if t:
            cv2.line(image, points[t - 1], points[t], colour, 1, cv2.LINE_AA)
        cv2.circle(image, points[t], 4, colour, -1, cv2.LINE_AA)
    for t, look in enumerate(told):
        if look.word:
            write_word(image, look.word, look.right, points[t])
    if record.said is not None:
        parts = [captioned(image, f"right: {right_answers(record, episode)}")]
    else:
        parts = [captioned(image, "" if record.labels is None else f"label {named(record, int(record.labels[episode]))}")]
    for t, look in enumerate(told):
        parts.append(captioned(eye_view(record.glimpses[t, episode], scales), look.text, look.colour))
    return side_by_side(parts)


def heat_map(record: GazeRecord) -> np.ndarray:
    """
    Where the gaze was, in all episodes and at all steps except the first, on the mean image.

    :param record: of episodes
    :return: (CAPTION + SIDE, W, 3) uint8
    """
    gazes = record.gazes[1:] if len(record.gazes) > 1 else record.gazes
    points = gazes.reshape(-1, 2)
    image = mean_image(record.images.reshape(-1, *record.images.shape[2:]), SIDE)
    return captioned(heated(image, points), f"{len(points)} gazes, most where red")


def path_sheet(record: GazeRecord, episodes: int, scales: int) -> np.ndarray:
    """
    Several episodes as rows, below a line that says how to read them.

    :param record: of episodes
    :param episodes: how many
    :param scales: of the retina
    :return: (H, W, 3) uint8
    """
    rows = [path_picture(record, i, scales) for i in range(episodes)]
    width = max(row.shape[1] for row in rows)
    return contact_sheet([*(paragraph(legend, width) for legend in legends(record, episodes)), *rows])


def legends(record: GazeRecord, episodes: int) -> list[str]:
    """
    How to read the rows of a sheet: one text for its short episodes, one for its overviews.

    :param record: of episodes
    :param episodes: how many are on the sheet
    """
    long = record.looks[:episodes] > LONGEST_PATH
    of_short, of_long = (OF_PATHS, OF_OVERVIEW) if record.said is None else (OF_NAMING, OF_NAMING_OVERVIEW)
    needed = [*([of_short] if not long.all() else []), *([of_long] if long.any() else [])]
    return [text.format(believed=record.believed, above=ABOVE_LOOKS) for text in needed]


def gaze_frames(record: GazeRecord, retina: Retina) -> Iterator[np.ndarray]:
    """
    The frames of a video: the game, in its own colours where it draws itself, with the retina's patches outlined; what the eye
    sees beside it; and a line with the step, the likeliest action and the score so far.

    :param record: of consecutive steps; env 0 is filmed, the only one whose own pictures a record has
    :param retina: of the policy
    """
    scores = None if record.rewards is None else np.cumsum(record.rewards[:, 0])
    for t in range(len(record.images)):
        image = with_patches(record, t, 0, retina, 2 * SIDE)
        picture = side_by_side([image, eye_view(record.glimpses[t, 0], retina.scales, 2 * SIDE)])
        belief = record.beliefs[t, 0]
        score = "" if scores is None else f"   score {scores[t] - record.rewards[t, 0]:g}"  # type: ignore[index]
        line = f"step {t}   action {named(record, int(belief.argmax()))} ({record.believed} {belief.max():.2f}){score}"
        yield np.concatenate(
            [text_strip(line, picture.shape[1], height=CAPTION), picture, text_strip(OF_FILM, picture.shape[1], FAINT)]
        )


def _colour(t: int, steps: int) -> tuple[int, int, int]:
    share = t / max(steps - 1, 1)
    r, g, b = (EARLY * (1 - share) + LATE * share).astype(int).tolist()
    return r, g, b
