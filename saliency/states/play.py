"""A policy at play, without exploration, and what it sees on the way."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch as th
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..readers.actor_critic_reader import ActorCriticHeads
from ..readers.entries import Entries, Observations
from ..readers.evaluation_mode import evaluating
from ..readers.head import head_reader
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

    def some(self, steps: slice | np.ndarray) -> "Stretch":
        """
        Some of its steps.

        :param steps: which ones
        """
        whole = self.observations
        observations = {key: x[steps] for key, x in whole.items()} if isinstance(whole, dict) else whole[steps]
        others: Any = {name: None if x is None else x[steps] for name, x in vars(self).items() if name != "observations"}
        return Stretch(observations, **others)


def act(model: BaseAlgorithm | BasePolicy, env: VecEnv, obs: Any, states: Any, start: np.ndarray) -> tuple[np.ndarray, Any]:
    """
    What a model does without exploration, and the states of its LSTM afterwards.

    :param model: any; a maskable one is given the masks of an env that has them
    :param env: that asks
    :param obs: (N, ...) what the model sees
    :param states: of its LSTM before, None at first
    :param start: (N,) whether an episode starts
    """
    policy = model.policy if isinstance(model, BaseAlgorithm) else model
    masks = {}
    if isinstance(policy, MaskableActorCriticPolicy) and is_masking_supported(env):
        masks["action_masks"] = get_action_masks(env)
    return model.predict(obs, states, start, deterministic=True, **masks)


class Recollection:
    """
    What a policy remembers along its play, None throughout for one without an LSTM.

    :param policy: that plays
    """

    def __init__(self, policy: BasePolicy) -> None:
        reader = head_reader(policy)
        self._reader = reader if isinstance(reader, ActorCriticHeads) and reader.core is not None else None
        self._memory: th.Tensor | None = None

    def before(self, start: np.ndarray) -> th.Tensor | None:
        """
        The memory before the present step, (N, M, H).

        :param start: (N,) whether an episode starts with it
        """
        if self._reader is None:
            return None
        assert self._reader.core is not None
        if self._memory is None:
            self._memory = self._reader.core.no_memory(len(start))
        gone = th.as_tensor(start, device=self._memory.device)[:, None, None]
        self._memory = self._memory.masked_fill(gone, 0.0)
        return self._memory

    def see(self, obs: Observations) -> None:
        """
        Takes note of a step, after :meth:`before`.

        :param obs: (N, ...) what the policy sees
        """
        if self._reader is not None:
            assert self._memory is not None
            policy = self._reader.policy
            with evaluating(policy), th.no_grad():
                self._memory = self._reader.remember(Entries.of(policy, obs).packed(), self._memory)


class Player:
    """
    Plays on from call to call.

    :param env: one env; is reset
    """

    def __init__(self, env: VecEnv) -> None:
        self.env = env
        self._obs: Any = env.reset()
        self._states: Any = None  # of the LSTMs, as SB3's predict wants them
        self._recollection: Recollection | None = None  # of the first model that plays; others of its kind go on with it
        self._start = np.ones(env.num_envs, dtype=bool)

    def record(self, model: BaseAlgorithm | BasePolicy, steps: int) -> Stretch:
        """
        The next env steps.

        :param model: that plays; may be another one than before, of the same kind
        :param steps: how many
        """
        policy = model.policy if isinstance(model, BaseAlgorithm) else model
        if self._recollection is None:
            self._recollection = Recollection(policy)
        observations: list[Any] = []
        frames, memories, starts = [], [], []
        for _ in range(steps):
            observations.append(
                {key: x[0].copy() for key, x in self._obs.items()} if isinstance(self._obs, dict) else self._obs[0].copy()
            )
            pictures = game_pictures(self.env)
            if pictures is not None:
                frames.append(pictures[0])
            starts.append(bool(self._start[0]))
            memory = self._recollection.before(self._start)
            if memory is not None:
                memories.append(memory[:1])
            self._recollection.see(self._obs)
            actions, self._states = act(model, self.env, self._obs, self._states, self._start)
            self._obs, _, self._start, _ = self.env.step(actions)
        stacked: Any = (
            {key: np.stack([x[key] for x in observations]) for key in observations[0]}
            if isinstance(observations[0], dict)
            else np.stack(observations)
        )
        whole = np.stack(frames) if len(frames) == steps else None  # an env may fail to draw now and then
        return Stretch(stacked, whole, th.cat(memories) if memories else None, np.array(starts))
