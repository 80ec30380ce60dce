"""A policy at play, without exploration, and what it sees on the way."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from .actor_critic_heads import ActorCriticHeads
from .evaluation_mode import evaluating
from .heads import head_reader
from .observations import Entries
from .probe_set import game_pictures


@dataclass(frozen=True)
class Stretch:
    """
    Consecutive observations of one env.

    :param observations: (T, ...), as the policy sees them, or a dict of such
    :param frames: the game's own pictures (T, H, W, 3) uint8, or None
    :param memory: (T, M, H) what a recurrent policy remembered before each, as :class:`saccade.saliency.heads.Head` takes it; None
        for other policies, or where it is not known
    :param starts: (T,) whether an episode starts there; None where it is not known
    """

    observations: Any
    frames: np.ndarray | None = None
    memory: th.Tensor | None = None
    starts: np.ndarray | None = None


class Player:
    """
    Plays on from call to call.

    :param env: one env; is reset
    """

    def __init__(self, env: VecEnv) -> None:
        self.env = env
        self._obs: Any = env.reset()
        self._states: Any = None  # of the LSTMs, as SB3's predict wants them
        self._memory: th.Tensor | None = None
        self._start = np.ones(env.num_envs, dtype=bool)

    def record(self, model: BaseAlgorithm | BasePolicy, steps: int) -> Stretch:
        """
        The next env steps.

        :param model: that plays; may be another one than before, of the same kind
        :param steps: how many
        """
        policy = model.policy if isinstance(model, BaseAlgorithm) else model
        reader = head_reader(policy)
        recurrent = isinstance(reader, ActorCriticHeads) and reader.recurrent
        observations: list[Any] = []
        frames, memories, starts = [], [], []
        for _ in range(steps):
            observations.append({key: x[0].copy() for key, x in self._obs.items()} if isinstance(self._obs, dict)
                                else self._obs[0].copy())
            pictures = game_pictures(self.env)
            if pictures is not None:
                frames.append(pictures[0])
            starts.append(bool(self._start[0]))
            if recurrent:
                memories.append(self._remember(reader, policy))  # type: ignore[arg-type]
            actions, self._states = model.predict(self._obs, self._states, self._start, deterministic=True)
            self._obs, _, self._start, _ = self.env.step(actions)
        stacked: Any = ({key: np.stack([x[key] for x in observations]) for key in observations[0]}
                        if isinstance(observations[0], dict) else np.stack(observations))
        return Stretch(stacked, np.stack(frames) if frames else None, th.cat(memories) if memories else None, np.array(starts))

    def _remember(self, reader: ActorCriticHeads, policy: BasePolicy) -> th.Tensor:
        """What is remembered before this step; takes note of the step for the next."""
        assert reader.core is not None
        with evaluating(policy), th.no_grad():
            if self._memory is None or self._start[0]:
                self._memory = reader.core.no_memory(1)
            before = self._memory
            seen = Entries.of(policy, self._obs).rows(slice(0, 1))
            self._memory = reader.remember(seen.packed(), before)
        return before
