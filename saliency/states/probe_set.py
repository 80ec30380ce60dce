"""The states on which maps are compared: the same in every run of an env."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecEnv

from ..errors import ObservationError
from ..whole_file import NpzError, read_npz, write_npz
from .game_pictures import as_rgb, env_that_draws, game_pictures, stacked_pictures
from .states import States

CACHE_FORMAT = 2  # raise it when `collect` would choose other states
PER_GAME = 64  # candidates kept of a game; when there are twice as many, every second one is dropped
LONGEST_GAME = 10_000  # env steps; a game that has not ended by then is cut there


@dataclass(frozen=True)
class ProbeSet(States):
    """
    Fixed states of one env, whose observations are arrays (P, ...). Maps of several runs are compared on them.

    The parameters are those of :class:`saccade.saliency.states.states.States`.
    """

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits that differ when the observations do."""
        digest = hashlib.sha256(f"{self.observations.shape} {self.observations.dtype}".encode())
        digest.update(np.ascontiguousarray(self.observations).tobytes())
        return digest.hexdigest()[:12]

    @classmethod
    def collect(cls, env: VecEnv, size: int = 8, seed: int = 0) -> "ProbeSet":
        """
        Plays one whole game in each env with random actions, and takes states spread evenly over each game.

        :param env: is seeded, reset and played; observations must be arrays
        :param size: observations, taken in equal shares from the games
        :param seed: of games and actions
        :return: the same set whenever env and seed are the same
        """
        actions = np.random.default_rng(seed)
        env.seed(seed)
        observations = env.reset()
        if not isinstance(observations, np.ndarray):
            raise ObservationError(
                f"probe sets are made of arrays, not of {type(observations).__name__} observations; "
                "build ProbeSet(observations) from one entry yourself"
            )
        choices = getattr(env.action_space, "n", None)
        env.action_space.seed(seed)
        games: list[list[tuple[int, np.ndarray, np.ndarray | None]]] = [[] for _ in range(env.num_envs)]
        strides = [1] * env.num_envs
        lengths = [0] * env.num_envs  # env steps of the finished games, 0 while one runs
        for step in range(LONGEST_GAME):
            pictures = None
            for i, game in enumerate(games):
                if lengths[i] or step % strides[i]:
                    continue
                pictures = pictures or game_pictures(env)
                game.append((step, observations[i].copy(), None if pictures is None else pictures[i]))
                if len(game) == 2 * PER_GAME:
                    games[i], strides[i] = game[::2], 2 * strides[i]
            if choices is None:
                action = np.stack([env.action_space.sample() for _ in games])
            else:
                action = actions.integers(choices, size=env.num_envs)
            observations, _, dones, infos = env.step(action)
            assert isinstance(observations, np.ndarray)
            for i, (done, info) in enumerate(zip(dones, infos, strict=True)):
                # If whole games are reported, a lost life does not end one.
                over = "episode" in info if done and _reports_games(env) else done
                if over and not lengths[i]:
                    lengths[i] = step + 1
            if all(lengths):
                break
        return cls._spread(games, [length or LONGEST_GAME for length in lengths], size)

    @classmethod
    def _spread(cls, games: list[list[tuple[int, np.ndarray, Any]]], lengths: list[int], size: int) -> "ProbeSet":
        """States nearest to evenly spaced phases, the games in turn."""
        chosen, phases = [], []
        for k in range(size):
            game, length = games[k % len(games)], lengths[k % len(games)]
            wanted = (k + 0.5) / size * length
            nearest = min(game, key=lambda candidate: abs(candidate[0] - wanted))
            chosen.append(nearest)
            phases.append(nearest[0] / length)
        frames = [frame for _, _, frame in chosen if frame is not None]
        return cls(
            observations=np.stack([observation for _, observation, _ in chosen]),
            frames=stacked_pictures(frames, len(chosen)),
            phases=np.array(phases),
        )

    @classmethod
    def of(cls, remake: Callable[..., VecEnv], description: str | None, size: int = 8, seed: int = 0) -> "ProbeSet":
        """
        The probe set of an env, from the user's cache if it has been collected before.

        The cache is ``$SACCADE_CACHE`` or ``~/.cache/saccade``. A damaged file in it is replaced.

        :param remake: makes the env, ``remake(n_envs=, seed=, render_mode=)``
        :param description: text that differs for different envs; the set is cached under its hash. None: it is not cached
        :param size: observations
        :param seed: of games and actions
        """
        key = json.dumps([CACHE_FORMAT, description, size, seed, version("ale-py"), version("gymnasium")])
        path = _cache() / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.npz"
        cached = None if description is None else cls.load(path)
        if cached is not None:
            return cached
        env = env_that_draws(lambda mode: remake(n_envs=min(size, 2), seed=seed, render_mode=mode))
        try:
            probes = cls.collect(env, size, seed)
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
        parts = {
            "observations": self.observations,
            "hash": np.array(self.hash),
            "frames": self.frames,
            "phases": self.phases,
            "memory": None if self.memory is None else self.memory.cpu().numpy(),
            "starts": self.starts,
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
            memory = th.from_numpy(parts["memory"]) if "memory" in parts else None
            frames = _pictures(parts.get("frames"))
            probes = cls(parts["observations"], frames, parts.get("phases"), memory, parts.get("starts"))
            return probes if str(parts["hash"]) == probes.hash else None
        except (NpzError, KeyError):
            return None


def _pictures(frames: np.ndarray | None) -> np.ndarray | None:
    """Frames of a file as they are drawn; earlier versions kept what the env gave."""
    if frames is None or frames.dtype == np.uint8:
        return frames
    drawn = [picture for picture in map(as_rgb, frames) if picture is not None]
    return stacked_pictures(drawn, len(frames))


def _cache() -> Path:
    home = os.path.expanduser("~")
    if home == "~":  # no home directory
        home = tempfile.gettempdir()
    return Path(os.environ.get("SACCADE_CACHE") or Path(home, ".cache", "saccade")) / "probes"


def _reports_games(env: VecEnv) -> bool:
    return all(env.env_is_wrapped(Monitor))
