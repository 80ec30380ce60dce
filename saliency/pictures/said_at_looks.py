"""What an agent thinks at each look, and what it says, where it names things one after the other."""

from dataclasses import dataclass

import cv2
import numpy as np

from ..states.gaze_record import GazeRecord
from .text import FAINT, FONT, INK

WRONG = (200, 30, 20)  # RGB of a wrong answer
RIGHT = (40, 160, 60)  # RGB of a right answer on the image
EDGE = (255, 255, 255)  # RGB around it
BESIDE = (7, -7)  # pixels from the look to the word
NOTHING_ASKED = "all is named"
ABOVE_LOOKS = (
    "the number of the look, and what was said; or the best answer so far, if it was put off. In brackets: its probability."
)


@dataclass(frozen=True)
class Said:
    """
    One look.

    :param text: what is written above it
    :param colour: RGB of the text
    :param word: what the agent said at it; empty if it said nothing
    :param right: whether that was right
    """

    text: str
    colour: tuple[int, int, int]
    word: str = ""
    right: bool = True


def look_text(record: GazeRecord, look: int, episode: int) -> Said:
    """
    What is written above a look: what an agent said at it or, where it names no things, its best answer. Red is wrong.

    :param record: of episodes
    :param look: counted from 0
    :param episode: which
    """
    if record.said is not None:
        return said_at(record, look, episode)
    belief = record.beliefs[look, episode]
    best = int(belief.argmax())
    right = record.labels is None or best == record.labels[episode]
    return Said(f"{look + 1}: {named(record, best)} ({belief[best]:.2f})", INK if right else WRONG)


def said_at(record: GazeRecord, look: int, episode: int) -> Said:
    """
    What an agent said at a look of an episode.

    :param record: of an env in which things are named one after the other
    :param look: counted from 0
    :param episode: which
    """
    assert record.said is not None
    assert record.asked is not None
    action, asked = int(record.said[look, episode]), int(record.asked[look, episode])
    if asked < 0:
        return Said(f"{look + 1}: {NOTHING_ASKED}", FAINT)
    answers = record.beliefs[look, episode, : record.answers]
    best = int(answers.argmax())
    share = float(answers[best] / max(float(answers.sum()), 1e-9))
    if action >= record.answers:
        return Said(f"{look + 1}: not yet ({named(record, best)} {share:.2f})", FAINT)
    right, word = action == asked, named(record, action)
    return Said(f"{look + 1}: says {word} ({share:.2f})", INK if right else WRONG, word, right)


def right_answers(record: GazeRecord, episode: int) -> str:
    """All things that were asked for in an episode, in their order."""
    assert record.said is not None
    assert record.asked is not None
    asked, told = record.asked[:, episode], record.answered[:, episode]
    open_ = np.flatnonzero((asked >= 0) & ~told)
    last = [asked[-1]] if len(open_) and open_[-1] == len(asked) - 1 else []
    return " ".join(named(record, int(one)) for one in [*asked[told], *last])


def write_word(image: np.ndarray, word: str, right: bool, point: tuple[int, int]) -> None:
    """
    Write what was said beside the look at which it was said.

    :param image: (H, W, 3) uint8, is changed
    :param word: what was said
    :param right: whether it was right
    :param point: of the look, (x, y) in pixels
    """
    (width, height), _ = cv2.getTextSize(word, FONT, 0.7, 2)
    left = min(max(point[0] + BESIDE[0], 0), image.shape[1] - width)
    bottom = min(max(point[1] + BESIDE[1], height), image.shape[0] - 1)
    for colour, thickness in ((EDGE, 5), (RIGHT if right else WRONG, 2)):
        cv2.putText(image, word, (left, bottom), FONT, 0.7, colour, thickness, cv2.LINE_AA)


def named(record: GazeRecord, action: int) -> str:
    """The name of an action, or its number."""
    return record.action_names[action] if action < len(record.action_names) else str(action)
