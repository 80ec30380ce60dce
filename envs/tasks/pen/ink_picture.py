"""Pictures of ink for people."""

import cv2
import numpy as np

from ..strength_colours import strength_colour

HEIGHT, WIDTH = 160, 480  # pixels
MARGIN = 20
PAPER, INK, TIP, TEXT = (255, 255, 255), (20, 20, 60), (220, 30, 30), (150, 150, 150)
LABEL = "synthetic pen"  # says what the ink is
WEAK = np.array([185, 185, 200])  # ink of the strength 0
CELL = 14  # pixels of a question's mark
FINE = 4  # bits of a pixel in cv2's coordinates


def ink_pictures(moves: np.ndarray, down: np.ndarray, steps: int, text: str = "") -> np.ndarray:
    """
    What has been written after some steps.

    :param moves: (N, T, 2) from point to point; y points upwards. The whole of it fits the picture, so that nothing moves while the
        pen writes
    :param down: (N, T) bool, whether a move leaves ink
    :param steps: that have been made
    :param text: below the ink
    :return: (N, 160, 480, 3) uint8
    """
    pictures = np.empty((len(moves), HEIGHT, WIDTH, 3), dtype=np.uint8)
    pictures[:] = PAPER
    for picture, points, ink in zip(pictures, places(moves), down, strict=True):
        for t in np.flatnonzero(ink[:steps]):
            cv2.line(picture, points[t], points[t + 1], INK, 2, cv2.LINE_AA, FINE)
        if 0 < steps < len(ink) + 1:
            cv2.circle(picture, points[steps], 3 << FINE, TIP, -1, cv2.LINE_AA, FINE)
        cv2.putText(picture, LABEL, (8, HEIGHT - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.4, TEXT, 1, cv2.LINE_AA)
        cv2.putText(picture, text, (WIDTH - 110, HEIGHT - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.5, TIP, 1, cv2.LINE_AA)
    return pictures


def ink_by_strength(
    moves: np.ndarray,
    down: np.ndarray,
    strengths: np.ndarray | None,
    asked: np.ndarray | None = None,
    question: int | None = None,
) -> np.ndarray:
    """
    A whole word as ink, from grey (0) to red (1). A step without ink that has a strength is a dot where the pen is.

    :param moves: (T, 2) from point to point; y points upwards
    :param down: (T,) bool, whether a move leaves ink
    :param strengths: (T,) from 0 to 1; None: all ink is dark
    :param asked: (K,) strengths of the questions after the word, which are cells in the corner; None: there are none
    :param question: which of them is decided; its cell has a frame
    :return: (160, 480, 3) uint8
    """
    picture = np.full((HEIGHT, WIDTH, 3), PAPER, dtype=np.uint8)
    points = places(moves[None])[0]
    known = np.zeros(len(moves)) if strengths is None else strengths
    for t in np.argsort(known, kind="stable"):  # the strongest last, so that nothing hides it
        colour = INK if strengths is None else strength_colour(known[t], WEAK)
        if down[t]:
            cv2.line(picture, points[t], points[t + 1], colour, 2 + round(2 * float(known[t])), cv2.LINE_AA, FINE)
        elif known[t] > 0:
            cv2.circle(picture, points[t + 1], round(float(known[t]) * (4 << FINE)), colour, -1, cv2.LINE_AA, FINE)
    cv2.putText(picture, LABEL, (8, HEIGHT - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.4, TEXT, 1, cv2.LINE_AA)
    count = 0 if asked is None else len(asked)
    for k, strength in enumerate(() if asked is None else asked):
        right = WIDTH - 6 - (count - 1 - k) * (CELL + 2)
        corners = (right - CELL, HEIGHT - 6 - CELL), (right, HEIGHT - 6)
        cv2.rectangle(picture, *corners, strength_colour(strength, WEAK), -1)
        if k == question:
            cv2.rectangle(picture, *corners, INK, 2)
    return picture


def places(moves: np.ndarray) -> np.ndarray:
    """
    Where the points lie in a picture.

    :param moves: (N, T, 2) from point to point; y points upwards
    :return: (N, T + 1, 2) int32 in sixteenths of a pixel, as cv2 takes them with ``shift=4``; the first is where the pen begins
    """
    points = np.concatenate([np.zeros_like(moves[:, :1]), moves.cumsum(1)], axis=1) * (1, -1)
    low, high = points.min(1, keepdims=True), points.max(1, keepdims=True)
    room = np.array([WIDTH, HEIGHT]) - 2 * MARGIN
    scale = (room / np.maximum(high - low, 1e-6)).min(2, keepdims=True).clip(max=room.min() / 2)
    middle = np.array([WIDTH, HEIGHT]) / 2
    return np.round((middle + (points - (low + high) / 2) * scale) * 2**FINE).astype(np.int32)
