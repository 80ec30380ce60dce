"""Text on pictures: one typeface in one size that is read without zooming, and numbers in few digits."""

import math
import unicodedata

import cv2
import numpy as np

FONT = cv2.FONT_HERSHEY_SIMPLEX
SIZE = 0.5  # of the typeface: capitals of 11 pixels
LINE = 22  # pixels of a line
INK = (20, 20, 20)  # RGB
FAINT = (95, 95, 95)  # RGB, of what explains
EDGE = 4  # pixels left and right of a line


def plain(text: str) -> str:
    """
    Text in the characters that the typeface has: letters lose their accents, line ends become spaces, the rest becomes ``?``.

    :param text: any
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(c if " " <= c <= "~" else " " if c.isspace() else "?" for c in bare)


def width_of(text: str) -> int:
    """
    Pixels that a line takes.

    :param text: the line
    """
    return int(cv2.getTextSize(plain(text), FONT, SIZE, 1)[0][0])


def fitting(text: str, width: int) -> str:
    """
    Text that fits into a width; dots stand for what is cut off.

    :param text: the line
    :param width: pixels
    """
    text = plain(text)
    if width_of(text) <= width:
        return text
    while text and width_of(f"{text}...") > width:
        text = text[:-1]
    return f"{text}..." if text else ""


def write(picture: np.ndarray, text: str, left: int, bottom: int, colour: tuple[int, int, int] = INK) -> None:
    """
    Writes a line into a picture.

    :param picture: (H, W, 3) uint8; changed
    :param text: the line
    :param left: pixel where it begins
    :param bottom: pixel of the line that letters stand on
    :param colour: RGB
    """
    cv2.putText(picture, plain(text), (left, bottom), FONT, SIZE, colour, 1, cv2.LINE_AA)


def text_strip(text: str, width: int, colour: tuple[int, int, int] = INK, height: int = LINE) -> np.ndarray:
    """
    A white strip with one line of text.

    :param text: cut off where it does not fit
    :param width: pixels
    :param colour: RGB
    :param height: pixels
    :return: (height, width, 3) uint8
    """
    strip = np.full((height, width, 3), 255, dtype=np.uint8)
    write(strip, fitting(text, width - 2 * EDGE), EDGE, height - height // 3 + 1, colour)
    return strip


def paragraph(text: str, width: int) -> np.ndarray:
    """
    Faint lines of text, broken between words.

    :param text: as long as it likes
    :param width: pixels
    :return: (H, width, 3) uint8
    """
    lines: list[str] = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer) > width - 2 * EDGE:
            lines.append(word)
        else:
            lines[-1] = longer
    return np.concatenate([text_strip(line, width, FAINT) for line in lines])


def short(number: float) -> str:
    """
    A number in three digits.

    :param number: any
    """
    if not math.isfinite(number):
        return "not finite"
    if number == 0:
        return "0"
    if 1e-3 <= abs(number) < 1e5:
        return f"{number:.3g}" if abs(number) < 1000 else f"{number:.0f}"
    return f"{number:.1e}"
