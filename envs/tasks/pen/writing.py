"""Words of a batch, written point by point."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch as th

from .curves import DELAYED, LINES, Curves
from .letters import BASE_LINE, X_HEIGHT
from .words import END

Dots = Literal["after", "at once"]
NOBODY = -1  # a step that belongs to no letter
LEAST, LEAST_OF_DELAYED = 2, 4  # points of a line
JOIN = 5 / 9  # height at which letters meet
assert BASE_LINE == X_HEIGHT  # so that the letter x has height 1


@dataclass(frozen=True)
class Writing:
    """
    N words, written in R steps each. A word that needs fewer steps waits before it begins, so all words end at the last step.

    :param moves: (N, R, 2) from the last point to this one, in heights of the letter x; 0 while a word waits
    :param down: (N, R) bool, whether the move leaves ink. The move to the first point of a stroke does not
    :param ends: (N, R) bool, whether the pen is lifted after this step
    :param letters: (N, R) place in its word of the letter that a step belongs to, or -1. The move to a stroke belongs to the stroke
    :param strokes: (N, R) number of the stroke, in the order of writing, or -1. A stroke is what the pen writes without being
        lifted, so that it may go on through several letters
    :param dots: (N, R) bool, whether the step belongs to the dot of an i or j
    :param delayed: (N, R) bool, whether the step belongs to a dot, a bar of t or a second line of x
    """

    moves: th.Tensor
    down: th.Tensor
    ends: th.Tensor
    letters: th.Tensor
    strokes: th.Tensor
    dots: th.Tensor
    delayed: th.Tensor


@dataclass(frozen=True)
class _Plan:
    """Slots are the lines of a word in the order of writing, S = letters x lines of a letter. All (N, S)."""

    letter: th.Tensor  # place in the word
    line: th.Tensor
    table: th.Tensor  # row of the curves' table, over letters and lines
    there: th.Tensor  # bool
    jump: th.Tensor  # bool: the pen is lifted before it


def order_of_lines(max_letters: int, dots: Dots, device: th.device | str = "cpu") -> tuple[th.Tensor, th.Tensor]:
    """
    :param max_letters: L
    :param dots: ``"after"``: delayed lines follow the word, from left to right. ``"at once"``: they follow the letter's body
    :param device: of the result
    :return: letter and line of each slot, (S,) both
    """
    letter = th.arange(max_letters, device=device).repeat_interleave(LINES)
    line = th.arange(LINES, device=device).repeat(max_letters)
    order = th.argsort((line == DELAYED).long(), stable=True) if dots == "after" else th.arange(len(line), device=device)
    return letter[order], line[order]


def steps_at_least(words: th.Tensor, curves: Curves, dots: Dots) -> th.Tensor:
    """The fewest steps in which words (N, L) can be written, (N,)."""
    plan, _ = _plan(words, curves, dots)
    return (plan.jump + _least(plan)).sum(1)


def steps_needed(words: th.Tensor, points: float, curves: Curves, dots: Dots) -> th.Tensor:
    """Steps of words (N, L) at a middle speed, (N,); ``points`` as in :func:`write`."""
    plan, _ = _plan(words, curves, dots)
    speeds = th.full_like(words[:, 0], 1, dtype=th.float32) * points
    return (plan.jump + _least(plan) + _further(plan, curves, speeds).long()).sum(1)


def write(
    words: th.Tensor,
    style: Mapping[str, th.Tensor],
    points: float,
    steps: int,
    dots: Dots,
    curves: Curves,
    wobble: th.Tensor,
    noise: th.Tensor,
) -> Writing:
    """
    Write words. A word that would need more than ``steps`` steps is written faster.

    :param words: (N, L) places in the alphabet, -1 after the end
    :param style: as :func:`saccade.envs.tasks.pen.hands.styles` gives it
    :param points: for each height of the letter x along a line, at a middle speed
    :param steps: R, at least what :func:`steps_at_least` says
    :param dots: order of writing
    :param curves: of the letters
    :param wobble: (N, L, 2) in [-1, 1], of width and height of each letter
    :param noise: (N, R, 2) in [-1, 1], of each point of a word, in the order of writing
    """
    style = {name: values.to(th.float32) for name, values in style.items()}
    plan, shown = _plan(words, curves, dots)
    least = _least(plan)
    further = _further(plan, curves, points * style["log_speed"].exp())
    room = steps - (plan.jump + least).sum(1)
    further = (further * (room / further.sum(1).clamp(min=1)).clamp(max=1)[:, None]).floor().long()
    inked = least + further  # points of each line
    ends = (inked + plan.jump).cumsum(1)
    # Which line a step belongs to, and how far along it the step is.
    clock = th.arange(steps, device=words.device) - (steps - ends[:, -1:])
    begun = clock >= 0
    slot = th.searchsorted(ends, clock.clamp(min=0), right=True)
    place = clock.clamp(min=0) - (ends - inked).gather(1, slot)  # -1 on the move to a stroke
    fraction = (place + 1).float() / inked.gather(1, slot)

    sizes = 1 + style["wobble"][:, None, None] * wobble
    left = _edges(shown, curves, sizes)
    letter = plan.letter.gather(1, slot)
    at = _on_curve(plan.table.gather(1, slot), fraction, curves, style["smoothness"])
    at = _placed(at, letter, left, sizes)
    first = _on_curve(plan.table.gather(1, slot[:, :1]), th.zeros_like(fraction[:, :1]), curves, style["smoothness"])
    start = _placed(first, letter[:, :1], left, sizes)
    at = th.where(begun[..., None], at, start)  # a word that waits has its pen where it will begin
    path = _by_hand(th.cat([start, at], dim=1), style)
    # By the point of the word, not by the step: a word with a dot less has the same points before it.
    noise = noise.gather(1, clock.clamp(min=0)[..., None].expand(-1, -1, 2))
    path[:, 1:] += (style["log_size"].exp() * style["noise"])[:, None, None] * noise * begun[..., None]
    moves = path.diff(dim=1) * begun[..., None]

    down = begun & (place >= 0)
    lifted = th.cat([~down[:, 1:], th.ones_like(down[:, :1])], dim=1)
    delayed = begun & (plan.line.gather(1, slot) == DELAYED)
    return Writing(
        moves,
        down,
        down & lifted,
        th.where(begun, letter, NOBODY),
        th.where(begun, plan.jump.long().cumsum(1).gather(1, slot), NOBODY),
        delayed & curves.dots[shown].gather(1, letter),
        delayed,
    )


def _plan(words: th.Tensor, curves: Curves, dots: Dots) -> tuple[_Plan, th.Tensor]:
    """The slots of words (N, L), and the words with a letter that is never written after their end."""
    letter, line = (x.expand(len(words), -1) for x in order_of_lines(words.shape[1], dots, words.device))
    shown = words.clamp(min=0)
    table = shown.gather(1, letter) * LINES + line
    there = (words.gather(1, letter) != END) & (curves.lengths.flatten()[table] > 0)
    left = _edges(shown, curves, th.ones(*words.shape, 2, device=words.device)).gather(1, letter)
    offset = th.stack([left, th.zeros_like(left)], dim=-1)
    starts, ends = (curves.sharp[:, :, i].flatten(0, 1)[table] + offset for i in (0, -1))
    # The last slot before this one that is written.
    numbers = th.where(there, th.arange(there.shape[1], device=words.device), -1)
    before = th.cat([th.full_like(numbers[:, :1], -1), numbers.cummax(1).values[:, :-1]], dim=1)
    from_there = ends.gather(1, before.clamp(min=0)[..., None].expand(-1, -1, 2))
    jump = there & (before >= 0) & ((starts - from_there).abs().amax(-1) > 1e-3)
    return _Plan(letter, line, table, there, jump), shown


def _least(plan: _Plan) -> th.Tensor:
    return th.where(plan.line == DELAYED, LEAST_OF_DELAYED, LEAST) * plan.there


def _further(plan: _Plan, curves: Curves, points: th.Tensor) -> th.Tensor:
    """Points of each line beyond the fewest, (N, S); ``points`` (N,) for each unit of length."""
    return (curves.lengths.flatten()[plan.table] * points[:, None] - _least(plan)).clamp(min=0) * plan.there


def _edges(words: th.Tensor, curves: Curves, sizes: th.Tensor) -> th.Tensor:
    """The left edge of each letter, (N, L)."""
    widths = curves.widths[words] * sizes[..., 0]
    return widths.cumsum(1) - widths


def _on_curve(rows: th.Tensor, fraction: th.Tensor, curves: Curves, smoothness: th.Tensor) -> th.Tensor:
    """Points (N, R, 2) at a fraction (N, R) of the curves with these rows (N, R) of the table."""
    points = curves.sharp.shape[2]
    exact = fraction * (points - 1)
    first = exact.floor().clamp(max=points - 2)
    index = rows * points + first.long()
    sharp, smooth = (
        th.lerp(table.flatten(0, 2)[index], table.flatten(0, 2)[index + 1], (exact - first)[..., None])
        for table in (curves.sharp, curves.smooth)
    )
    return th.lerp(sharp, smooth, smoothness[:, None, None])


def _placed(points: th.Tensor, letter: th.Tensor, left: th.Tensor, sizes: th.Tensor) -> th.Tensor:
    """Points (N, R, 2) of letters, at the letter's place in the word. Letters grow from the height where they meet."""
    size = sizes.gather(1, letter[..., None].expand(-1, -1, 2))
    x = points[..., 0] * size[..., 0] + left.gather(1, letter)
    return th.stack([x, JOIN + (points[..., 1] - JOIN) * size[..., 1]], dim=-1)


def _by_hand(path: th.Tensor, style: Mapping[str, th.Tensor]) -> th.Tensor:
    """Points (N, R, 2) with the hand's base line, slant, aspect and size."""
    of = {name: values[:, None] for name, values in style.items()}
    x, y = path.unbind(-1)
    y = y + of["wander"] * th.sin(2 * th.pi * x / of["wave_length"] + of["phase"])
    x = (x + of["slant"] * y) * of["log_aspect"].exp()
    return th.stack([x, y], dim=-1) * of["log_size"].exp()[..., None]
