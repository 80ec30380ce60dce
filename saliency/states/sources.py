"""Where the callback's observations come from: an env of its own, or what passes by in training."""

import json
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from .play import Player, Stretch
from .probe_set import PER_GAME, ProbeSet

STREAM_STEPS_BEFORE_PROBES = 500  # env steps of the training's first env from which probes are then taken


class OwnEnv:
    """
    An env of the training env's kind, played greedily, so that training is not disturbed.

    :param remake: makes it, ``remake(n_envs=, seed=, render_mode=)``
    :param observation_space: tells cached probe sets apart, beside the arguments of ``remake``
    :param probe_count: observations in the probe set
    """

    def __init__(self, remake: Callable[..., VecEnv], observation_space: Any, probe_count: int) -> None:
        self._remake = remake
        described = _describe(remake)
        self._description = None if described is None else f"{observation_space} {described}"
        self._probe_count = probe_count
        self._player: Player | None = None

    def watch(self, observations: np.ndarray) -> None:
        """What training sees is not needed here."""

    def probes(self, patient: bool) -> ProbeSet | None:
        """The env's probe set, the same in every run. ``patient`` makes no difference."""
        return ProbeSet.of(self._remake, self._description, self._probe_count)

    def stretch(self, model: BaseAlgorithm, steps: int) -> Stretch | None:
        """The next ``steps`` env steps of a game that goes on from call to call, played without exploration."""
        if self._player is None:
            self._player = Player(self._remake(n_envs=1, seed=0, render_mode="rgb_array"))
        return self._player.record(model, steps)

    def close(self) -> None:
        if self._player is not None:
            self._player.env.close()


class TrainingStream:
    """
    The observations of the first training env, for envs that nobody knows how to make a second time.

    The probe set then holds states of this run's own beginning: fixed throughout the run, but not the same in another run. Give
    the callback ``probes=ProbeSet.collect(env)`` to compare runs.

    :param probe_count: observations in the probe set
    :param stretch_steps: length of the stretch that is kept ready
    """

    def __init__(self, probe_count: int, stretch_steps: int) -> None:
        self._probe_count = probe_count
        self._latest: deque[np.ndarray] = deque(maxlen=max(stretch_steps, 1))
        self._kept: list[np.ndarray] = []
        self._stride = 1
        self._seen = 0

    def watch(self, observations: np.ndarray) -> None:
        """
        Takes note of one step.

        :param observations: (N, ...), after the step
        """
        first = np.array(observations[0])
        self._latest.append(first)
        if self._seen % self._stride == 0:
            self._kept.append(first)
            if len(self._kept) == 2 * PER_GAME:
                self._kept, self._stride = self._kept[::2], 2 * self._stride
        self._seen += 1

    def probes(self, patient: bool) -> ProbeSet | None:
        """States spread evenly over what has passed by; None while that is little and the caller is ``patient``."""
        if not self._kept or (patient and self._seen < STREAM_STEPS_BEFORE_PROBES):
            return None
        places = np.linspace(0, len(self._kept) - 1, num=min(self._probe_count, len(self._kept))).round().astype(int)
        return ProbeSet(np.stack([self._kept[place] for place in places]))

    def stretch(self, model: BaseAlgorithm, steps: int) -> Stretch | None:
        """The latest ``steps`` env steps of training, exploration and all."""
        latest = list(self._latest)[-steps:]
        return Stretch(np.stack(latest)) if latest else None

    def close(self) -> None:
        self._latest.clear()


def _describe(remake: Callable[..., VecEnv]) -> str | None:
    """
    What a ``functools.partial`` of a module's function, with plain arguments, will make; None for anything else, such as a lambda,
    whose name does not tell it from another.
    """
    if not isinstance(remake, partial):
        return None
    name = f"{remake.func.__module__}.{remake.func.__qualname__}"
    try:
        return None if "<" in name else f"{name} {json.dumps([remake.args, remake.keywords], sort_keys=True)}"
    except TypeError:
        return None
