"""The states on which maps are compared: the same in every run of an env."""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import torch as th
from gymnasium import spaces
from sb3_contrib.common.maskable.utils import get_action_masks
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..axes import are_axes
from ..cache_folder import cache_folder
from ..objects import Objects
from ..readers.entries import Observations
from ..whole_file import NpzError, read_npz, write_npz
from .game_pictures import as_rgb, env_that_draws, game_pictures, stacked_pictures
from .known_objects import SaidObjects, game_of, with_objects
from .masks import allowed_actions, as_masks, has_masks
from .play import Recollection
from .states import OneState, States, one_of, together

CACHE_FORMAT = 5  # raise it when `collect` would choose other states, or know more of them
PER_GAME = 64  # candidates kept of a game
OF_DICT = "observations/"  # before the keys of dict observations in a file
OBJECTS = "objects/"  # before the names of things in a file
LONGEST_GAME = 10_000  # env steps; a game that has not ended by then is cut there
Kept = TypeVar("Kept")


class Thinned(Generic[Kept]):
    """
    What is kept of many steps, evenly spread over them however many come.

    :ivar ones: so far
    """

    def __init__(self) -> None:
        self.ones: list[Kept] = []
        self._stride = 1

    def wants(self, step: int) -> bool:
        """Whether what comes at this step is to be kept."""
        return step % self._stride == 0

    def add(self, one: Kept) -> None:
        """Keep one more; when there are twice as many as wanted, every second one is dropped."""
        self.ones.append(one)
        if len(self.ones) == 2 * PER_GAME:
            self.ones, self._stride = self.ones[::2], 2 * self._stride


