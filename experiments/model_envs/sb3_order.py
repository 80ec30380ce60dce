"""
The wrappers between an env and a policy, in the order in which training had them: normalisation, stack of frames, transposition.

SB3 transposes last, because the algorithm does it. Users normalise before or after they stack, and some transpose by hand. So the
order is found by asking: each order makes a space out of the env's, and only the right one makes the policy's.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.preprocessing import is_image_space, is_image_space_channels_first
from stable_baselines3.common.vec_env import (
    StackedObservations,
    VecEnv,
    VecFrameStack,
    VecNormalize,
    VecTransposeImage,
    is_vecenv_wrapped,
)

from .fits import alike


@dataclass(frozen=True)
class Step:
    """
    One wrapper.

    :param name: for messages
    :param space: the space that it makes of another one, or None if it cannot
    :param wrap: wraps an env
    """

    name: str
    space: Callable[[spaces.Space], spaces.Space | None]
    wrap: Callable[[VecEnv], VecEnv]


def order_of(
    wanted: spaces.Space, env: VecEnv, stack: int | None = None, statistics: VecNormalize | None = None
) -> Sequence[Step] | None:
    """
    The steps that lead from an env to what a policy sees, the innermost first. RL Zoo's order is tried first: normalise, stack,
    transpose.

    :param wanted: what the policy sees
    :param env: without these wrappers
    :param stack: observations in a stack, if that is known; default: as many as the sizes say, if the bounds are those of a stack,
        too. (Wrappers that add earlier actions can have the same size.)
    :param statistics: of a VecNormalize, which has no env yet
    :return: None if no order leads there
    """
    given = env.observation_space
    frames = stack or _frames(wanted, given)
    fixed = [] if statistics is None else [_normalising(statistics)]
    turns: list[list[Step]] = [[]] if is_vecenv_wrapped(env, VecTransposeImage) else [[TRANSPOSING], []]
    for turn in turns:
        for stacking in [[]] if frames == 1 else [[_stacking(frames, order)] for order in (None, "last", "first")]:
            for steps in permutations([*fixed, *stacking, *turn]):
                if _leads(given, wanted, steps, exactly=stack is None and bool(stacking)):
                    return [step for step, before in _walk(given, steps) if step is not TRANSPOSING or _needs_turn(before)]
    return None


def wrapped(env: VecEnv, steps: Sequence[Step]) -> VecEnv:
    """
    :param env: to be wrapped
    :param steps: the innermost first
    """
    for step in steps:
        env = step.wrap(env)
    return env


def leading_frames(wanted: spaces.Space, given: spaces.Space) -> int:
    """Observations along a leading axis of their own, as gymnasium's ``FrameStackObservation`` puts them; 1 if there is none."""
    if isinstance(wanted, spaces.Box) and isinstance(given, spaces.Box) and wanted.shape[1:] == given.shape and wanted.shape:
        return wanted.shape[0]
    return 1


def _leads(given: spaces.Space, wanted: spaces.Space, steps: Sequence[Step], exactly: bool) -> bool:
    space: spaces.Space | None = given
    for step in steps:
        space = None if space is None else step.space(space)
    return space is not None and alike(wanted, space) and (not exactly or _same_bounds(wanted, space))


def _same_bounds(one: spaces.Space, other: spaces.Space) -> bool:
    if isinstance(one, spaces.Dict) and isinstance(other, spaces.Dict):
        return all(_same_bounds(one[key], other[key]) for key in one)
    if isinstance(one, spaces.Box) and isinstance(other, spaces.Box):
        return np.allclose(one.low, other.low) and np.allclose(one.high, other.high)
    return one == other


def _walk(given: spaces.Space, steps: Sequence[Step]) -> Iterator[tuple[Step, spaces.Space]]:
    """Each step with the space before it."""
    space = given
    for step in steps:
        yield step, space
        after = step.space(space)
        assert after is not None
        space = after


def _frames(wanted: spaces.Space, given: spaces.Space) -> int:
    """How many times as large the policy's observations are."""
    if isinstance(wanted, spaces.Dict) and isinstance(given, spaces.Dict):
        counts = {_frames(wanted[key], given[key]) for key in wanted if key in given.spaces}
        return counts.pop() if len(counts) == 1 else 1
    if not (isinstance(wanted, spaces.Box) and isinstance(given, spaces.Box)):
        return 1
    frames, left = divmod(math.prod(wanted.shape), math.prod(given.shape) or 1)
    return 1 if left or not frames else frames


def _stacking(frames: int, order: str | None) -> Step:
    def space(before: spaces.Space) -> spaces.Space | None:
        parts = before.spaces.values() if isinstance(before, spaces.Dict) else [before]
        if not all(isinstance(part, spaces.Box) and part.shape for part in parts):
            return None  # SB3 stacks nothing else
        return StackedObservations(1, frames, before, order).stacked_observation_space  # type: ignore[arg-type]

    return Step(f"stacks of {frames} observations", space, lambda env: VecFrameStack(env, frames, order))


def _normalising(statistics: VecNormalize) -> Step:
    def space(before: spaces.Space) -> spaces.Space | None:
        after = statistics.observation_space
        return after if _same_shapes(after, before) else None

    def wrap(env: VecEnv) -> VecEnv:
        statistics.set_venv(env)
        return statistics

    return Step("normalised observations", space, wrap)


def _same_shapes(one: spaces.Space, other: spaces.Space) -> bool:
    if isinstance(one, spaces.Dict) and isinstance(other, spaces.Dict):
        return one.keys() == other.keys() and all(_same_shapes(one[key], other[key]) for key in one)
    return type(one) is type(other) and one.shape == other.shape


def _images(space: spaces.Space) -> list[bool]:
    """For each image in a space, whether its channels come first."""
    parts = space.spaces.values() if isinstance(space, spaces.Dict) else [space]
    return [is_image_space_channels_first(part) for part in parts if is_image_space(part)]  # type: ignore[arg-type]


def _needs_turn(space: spaces.Space) -> bool:
    return not all(_images(space))


def _turned(before: spaces.Space) -> spaces.Space | None:
    if not _needs_turn(before):
        return before
    if any(_images(before)):
        return None  # some with the channels first and some with the channels last: SB3 refuses this
    if isinstance(before, spaces.Dict):
        turned = {key: VecTransposeImage.transpose_space(part) if is_image_space(part) else part for key, part in before.items()}  # type: ignore[arg-type]
        return spaces.Dict(turned)
    return VecTransposeImage.transpose_space(before)  # type: ignore[arg-type]


TRANSPOSING = Step("images transposed", _turned, VecTransposeImage)
