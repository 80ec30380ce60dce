"""Jacobians through time as pictures: the T x T square, and a film of the frames behind each decision."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from ..statistics.memory_statistics import lag_profile, mean_lag, peak_lag
from .entry_picture import strength_of
from .layout import CAPTION, HEIGHT, captioned, enlarged, side_by_side
from .map_picture import full_colour_at, newest_frame, overlay
from .text import paragraph, short, write
from .vector_picture import small_bars

SIDE = 640  # pixels of the square, at most
MARGIN = 44  # pixels left of and below a chart
PAST = 8  # frames that a film shows beside the present one, in two rows
SMALL = (HEIGHT + CAPTION) // 2 - CAPTION  # pixels of their height
TICKS = 5
UNASKED = 235  # grey level of steps after the last decision
OF_JACOBIAN = "the norm of the derivative of the head at one step by the observation of another"


def time_square(
    norms: np.ndarray,
    title: str,
    starts: np.ndarray | None = None,
    outputs: Sequence[int] | np.ndarray | None = None,
    strength: str = OF_JACOBIAN,
) -> np.ndarray:
    """
    Norms of a sequential Jacobian as a square, decisions down and observations across, beside their mean by lag.

    :param norms: (T_out, T)
    :param title: of the head
    :param starts: (T,) whether an episode starts there; drawn as lines
    :param outputs: (T_out,) the steps of the decisions, rising; all by default. Each is drawn as high as the steps up to the next
    :param strength: what the norms are
    :return: (H, W, 3) uint8 RGB
    """
    steps, decided = norms.shape[1], np.arange(len(norms)) if outputs is None else np.asarray(outputs)
    cell = max(SIDE // steps, 1)
    row_of = np.searchsorted(decided, np.arange(steps))  # of each step the decision that comes next, or none
    scale = full_colour_at(norms[norms > 0]) if (norms > 0).any() else 1.0
    share = np.clip(norms / scale, 0, 1)[:, :, None]
    rows = (255 + share * (np.array([200, 20, 20]) - 255)).astype(np.uint8)
    square = np.concatenate([rows, np.full_like(rows[:1], UNASKED)])[row_of]
    square = np.ascontiguousarray(square.repeat(cell, 0).repeat(cell, 1))
    for t in np.flatnonzero(starts) if starts is not None else ():
        if t > 0:
            square[t * cell, :], square[:, t * cell] = (90, 120, 255), (90, 120, 255)
    chart = _with_axes(square, "seen at step", "decided at step", steps, steps)
    profile = lag_profile(norms, decided, starts)
    caption = f"{title}: mean lag {mean_lag(norms, decided):.2f} steps, largest mean norm at lag {peak_lag(profile)}"
    some = "" if len(norms) == steps else f" {len(norms)} decisions are shown, each as high as the steps since the one before."
    legend = (
        f"Left: red is {strength}; white is 0, full red is {short(scale)}. Blue lines: an episode starts.{some} "
        "Right: the mean of these norms by how many steps back the observation was."
    )
    bars = _with_axes(_bars(profile, square.shape[0], min(square.shape[1], 320)), "steps back", "mean norm", len(profile), 0)
    wide = side_by_side([chart, bars])
    return np.concatenate([captioned(wide, caption), paragraph(legend, wide.shape[1])])


def time_film(
    observations: np.ndarray,
    jacobian: np.ndarray,
    frames: np.ndarray | None = None,
    head: str = "the head",
    names: Sequence[str] = (),
    outputs: Sequence[int] | None = None,
) -> Iterator[np.ndarray]:
    """
    For every decision the present frame and the frames before it, each with its part of the Jacobian. All frames of one decision
    share a colour scale. Vectors are bars. The percentages are shares of the Jacobian's absolute sum over all frames up to now.

    :param observations: (T, C, H, W) or (T, D), of one trajectory
    :param jacobian: (T_out, T, ...) of one head, as :func:`saccade.saliency.sequential_jacobian` gives it
    :param frames: the game's own pictures (T, H, W, 3) uint8, or None
    :param head: its name
    :param names: of a vector's features
    :param outputs: (T_out,) the steps of the decisions; all by default
    :return: T_out pictures, one after the other
    """
    vectors = observations.ndim < 3
    total = np.abs(jacobian).reshape(*jacobian.shape[:2], -1).sum(axis=2)
    for row, t in enumerate(range(len(observations)) if outputs is None else outputs):
        whole = max(float(total[row].sum()), 1e-30)
        recent = jacobian[row, max(t - PAST, 0) : t + 1]
        strengths = np.abs(recent) if vectors else np.stack([*map(strength_of, recent)])
        scale = float(strengths.max()) if vectors else full_colour_at(strengths)
        parts = []
        for back in range(PAST, -1, -1):
            height, past = HEIGHT if back == 0 else SMALL, t - back
            share = f"{total[row, max(past, 0)] / whole:.0%}"
            text = f"step {t}, now: {share}" if back == 0 else f"{back} back: {share}"
            if vectors:
                shown = small_bars(jacobian[row, max(past, 0)], scale, height, names if back == 0 else None)
            else:
                shown = overlay(
                    enlarged(newest_frame(observations[max(past, 0)]), height), strength_of(jacobian[row, max(past, 0)]), scale
                )
            parts.append(captioned(shown, text) if past >= 0 else captioned(np.full_like(shown, 235), ""))
        now = parts[-1] if frames is None else side_by_side([parts[-1], captioned(enlarged(frames[t], HEIGHT), "game")])
        picture = side_by_side([_two_rows(parts[:-1]), now])
        said = f"What {head} rests on at step {t}: the percentages are shares of the absolute derivatives by all frames up to now."
        yield np.concatenate([paragraph(said, picture.shape[1]), picture])


def _two_rows(parts: list[np.ndarray]) -> np.ndarray:
    half = len(parts) // 2
    return np.concatenate([side_by_side(parts[:half]), side_by_side(parts[half:])], axis=0)


def _bars(profile: np.ndarray, height: int, width: int) -> np.ndarray:
    """Mean norm by lag, as bars from the bottom."""
    picture = np.full((height, width, 3), 250, np.uint8)
    most = np.nanmax(profile)
    for lag, mean in enumerate(profile):
        left, right = (round(edge * width / len(profile)) for edge in (lag, lag + 1))
        top = height - (round(height * mean / most) if most > 0 else 0)
        picture[top:, left : max(right - 1, left + 1)] = (200, 20, 20)
    return picture


def _with_axes(picture: np.ndarray, across: str, down: str, columns: int, rows: int) -> np.ndarray:
    """A picture with numbers and names on its axes. With ``rows`` of 0 the vertical axis has no numbers."""
    height, width = picture.shape[:2]
    framed = np.full((height + MARGIN, width + MARGIN, 3), 255, np.uint8)
    framed[:height, MARGIN:] = picture
    for k in range(TICKS):
        step = k * columns // TICKS
        write(framed, str(step), MARGIN + step * width // columns, height + 14)
        if rows:
            write(framed, str(k * rows // TICKS), 6, (k * rows // TICKS) * height // rows + 12)
    write(framed, across, MARGIN + width // 2 - 40, height + 34)
    label = np.full((MARGIN // 2, height, 3), 255, np.uint8)
    write(label, down, height // 2 - 50, 15)
    turned = cv2.rotate(label, cv2.ROTATE_90_COUNTERCLOCKWISE)
    beside = framed[:height, MARGIN - turned.shape[1] : MARGIN]
    np.minimum(beside, turned, out=beside)
    return framed
