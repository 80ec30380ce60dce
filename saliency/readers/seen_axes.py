"""What the axes of a policy's observations are: asked of the space, of SB3 and of the policy's own convolutions."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.preprocessing import is_image_space
from torch import nn

from ..axes import are_axes, is_picture
from ..errors import NoMapError, ObservationError
from .head import Head
from .head_reader import head_reader
from .undisturbed.evaluation_mode import evaluating

ONLY = ""  # the key of observations that are not a dict
REMEMBERED = "saccade_axes"  # the policy's attribute that keeps the answer; copies of the policy have it too

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SeenAxes:
    """
    The axes of one entry of a policy's observations.

    :param letters: as in :mod:`saccade.saliency.axes`
    :param turned: whether the policy's convolutions take columns for rows
    :param guess: why these axes, if neither space nor policy tells; else empty
    """

    letters: str
    turned: bool = False
    guess: str = ""


def axes_of(policy: BasePolicy) -> dict[str, SeenAxes]:
    """
    The axes of every entry that can have a map. What had to be guessed, and what has no map, is logged the first time.

    A space of images of SB3 says it, or the policy does: one value of an observation is changed, and the place where the input of
    the first convolution changes tells which axis is which. A policy without convolutions does not tell; then the sizes decide
    (:func:`by_size`).

    :param policy: of an SB3 model
    :return: by key; the key is empty if observations are not a dict
    :raises NoMapError: if no entry can have a map
    """
    known: dict[str, SeenAxes] | None = vars(policy).get(REMEMBERED)
    if known is None:
        known = {key: _asked(policy, key, space) for key, space in mapped_spaces(policy).items()}
        if not known:
            raise NoMapError(
                f"observations from {policy.observation_space} are not real numbers and cannot be differentiated; "
                "gymnasium's FlattenObservation makes a vector of them, which can"
            )
        setattr(policy, REMEMBERED, known)
        for note in axes_notes(policy):
            log.warning("%s", note)
    return known


def say_axes(policy: BasePolicy, axes: str | Mapping[str, str]) -> None:
    """
    Tell what the axes are. The policy keeps it.

    :param policy: of an SB3 model
    :param axes: such as ``"HWC"`` or ``{"board": "HWC"}``, a letter for each axis: H rows, W columns, C channels, T frames of a
        stack, D for all axes of a vector
    :raises ObservationError: if they do not fit the policy's observations
    """
    spaces_of = mapped_spaces(policy)
    said = dict.fromkeys(spaces_of if len(spaces_of) == 1 else [ONLY], axes) if isinstance(axes, str) else dict(axes)
    for key, letters in said.items():
        if key not in spaces_of:
            raise ObservationError(
                f"there is no entry {key!r} to say the axes of; entries with maps: {', '.join(spaces_of) or 'one'}"
            )
        shape = spaces_of[key].shape or ()
        if not are_axes(letters, len(shape)):
            raise ObservationError(
                f"the axes {letters!r} do not fit the shape {shape}; give a letter for each axis: one H and one W with C or T, "
                "or D only"
            )
    setattr(policy, REMEMBERED, {**axes_of(policy), **{key: SeenAxes(letters) for key, letters in said.items()}})


def axes_notes(policy: BasePolicy) -> list[str]:
    """A line for each entry whose axes had to be guessed, and one for the entries without a map."""
    notes = [
        f"axes of {key or 'the observations'} taken as ({', '.join(seen.letters)}): {seen.guess}; say otherwise with axes="
        for key, seen in axes_of(policy).items()
        if seen.guess
    ]
    left_out = [f"{key}: {space}" for key, space in known_spaces(policy).items() if not isinstance(space, spaces.Box)]
    if left_out:
        notes.append(f"no map of {'; '.join(left_out)} (not real numbers, the policy sees them encoded)")
    return notes


def known_spaces(policy: BasePolicy) -> dict[str, spaces.Space]:
    """The space of every entry by key."""
    space = policy.observation_space
    return dict(space.spaces) if isinstance(space, spaces.Dict) else {ONLY: space}


def mapped_spaces(policy: BasePolicy) -> dict[str, spaces.Box]:
    """The spaces of the entries that can have a map."""
    known, fixed = known_spaces(policy), head_reader(policy).fixed_entries
    return {key: space for key, space in known.items() if isinstance(space, spaces.Box) and key not in fixed}


def planes_of_frames(policy: BasePolicy, key: str) -> np.ndarray:
    """
    Which planes of an entry are of which frame, where :func:`saccade.saliency.axes.as_picture` has put all planes in one axis. The
    planes of SB3's images are frames unless they can be colours; other planes are frames only along an axis of their own.

    :param policy: of an SB3 model
    :param key: of an entry with a map
    :return: (frames, planes of one frame) numbers of planes; one frame if there is no stack
    """
    space, letters = known_spaces(policy)[key], axes_of(policy)[key].letters
    shape = space.shape or ()
    planes = [(letter, size) for letter, size in zip(letters, shape, strict=True) if letter not in "HW"]
    numbers = np.arange(int(np.prod([size for _, size in planes]))).reshape([size for _, size in planes])
    stacked = [i for i, (letter, _) in enumerate(planes) if letter == "T"]
    if stacked:
        frames = int(np.prod([planes[i][1] for i in stacked]))
        return np.moveaxis(numbers, stacked, range(len(stacked))).reshape(frames, -1)
    return numbers.reshape(shape[0] if is_image_space(space) and letters == "CHW" and shape[0] % 3 else 1, -1)


def by_size(shape: tuple[int, ...]) -> tuple[str, str]:
    """
    Axes told from sizes alone, and why. Two axes are rows and columns. Of three axes the one that differs from two equal ones is
    the channels; else the smaller one of the first and the last. Of four axes the first one is a stack of frames.

    :param shape: two axes or more
    :return: letters and reason
    """
    if len(shape) > 4:
        return "D" * len(shape), "with so many axes it is a vector"
    if len(shape) == 2:
        return "HW", "two axes may be rows and columns, or a stack of vectors"
    if len(shape) == 4:
        letters, reason = by_size(shape[1:])
        return f"T{letters}", f"the first of four axes is a stack, and of the others {reason}"
    first, middle, last = shape
    if first == middle != last:
        return "HWC", "the first two are equal"
    if middle == last != first:
        return "CHW", "the last two are equal"
    if first < last:
        return "CHW", "the first axis is smaller than the last"
    return "HWC", "the last axis is the smallest" if last < min(first, middle) else "the first axis is not smaller than the last"


def precision(policy: BasePolicy) -> th.dtype:
    """
    The precision of observations: that of SB3, float32, or float64 if the policy has weights of it. A network that computes in
    another one casts what it gets, as it must for ``predict``.
    """
    return th.float64 if any(weight.dtype == th.float64 for weight in policy.parameters()) else th.float32


def _asked(policy: BasePolicy, key: str, space: spaces.Box) -> SeenAxes:
    shape = space.shape
    if sum(size > 1 for size in shape) < 2:
        return SeenAxes("D" * len(shape))
    image = is_image_space(space)
    if image and shape[0] < min(shape[1:]):
        return SeenAxes("CHW")
    seen = _at_first_convolution(policy, key, space)
    if seen is not None:
        return seen
    if image:  # SB3 takes the smallest axis for the channels, and warns if that is the middle one
        unsure = "its middle axis is the smallest, and SB3 takes such images so" if int(np.argmin(shape)) == 1 else ""
        return SeenAxes("CHW" if int(np.argmin(shape)) == 0 else "HWC", guess=unsure)
    letters, reason = by_size(shape)
    return SeenAxes(letters, guess=reason)


def _at_first_convolution(policy: BasePolicy, key: str, space: spaces.Box) -> SeenAxes | None:
    """Where changed values arrive in the first convolution that sees them; None if there is none, or it does not tell."""
    shape = space.shape
    changed = [(0,) * len(shape), *(tuple(size - 1 if i == k else 0 for i in range(len(shape))) for k, size in enumerate(shape))]
    count = 1 + len(changed)
    obs = {other: _plain(one, count) for other, one in known_spaces(policy).items()}
    for row, place in enumerate(changed):
        obs[key][(row + 1, *place)] += 0.4 * _range(space)[1][place]
    dtype = precision(policy)
    packed = {other: th.as_tensor(x, device=policy.device).to(dtype) for other, x in obs.items()}
    arrived: list[th.Tensor] = []
    hooks = [
        module.register_forward_pre_hook(lambda _, given: arrived.append(given[0].detach().clone()))
        for module in policy.modules()
        if isinstance(module, nn.Conv2d | nn.Conv3d)
    ]
    try:
        with evaluating(policy), th.no_grad():
            Head(policy, head_reader(policy).shown()[0])(packed.get(ONLY, packed))
    except Exception:  # the network's own code may raise anything on an observation that no env gave; then it does not tell
        return None
    finally:
        for hook in hooks:
            hook.remove()
    for x in arrived:
        if x.ndim >= 4 and x.shape[0] % count == 0:
            by_row = x.reshape(count, -1, *x.shape[-2:])
            moved = (by_row[1:] - by_row[:1]).abs()
            if moved[0].any():
                return _told(shape, moved)
    return None


def _told(shape: tuple[int, ...], moved: th.Tensor) -> SeenAxes | None:
    """
    :param shape: of an observation
    :param moved: (1 + axes, planes, rows, columns) how far a convolution's input moved when the first value was changed, or the
        last one along an axis
    """
    flat = moved.flatten(1)
    if not (flat.max(1).values > 0).all():
        return None
    places = np.stack(np.unravel_index(flat.argmax(1).cpu().numpy(), tuple(moved.shape[1:])), axis=1)
    differs = places[1:] != places[0]  # (axes, 3)
    kinds = ["".join(kind for kind, other in zip("CHW", row, strict=True) if other) for row in differs]
    letters = ["C" if size == 1 else kind for size, kind in zip(shape, kinds, strict=True)]
    if sorted(x for x in letters if x != "C") != ["H", "W"]:
        return None
    turned = letters.index("W") < letters.index("H")
    places_of_planes = [i for i, letter in enumerate(letters) if letter == "C"]
    for i in places_of_planes[:-1]:
        letters[i] = "T"
    spatial = iter("HW")  # an env's pictures have rows before columns, whichever way the network turns them
    found = "".join(letter if letter in "CT" else next(spatial) for letter in letters)
    assert is_picture(found)
    return SeenAxes(found, turned)


def _plain(space: spaces.Space, count: int) -> np.ndarray:
    """The same made-up observation several times, (count, ...)."""
    if isinstance(space, spaces.Box):
        low, width = _range(space)
        return np.repeat((low + 0.3 * width)[None], count, axis=0)
    return np.zeros((count, *(space.shape or ())))


def _range(space: spaces.Box) -> tuple[np.ndarray, np.ndarray]:
    """Lowest value and width of the range, 0 and 1 where there are no bounds."""
    low, high = space.low.astype(np.float64), space.high.astype(np.float64)
    bounded = np.isfinite(low) & np.isfinite(high) & (high > low) & (high - low < 1e6)
    return np.where(bounded, low, 0.0), np.where(bounded, high - low, 1.0)