@dataclass(frozen=True)
class ProbeSet(States):
    """
    Fixed states of one env. Maps of several runs are compared on them.

    The parameters are those of :class:`saccade.saliency.states.states.States`.
    """

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits that differ when the observations do."""
        digest = hashlib.sha256()
        whole = self.observations if isinstance(self.observations, dict) else {"": self.observations}
        for key in sorted(whole):
            digest.update(f"{key and repr(key)}{whole[key].shape} {whole[key].dtype}".encode())
            digest.update(np.ascontiguousarray(whole[key]).tobytes())
        return digest.hexdigest()[:12]

    @classmethod
    def of_states(cls, states: States | Observations) -> "ProbeSet":
        """
        States of one's own as a probe set.

        :param states: observations (B, ...) as the env gives them, or :class:`States` with what else is known of them
        """
        whole = states if isinstance(states, States) else States(states)
        return cls(**{field.name: getattr(whole, field.name) for field in fields(States)})

    @classmethod
    def collect(cls, env: VecEnv, size: int = 8, seed: int = 0, policy: BasePolicy | None = None) -> "ProbeSet":
        """
        Plays one whole game in each env with random actions, and takes states spread evenly over each game. If the env has masks
        (``action_masks``), only allowed actions are played, and the states keep the masks. Things on the screen are known if the
        env says them, or if it plays a game for which there is a finder (:mod:`saccade.saliency.objects`).

        :param env: is seeded, reset and played
        :param size: observations, taken in equal shares from the games
        :param seed: of games and actions
        :param policy: a recurrent one watches the games, and the states get its memory
        :return: the same set whenever env and seed are the same
        """
        actions = np.random.default_rng(seed)
        env.seed(seed)
        observations = env.reset()
        recollection, start = None if policy is None else Recollection(policy), np.ones(env.num_envs, dtype=bool)
        choices = int(env.action_space.n) if isinstance(env.action_space, spaces.Discrete) else None
        env.action_space.seed(seed)
        games: list[Thinned[tuple[int, OneState]]] = [Thinned() for _ in range(env.num_envs)]  # steps and states
        masked, saying = has_masks(env), SaidObjects(env)
        lengths = [0] * env.num_envs  # env steps of the finished games, 0 while one runs
        for step in range(LONGEST_GAME):
            pictures, masks = None, as_masks(get_action_masks(env)) if masked else None
            said = saying.now()
            memory = None if recollection is None else recollection.before(start)
            for i, game in enumerate(games):
                if lengths[i] or not game.wants(step):
                    continue
                pictures = pictures or game_pictures(env)
                one = OneState(
                    one_of(observations, i),
                    None if pictures is None else pictures[i],
                    memory=None if memory is None else memory[i],
                    start=None if memory is None else bool(start[i]),
                    masks=None if masks is None else masks[i],
                    objects=None if said is None else said[i],
                )
                game.add((step, one))
            if masks is not None:
                action = allowed_actions(env.action_space, masks, actions)
            elif choices is None:
                action = np.stack([env.action_space.sample() for _ in games])
            else:
                action = actions.integers(choices, size=env.num_envs)
            if recollection is not None:
                recollection.see(observations)  # type: ignore[arg-type]
            observations, _, dones, infos = env.step(action)
            start = dones
            for i, (done, info) in enumerate(zip(dones, infos, strict=True)):
                # If whole games are reported, a lost life does not end one.
                over = "episode" in info if done and _reports_games(env) else done
                if over and not lengths[i]:
                    lengths[i] = step + 1
            if all(lengths):
                break
        return with_objects(
            cls._spread([game.ones for game in games], [length or LONGEST_GAME for length in lengths], size), game_of(env)
        )

    @classmethod
    def _spread(cls, games: list[list[tuple[int, OneState]]], lengths: list[int], size: int) -> "ProbeSet":
        """States nearest to evenly spaced phases, the games in turn."""
        chosen = []
        for k in range(size):
            i = k % len(games)
            wanted = (k + 0.5) / size * lengths[i]
            step, nearest = min(games[i], key=lambda candidate: abs(candidate[0] - wanted))
            chosen.append(replace(nearest, phase=step / lengths[i], game=i))
        return cls.of_states(together(chosen))

    @classmethod
    def of(
        cls,
        remake: Callable[..., VecEnv],
        description: str | None,
        size: int = 8,
        seed: int = 0,
        policy: BasePolicy | None = None,
    ) -> "ProbeSet":
        """
        The probe set of an env, from the user's cache if it has been collected before.

        The cache is ``$SACCADE_CACHE`` or ``~/.cache/saccade``. A damaged file in it is replaced.

        :param remake: makes the env, ``remake(n_envs=, seed=, render_mode=)``
        :param description: text that differs for different envs; the set is cached under its hash. None: it is not cached
        :param size: observations
        :param seed: of games and actions
        :param policy: as for :meth:`collect`; then the set is not cached, because the memory is this policy's own
        """
        description = None if policy is not None else description
        key = json.dumps([CACHE_FORMAT, description, size, seed, version("ale-py"), version("gymnasium")])
        path = cache_folder() / "probes" / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.npz"
        cached = None if description is None else cls.load(path)
        if cached is not None:
            return cached
        env = env_that_draws(lambda mode: remake(n_envs=min(size, 2), seed=seed, render_mode=mode))
        try:
            probes = cls.collect(env, size, seed, policy)
        finally:
            env.close()
        if description is None:
            return probes
        with suppress(OSError):  # without a cache the next run takes longer, and nothing else changes
            probes.save(path)
        return probes

    def save(self, path: Path) -> None:
        """
        Write an ``.npz`` that :meth:`load` reads.

        :param path: the file; folders are made
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = self.observations
        # Keys of a dict stand behind the name, whatever they are.
        observations = {f"{OF_DICT}{key}": x for key, x in whole.items()} if isinstance(whole, dict) else {"observations": whole}
        parts = {
            **observations,
            "axes": None if self.axes is None else np.array(json.dumps(dict(self.axes))),
            "hash": np.array(self.hash),
            "frames": self.frames,
            "phases": self.phases,
            "memory": None if self.memory is None else self.memory.cpu().numpy(),
            "starts": self.starts,
            "masks": None if self.masks is None else self.masks.cpu().numpy(),
            "games": self.games,
            **{f"{OBJECTS}{name}": x for name, x in (self.objects or {}).items()},
        }
        write_npz(path, {name: array for name, array in parts.items() if array is not None})

    @classmethod
    def load(cls, path: Path) -> "ProbeSet | None":
        """
        Read what :meth:`save` wrote.

        :param path: the file
        :return: None if there is none or it is damaged
        """
        try:
            parts = read_npz(path)
            of_dict = {name.removeprefix(OF_DICT): x for name, x in parts.items() if name.startswith(OF_DICT)}
            probes = cls(
                of_dict or parts["observations"],
                _pictures(parts.get("frames")),
                parts.get("phases"),
                th.from_numpy(parts["memory"]) if "memory" in parts else None,
                parts.get("starts"),
                axes=_axes(parts["axes"], of_dict or {"": parts["observations"]}) if "axes" in parts else None,
                masks=th.from_numpy(parts["masks"]) if "masks" in parts else None,
                objects=_objects({name.removeprefix(OBJECTS): x for name, x in parts.items() if name.startswith(OBJECTS)}),
                games=_games(parts.get("games"), len(next(iter(of_dict.values()), parts.get("observations", ())))),
            )
            return probes if str(parts["hash"]) == probes.hash else None
        except (NpzError, KeyError, ValueError, TypeError, AttributeError):  # a file with another's arrays under these names
            return None


def _objects(masks: Objects) -> Objects | None:
    """
    Things from a file.

    :raises ValueError: if they are not masks
    """
    if any(x.dtype != np.bool_ or x.ndim != 3 for x in masks.values()):
        raise ValueError("a thing is not a mask (B, H, W)")
    return masks or None


def _games(numbers: np.ndarray | None, count: int) -> np.ndarray | None:
    """
    Which game each state is from, from a file.

    :raises ValueError: if they are not numbers of so many states
    """
    if numbers is not None and (numbers.shape != (count,) or numbers.dtype.kind not in "iu"):
        raise ValueError("games are not integers, one a state")
    return numbers


def _axes(text: np.ndarray, observations: dict[str, np.ndarray]) -> dict[str, str]:
    """
    Axes from a file.

    :raises ValueError: if they do not fit the observations
    """
    axes = {str(key): str(letters) for key, letters in json.loads(str(text)).items()}
    for key, letters in axes.items():
        if key not in observations or not are_axes(letters, observations[key].ndim - 1):
            raise ValueError(f"axes {letters!r} of {key!r} do not fit")
    return axes


def _pictures(frames: np.ndarray | None) -> np.ndarray | None:
    """Frames of a file as they are drawn; earlier versions kept what the env gave."""
    if frames is None or frames.dtype == np.uint8:
        return frames
    drawn = [picture for picture in map(as_rgb, frames) if picture is not None]
    return stacked_pictures(drawn, len(frames))


def _reports_games(env: VecEnv) -> bool:
    return all(env.env_is_wrapped(Monitor))
