"""The states that a policy is asked about, and everything that is known of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypeVar

import numpy as np
import torch as th

from ..axes import as_picture, usual_axes
from .game_pictures import stacked_pictures

Rows = slice | np.ndarray
Known = TypeVar("Known")


@dataclass(frozen=True)
class States:
    """
    Observations of one env, with what was known when each was made. They may be consecutive (a trajectory) or not (a probe set).

    :param observations: (B, ...), as a policy sees them, or a dict of such
    :param frames: the game's own pictures (B, H, W, 3) uint8, or None
    :param phases: (B,) where in its game each was taken, from 0 (start) to 1 (end), or None
    :param memory: (B, M, H) the memory of a recurrent policy before each, as :class:`saccade.saliency.Head` takes it; None for
        other policies, or if it is not known
    :param starts: (B,) whether an episode starts there; None if it is not known
    :param axes: {key: what the axes of that entry are}, of the entries that can have a map (:mod:`saccade.saliency.axes`); the key
        is empty if observations are not a dict. None if nobody has asked a policy: images are then (C, H, W)
    :param masks: (B, A) bool, which actions the env allowed (MaskablePPO); None if it is not known, or all are allowed
    :param objects: {name: (B, h, w) bool}, the pixels in which a named thing is drawn. The masks are as large as ``frames`` if they
        were found there, or as the observations if the env says them; either way they are of the whole view, and
        :func:`saccade.saliency.objects.coverage.coverage` gives the share of each pixel of an observation. None if nothing is known
    :param games: (B,) integers, which game each is from; states of a game are in their order. None if it is not known. Intervals
        over states then take each state as independent
    """

    observations: Any
    frames: np.ndarray | None = None
    phases: np.ndarray | None = None
    memory: th.Tensor | None = None
    starts: np.ndarray | None = None
    axes: Mapping[str, str] | None = None
    masks: th.Tensor | None = None
    objects: Mapping[str, np.ndarray] | None = None
    games: np.ndarray | None = None

    def __len__(self) -> int:
        whole = self.observations
        return len(next(iter(whole.values())) if isinstance(whole, dict) else whole)

    def some(self, rows: Rows) -> Self:
        """
        Some of the states.

        :param rows: which ones
        """
        whole = self.observations
        observations = {key: x[rows] for key, x in whole.items()} if isinstance(whole, dict) else whole[rows]
        others = ("observations", "axes", "objects")
        known = {field.name: getattr(self, field.name) for field in fields(States) if field.name not in others}
        objects = None if self.objects is None else {name: x[rows] for name, x in self.objects.items()}
        some = {name: None if x is None else x[rows] for name, x in known.items()}
        return replace(self, observations=observations, objects=objects, **some)

    def pictures(self) -> dict[str, np.ndarray]:
        """
        What is drawn below maps: the entries that can have one.

        :return: {entry, as :class:`saccade.saliency.MapKey` names it: (B, C, H, W), or (B, D) for vectors}; the name is empty if
            there is one entry only
        """
        whole = self.observations if isinstance(self.observations, dict) else {"": self.observations}
        axes = {key: usual_axes(np.ndim(x) - 1) for key, x in whole.items()} if self.axes is None else self.axes
        found = {key: as_picture(np.asarray(whole[key]), letters) for key, letters in axes.items()}
        return found if len(found) > 1 else dict.fromkeys([""], *found.values())


@dataclass
class OneState:
    """
    One state as it is met in a game, with what is known of it by then. None is what is not known.

    :param observation: (...), or a dict of such
    :param frame: the game's own picture (H, W, 3) uint8
    :param phase: where in its game it is, from 0 to 1
    :param memory: (M, H) of a recurrent policy before it
    :param start: whether an episode starts there
    :param masks: (A,) bool, which actions are allowed
    :param objects: {name: (h, w) bool}
    :param game: number of its game
    """

    observation: Any
    frame: np.ndarray | None = None
    phase: float | None = None
    memory: th.Tensor | None = None
    start: bool | None = None
    masks: th.Tensor | None = None
    objects: Mapping[str, np.ndarray] | None = None
    game: int | None = None


def together(ones: Sequence[OneState]) -> States:
    """
    Several states as one batch, in their order. What is not known of each of them is left out: a policy cannot be asked about a
    state with a memory and one without at once, and a row that is missing would shift the others.

    :param ones: at least one
    """
    memories, masks = _of_all([one.memory for one in ones]), _of_all([one.masks for one in ones])
    phases, starts, games = (_of_all([getattr(one, name) for one in ones]) for name in ("phase", "start", "game"))
    return States(
        stacked([one.observation for one in ones]),
        frames=stacked_pictures([one.frame for one in ones if one.frame is not None], len(ones)),
        phases=None if phases is None else np.array(phases),
        memory=None if memories is None else th.stack(memories),
        starts=None if starts is None else np.array(starts),
        masks=None if masks is None else th.stack(masks),
        objects=stacked_objects([one.objects for one in ones], len(ones)),
        games=None if games is None else np.array(games),
    )


def _of_all(values: Sequence[Known | None]) -> list[Known] | None:
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else None


def one_of(obs: Any, i: int) -> Any:
    """
    A copy of one observation of a batch.

    :param obs: (N, ...), or a dict of such
    :param i: which
    """
    return {key: np.array(x[i]) for key, x in obs.items()} if isinstance(obs, dict) else np.array(obs[i])


def stacked(observations: Sequence[Any]) -> Any:
    """
    The way back from :func:`one_of`.

    :param observations: B, arrays or dicts of arrays
    :return: (B, ...), or a dict of such
    """
    if isinstance(observations[0], dict):
        return {key: np.stack([x[key] for x in observations]) for key in observations[0]}
    return np.stack(observations)


def stacked_objects(said: Sequence[Mapping[str, np.ndarray] | None], wanted: int) -> dict[str, np.ndarray] | None:
    """
    The things of consecutive steps together.

    :param said: of each step
    :param wanted: how many there must be
    :return: {name: (B, H, W)}; None if a step has none, or other ones than the rest
    """
    found = [one for one in said if one is not None]
    if not found or len(found) != wanted or len({tuple((name, x.shape) for name, x in one.items()) for one in found}) != 1:
        return None
    return {name: np.stack([one[name] for one in found]) for name in found[0]}
