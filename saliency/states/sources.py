"""Where a callback's states come from: an env of its own, or the observations of training."""

import json
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from .game_pictures import env_that_draws
from .masks import as_masks
from .play import Player
from .probe_set import ProbeSet, Thinned
from .states import OneState, States, one_of, together

STREAM_STEPS_BEFORE_PROBES = 500  # env steps of the first training env; the probes are taken from them


class OwnEnv:
    """
    An env like the training env, played greedily. Training is not disturbed.

    :param remake: makes it, ``remake(n_envs=, seed=, render_mode=)``
    :param observation_space: a part of the name of the cached probe set, with the arguments of ``remake``
    :param probe_count: observations in the probe set
    :param policy: a recurrent one watches the games of the probe set, whose states get its memory; None for others
    """

    def __init__(
        self, remake: Callable[..., VecEnv], observation_space: Any, probe_count: int, policy: BasePolicy | None = None
    ) -> None:
        self._remake = remake
        described = _describe(remake)
        self._description = None if described is None else f"{observation_space} {described}"
        self._probe_count = probe_count
        self._policy = policy
        self._player: Player | None = None

    def watch(self, *_: Any) -> None:
        """Does nothing: this source has an env of its own."""

    def probes(self, patient: bool) -> ProbeSet | None:
        """The env's probe set, the same in every run. ``patient`` has no effect."""
        return ProbeSet.of(self._remake, self._description, self._probe_count, policy=self._policy)

    def trajectory(self, model: BaseAlgorithm, steps: int) -> States | None:
        """The next ``steps`` env steps of a game without exploration, which goes on from call to call."""
        if self._player is None:
            self._player = Player(env_that_draws(lambda mode: self._remake(n_envs=1, seed=0, render_mode=mode)))
        return self._player.record(model, steps, things=False)  # a video shows none

    def close(self) -> None:
        if self._player is not None:
            self._player.env.close()


class TrainingStream:
    """
    The observations of the first training env, for envs without ``remake``.

    The probe set then holds states of this run's first steps. They stay the same during the run, but another run has others. Give
    the callback ``probes=ProbeSet.collect(env)`` to compare runs.

    :param probe_count: observations in the probe set
    :param trajectory_steps: length of the trajectory that is kept
    """

    def __init__(self, probe_count: int, trajectory_steps: int) -> None:
        self._probe_count = probe_count
        self._latest: deque[OneState] = deque(maxlen=max(trajectory_steps, 1))
        self._kept: Thinned[OneState] = Thinned()
        self._newest: OneState | None = None
        self._game = 0  # number of the present one
        self._seen = 0

    def watch(
        self,
        observations: Any,
        memory: th.Tensor | None = None,
        starts: np.ndarray | None = None,
        masks_before: np.ndarray | None = None,
    ) -> None:
        """
        Keeps what one step of training showed.

        :param observations: (N, ...), after the step, or a dict of such
        :param memory: (N, M, H) with which a recurrent policy meets them; None for others
        :param starts: (N,) whether an episode starts with them; None if it is not known
        :param masks_before: (N, A) the masks under which the step was taken: those of the observations watched before
        """
        if masks_before is not None and self._newest is not None:
            self._newest.masks = as_masks(masks_before)[0]
        if starts is not None:
            self._game += bool(starts[0])
        first = self._newest = OneState(
            one_of(observations, 0),
            memory=None if memory is None else memory[0].detach().clone(),
            start=None if starts is None else bool(starts[0]),
            game=None if starts is None else self._game,
        )
        self._latest.append(first)
        if self._kept.wants(self._seen):
            self._kept.add(first)
        self._seen += 1

    def probes(self, patient: bool) -> ProbeSet | None:
        """States spread evenly over the steps so far; None while these are few and the caller is ``patient``."""
        if not self._kept.ones or (patient and self._seen < STREAM_STEPS_BEFORE_PROBES):
            return None
        known = _with_masks(self._kept.ones)
        places = np.linspace(0, len(known) - 1, num=min(self._probe_count, len(known))).round().astype(int)
        return ProbeSet.of_states(together([known[place] for place in places]))

    def trajectory(self, model: BaseAlgorithm, steps: int) -> States | None:
        """The latest ``steps`` env steps of training, with its exploration."""
        latest = _with_masks(list(self._latest))[-steps:]
        return together(latest) if latest else None

    def close(self) -> None:
        self._latest.clear()


def _with_masks(met: list[OneState]) -> list[OneState]:
    """Those whose masks are known, which training shows one step later; all if it has no masks."""
    return [one for one in met if one.masks is not None] or met


def _describe(remake: Callable[..., VecEnv]) -> str | None:
    """
    Text that says what a ``functools.partial`` of a module's function makes, if its arguments are plain. None for anything else,
    such as a lambda: two lambdas have the same name.
    """
    if not isinstance(remake, partial):
        return None
    name = f"{remake.func.__module__}.{remake.func.__qualname__}"
    try:
        return None if "<" in name else f"{name} {json.dumps([remake.args, remake.keywords], sort_keys=True)}"
    except TypeError:
        return None
