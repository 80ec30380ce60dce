"""The gazes of N envs, and the actions that move them."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import torch as th
from gymnasium import spaces

from .arguments.plain_numbers import check_numbers
from .counter_random import uniforms
from .gazes.given import check_teacher, frames_of, place_of
from .gazes.shown import IMAGE, Seen
from .gazes.tiles import Tiles, grid_of_moves, rows_and_columns, tile_centers
from .saved_states import State

First = Literal["random", "center"] | tuple[float, float]
Follow = Callable[[np.ndarray], np.ndarray]  # from images (N, ...) to gazes (N, 2)
Forced = First | Follow | None
STEPS = 1 << 24  # most random gazes of an episode
OTHER_STREAM = 0x5ACCADE  # makes gazes independent of images with the same seed
FURTHEST = 65_536.0  # actions: no move is as long, not even that of a forced gaze across a large image


class Gaze:
    """
    The gazes of N envs, (x, y) in [-1, 1] with (-1, -1) the image's top left corner, and the space of actions that move them.

    An action has two parts: what to do, and where to look next. With ``tiles`` the action space is
    ``MultiDiscrete([actions, rows * columns])``, and the gaze goes to the centre of a tile (tiles are numbered row by row). Without
    ``tiles`` it is a ``Box`` of the index of the action, x and y.

    :param actions: action space of the env
    :param image: observation space of the env; or a Dict with an ``"image"``, whose other entries stay as they are
    :param tiles: (rows, columns), one number for both, or None for a continuous gaze
    :param relative: whether (x, y) is added to the gaze, which stops at the edge of the image; otherwise the gaze goes to (x, y).
        With ``tiles`` the actions are then a grid of moves: 3x3 tiles are the eight directions, and to stay
    :param step: of a grid of moves, from one to the next, in half images; None for the distance of two tiles
    :param pixels: count moves in pixels: an action of 1 moves the gaze by so many. With ``tiles`` it is the distance from one move
        of the grid to the next. It needs ``relative``. Then observations also have ``"move"`` (2,), the last move in such actions,
        (0, 0) at the first look. A policy that is told this move in place of the gaze does the same on images of any size
    :param first: first gaze of an episode
    :param forced: ignore the actions and look at random places, at the centre or always at (x, y), as a control in experiments. Or
        a function from the images (N, ...) to the places (N, 2) where the eye looks at them; it is asked for the first image of an
        episode, too
    :param taught: a teacher of the gaze, which stays free: a function from images to places, as for ``forced``. It needs ``tiles``.
        The wrappers tell in ``info["gaze_lesson"]`` which tile (or move) comes closest to the place where the teacher would look at
        the image now seen. A learner such as :class:`saccade.agents.PQN` learns from it; the agent itself never sees it
    :param reach: random gazes are uniform in [-reach, reach]; it does not bound any other gaze
    :param within: the gaze stays in [-within, within], whoever moves it. With ``tiles`` and without ``relative`` there are only the
        tiles whose centres lie there, numbered row by row
    :param memory: whether each frame of a stack keeps the gaze at which it was seen (a glimpse memory); a number says how many
        channels of the image a frame has, such as 3 for RGB, and True means 1. Then observations also have ``"gazes"``
        (frames, 2), oldest first, as frames are stacked, with the channels of a frame side by side; the policy's retina crops each
        frame at its own gaze. Without it the whole stack is cropped at the newest gaze (a second look at old frames), so the policy
        sees places of old frames at which it never looked
    :raises TypeError: if actions are not discrete or observations are not images
    :raises ValueError: if an argument is out of range
    """

    def __init__(
        self,
        actions: spaces.Space,
        image: spaces.Space,
        tiles: Tiles = None,
        relative: bool = False,
        first: First = "random",
        forced: Forced = None,
        reach: float = 1.0,
        memory: bool | int = False,
        step: float | None = None,
        pixels: float | None = None,
        within: float = 1.0,
        taught: Follow | None = None,
    ) -> None:
        check_numbers(reach=reach, within=within, **{k: x for k, x in (("step", step), ("pixels", pixels)) if x is not None})
        if not isinstance(actions, spaces.Discrete):
            raise TypeError(f"a gaze needs Discrete actions, not {actions}")
        beside = {}
        if isinstance(image, spaces.Dict):
            beside = {key: space for key, space in image.items() if key != IMAGE}
            if IMAGE not in image.spaces or {"gaze", "gazes"} & beside.keys():
                raise TypeError(f"a gaze needs a dict with an 'image' and without a 'gaze', not {image}")
            image = image[IMAGE]
        if not isinstance(image, spaces.Box) or len(image.shape) != 3:
            raise TypeError(f"a gaze needs images with three axes, such as (C, H, W), not {image}")
        height, width = (
            image.shape[1:] if image.shape[0] == min(image.shape) else image.shape[:2]
        )  # SB3's rule for channels first or last
        if not (isinstance(first, str) and first in ("random", "center")):
            first = place_of(first, "first must be 'random', 'center' or (x, y) with both from -1 to 1")
        if not (forced is None or callable(forced) or (isinstance(forced, str) and forced in ("random", "center"))):
            forced = place_of(
                forced, "forced must be 'random', 'center', (x, y) with both from -1 to 1, None or a function of images"
            )
        if taught is not None:
            check_teacher(taught, tiles, forced)
        if step is not None and not (relative and tiles is not None and 0 < step <= 2):
            raise ValueError(f"step is {step}; it must be above 0 and at most 2, and it needs relative=True and tiles")
        if pixels is not None and not (relative and step is None and not memory and 0 < pixels < np.inf):
            raise ValueError(
                f"pixels is {pixels}; it must be a number above 0, and it needs relative=True, and neither step nor memory"
            )
        if not 0 < reach <= 1:
            raise ValueError(f"reach is {reach}; it must be above 0 and at most 1")
        if not 0 < within <= 1:
            raise ValueError(f"within is {within}; it must be above 0 and at most 1")
        for name, place in (("first", first), ("forced", forced)):
            if isinstance(place, tuple) and max(abs(x) for x in place) > within:
                raise ValueError(f"{name} is {place}, but within is {within}; both numbers must be from {-within} to {within}")
        self.relative, self.first, self.forced, self.reach, self.within = relative, first, forced, reach, within
        self.taught = taught
        self.n_actions, self.start = int(actions.n), int(actions.start)
        self.frames = 0
        known: dict[str, spaces.Space] = {**beside, "image": image, "gaze": spaces.Box(-1, 1, (2,), np.float32)}
        if memory:
            if image.shape[0] != min(image.shape):
                raise ValueError(f"memory needs a stack of frames as the channels of the image, (C, H, W), not {image.shape}")
            self.frames = frames_of(image.shape[0], memory)
            known["gazes"] = spaces.Box(-1, 1, (self.frames, 2), np.float32)
        self.pixels = pixels
        self.unit = np.ones(2, dtype=np.float32)  # half images along x and y that an action of 1 moves the gaze
        if pixels is not None:
            self.unit = np.array([2 * pixels / width, 2 * pixels / height], dtype=np.float32)
            known["move"] = spaces.Box(-FURTHEST, FURTHEST, (2,), np.float32)
        self.observation_space = spaces.Dict(known)
        self.action_space: spaces.MultiDiscrete | spaces.Box
        if tiles is None:
            self.centers = None
            high = np.array([self.n_actions - 1, 1, 1], dtype=np.float32)
            self.action_space = spaces.Box(np.array([0, -1, -1], dtype=np.float32), high, dtype=np.float32)
        else:
            rows, columns = rows_and_columns(tiles)
            if rows < 1 or columns < 1 or rows > height or columns > width:
                raise ValueError(f"tiles are {rows}x{columns}; they must be at least 1x1 and at most {height}x{width}")
            every = tile_centers(rows, columns)
            for name, bound in (("within", within), ("reach", min(reach, within))):
                if not (np.abs(every).max(1) <= bound).any():
                    raise ValueError(
                        f"{name} is {bound}, but no centre of {rows}x{columns} tiles is so close to the middle; it must be larger"
                    )
            self.centers = every[np.abs(every).max(1) <= within]
            between = step if pixels is None else 1.0
            moves = every if between is None else grid_of_moves(rows, columns, between)
            self.targets = moves if relative else self.centers
            self.action_space = spaces.MultiDiscrete([self.n_actions, len(self.targets)])

    @property
    def follows(self) -> bool:
        """Whether a function of the images forces the gaze."""
        return callable(self.forced)

    @property
    def needs_images(self) -> bool:
        """Whether a function of the images forces or teaches the gaze."""
        return self.follows or self.taught is not None

    def seed(self, keys: np.ndarray, images: np.ndarray | None = None) -> None:
        """
        Seed every env and start its first episode.

        :param keys: (N,) int64 that determine all random gazes
        :param images: (N, ...), its first ones; only a function that forces the gaze needs them
        """
        self._keys = th.from_numpy(keys) ^ OTHER_STREAM
        self._episodes = th.full_like(self._keys, -1)
        self._steps = th.zeros_like(self._keys)
        self.points = np.zeros((len(keys), 2), dtype=np.float32)
        self.moves = np.zeros((len(keys), 2), dtype=np.float32)
        self.past = np.zeros((len(keys), self.frames, 2), dtype=np.float32)
        self.begin(np.ones(len(keys), dtype=bool), images)

    def seed_some(self, where: np.ndarray, keys: np.ndarray, images: np.ndarray | None = None) -> None:
        """
        Seed some of the envs anew and start their first episode. The others stay as they are.

        :param where: (N,) bool, which envs
        :param keys: (N,) int64, as for :meth:`seed`; only those of these envs count
        :param images: as for :meth:`seed`
        """
        chosen = th.from_numpy(where)
        self._keys[chosen] = th.from_numpy(keys)[chosen] ^ OTHER_STREAM
        self._episodes[chosen] = -1
        self.begin(where, images)

    def save_state(self) -> State:
        """Seeds, counters and gazes."""
        counters = {"keys": self._keys, "episodes": self._episodes, "steps": self._steps}
        return {
            "points": self.points.copy(),
            "moves": self.moves.copy(),
            "past": self.past.copy(),
            **{name: value.numpy().copy() for name, value in counters.items()},
        }

    def restore_state(self, state: State) -> None:
        """What :meth:`save_state` gave."""
        self._keys, self._episodes, self._steps = (th.from_numpy(state[name].copy()) for name in ("keys", "episodes", "steps"))
        self.points = state["points"].copy()
        self.moves = state["moves"].copy() if "moves" in state else np.zeros_like(self.points)
        self.past = state["past"].copy() if "past" in state else np.zeros((len(self.points), self.frames, 2), np.float32)

    def begin(self, where: np.ndarray, images: np.ndarray | None = None) -> None:
        """
        Set the first gaze of a new episode.

        :param where: (N,) bool, the envs where one begins
        :param images: as for :meth:`seed`
        """
        if not where.any():
            return  # a function that forces the gaze is not asked for no images
        chosen = th.from_numpy(where)
        self._episodes[chosen] += 1
        self._steps[chosen] = 0
        kind = self.forced or self.first
        if callable(kind):
            self.points[where] = self._followed(images, where)
        elif kind == "random":
            self.points[where] = self._random()[where]
        else:
            self.points[where] = (0, 0) if kind == "center" else kind
        self.moves[where] = 0
        self.past[where] = self.points[where, None]

    def move(self, targets: np.ndarray, images: np.ndarray | None = None) -> None:
        """
        Move the gaze of every env, unless it is forced.

        :param targets: (N, 2), as :meth:`split` gives them
        :param images: (N, ...), what there is to see now, of an episode that ends its last one; as for :meth:`seed`
        """
        self._steps += 1
        before = self.points
        if self.follows:
            self.points = self._followed(images)
        elif self.forced == "random":
            self.points = self._random()
        elif self.forced is None:
            self.points = np.clip(self.points + targets * self.unit if self.relative else targets, -self.within, self.within)
        self.moves = (self.points - before) / self.unit
        if self.frames:
            self.past = np.concatenate([self.past[:, 1:], self.points[:, None]], axis=1)

    def lessons(self, images: np.ndarray) -> np.ndarray:
        """
        What the teacher would choose. To be asked before :meth:`move`.

        :param images: (N, ...), what there is to see now, as for :meth:`move`
        :return: (N,) int64, the choices that come closest to where the teacher looks; of equally close ones the first
        """
        assert self.taught is not None
        assert self.centers is not None
        reached = np.broadcast_to(self.targets, (len(images), *self.targets.shape))
        if self.relative:
            reached = np.clip(self.points[:, None] + self.targets * self.unit, -self.within, self.within)
        away = reached - self._places("taught", self.taught, images)[:, None]
        closest: np.ndarray = np.square(away).sum(axis=2).argmin(axis=1)
        return closest

    def observations(self, seen: Seen) -> dict[str, np.ndarray]:
        """
        What the agent gets.

        :param seen: images (N, ...), or a dict with them
        :return: copies of the gazes beside the images
        """
        known = {**(seen if isinstance(seen, dict) else {IMAGE: seen}), "gaze": self.points.copy()}
        if self.pixels is not None:
            known["move"] = self.moves.copy()
        return {**known, "gazes": self.past.copy()} if self.frames else known

    def split(self, actions: Any) -> tuple[np.ndarray, np.ndarray]:
        """
        Split actions into their two parts.

        :param actions: (N, 2) or (N, 3), elements of ``action_space``
        :return: the env's own actions (N,), and where to look (N, 2) float32
        :raises ValueError: if an action is not in ``action_space``; then no gaze has moved
        """
        actions = np.asarray(actions)
        if actions.ndim != 2 or actions.shape[1:] != self.action_space.shape:
            raise ValueError(f"actions have shape {actions.shape}; each must have shape {self.action_space.shape}")
        if self.centers is not None:
            tiles = actions[:, 1]
            if actions.dtype.kind not in "iu" or not (actions.min() >= 0 and (actions < self.action_space.nvec).all()):  # type: ignore[union-attr]
                raise ValueError(
                    f"actions must be integers (action below {self.n_actions}, tile below {len(self.targets)}), "
                    f"got {actions.tolist()}"
                )
            return actions[:, 0] + self.start, self.targets[tiles]
        doing, looking = actions[:, 0], actions[:, 1:].astype(np.float32)
        if not (np.isfinite(looking).all() and np.abs(looking).max(initial=0) <= 1):
            raise ValueError(f"a gaze must be (x, y) with both from -1 to 1, got {looking.tolist()}")
        indices = np.rint(doing) if np.isfinite(doing).all() else np.array([-1])
        if indices.min() < 0 or indices.max() >= self.n_actions:
            raise ValueError(f"an action's first number must be an index from 0 to {self.n_actions - 1}, got {doing.tolist()}")
        return indices.astype(np.int64) + self.start, looking

    def _followed(self, images: np.ndarray | None, where: np.ndarray | slice = slice(None)) -> np.ndarray:
        assert callable(self.forced)
        assert images is not None  # the wrappers give them
        return self._places("forced", self.forced, images[where])

    def _places(self, name: str, function: Follow, images: np.ndarray) -> np.ndarray:
        points = np.array(function(images), dtype=np.float32)
        if points.shape != (len(images), 2) or not (np.abs(points) <= 1).all():
            raise ValueError(
                f"{name} must give {len(images)} places (x, y) from -1 to 1 for {len(images)} images, not {points.tolist()}"
            )
        return np.clip(points, -self.within, self.within)

    def _random(self) -> np.ndarray:
        points = uniforms(self._keys, self._episodes * STEPS + self._steps, 2).numpy()
        if self.centers is not None:
            tiles = self.centers[np.abs(self.centers).max(1) <= self.reach]
            return tiles[(points[:, 0] * len(tiles)).astype(np.int64)]
        return ((2 * points - 1) * min(self.reach, self.within)).astype(np.float32)
