"""A policy at play, without exploration, and what it sees on the way."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ..readers.entries import Entries, Observations, letters_of
from ..readers.head_reader import recurrent_reader
from ..readers.undisturbed.evaluation_mode import evaluating
from .game_pictures import game_pictures
from .known_objects import SaidObjects
from .masks import masks_of
from .states import OneState, States, one_of, together


def act(
    model: BaseAlgorithm | BasePolicy, obs: Any, states: Any, start: np.ndarray, masks: th.Tensor | None = None
) -> tuple[np.ndarray, Any]:
    """
    What a model does without exploration.

    :param model: any
    :param obs: (N, ...) what the model sees
    :param states: of the model's LSTM before this step, None at first
    :param start: (N,) whether an episode starts
    :param masks: (N, A) which actions the env allows, of :func:`masks_of`
    :return: actions (N, ...), and the states of the LSTM afterwards
    """
    rules: dict[str, Any] = {} if masks is None else {"action_masks": masks.numpy()}
    return model.predict(obs, states, start, deterministic=True, **rules)


class Recollection:
    """
    The memory of a policy along its play; always None for a policy without an LSTM.

    :param policy: that plays
    """

    def __init__(self, policy: BasePolicy) -> None:
        self._reader = recurrent_reader(policy)
        self._memory: th.Tensor | None = None

    def hand_over(self, policy: BasePolicy) -> None:
        """
        From now on another policy plays. It goes on with the memory that there is, as it does with the states of ``predict``.

        :param policy: of the same kind
        """
        self._reader = recurrent_reader(policy)

    def before(self, start: np.ndarray) -> th.Tensor | None:
        """
        The memory before the present step, (N, M, H).

        :param start: (N,) whether an episode starts with this step
        """
        if self._reader is None:
            return None
        memory = self._reader.no_memory(len(start)) if self._memory is None else self._memory
        self._memory = memory.masked_fill(th.as_tensor(start, device=memory.device)[:, None, None], 0.0)
        return self._memory

    def see(self, obs: Observations) -> None:
        """
        Goes one step on. Call :meth:`before` first.

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

    :param env: one env; it is reset
    """

    def __init__(self, env: VecEnv) -> None:
        self.env = env
        self._obs: Any = env.reset()
        self._states: Any = None  # of the LSTMs, as SB3's predict takes them
        self._recollection: Recollection | None = None  # handed over from model to model
        self._start = np.ones(env.num_envs, dtype=bool)
        self._said = SaidObjects(env)

    def record(self, model: BaseAlgorithm | BasePolicy, steps: int, things: bool = True) -> States:
        """
        The next env steps.

        :param model: that plays; it may be another one than before, of the same kind
        :param steps: how many
        :param things: whether the env is asked for its things at each step
        :return: consecutive states, with the things that the env says; those on a game's screen are found where they are needed
            (:func:`saccade.saliency.states.known_objects.with_objects`), because masks of all frames take much memory
        """
        policy = model.policy if isinstance(model, BaseAlgorithm) else model
        if self._recollection is None:
            self._recollection = Recollection(policy)
        else:
            self._recollection.hand_over(policy)
        met: list[OneState] = []
        game = 0
        for _ in range(steps):
            pictures, start = game_pictures(self.env), bool(self._start[0])
            said = self._said.now() if things else None
            memory, masks = self._recollection.before(self._start), masks_of(policy, self.env)
            game += start
            met.append(
                OneState(
                    one_of(self._obs, 0),
                    None if pictures is None else pictures[0],
                    memory=None if memory is None else memory[0],
                    start=start,
                    masks=None if masks is None else masks[0],
                    objects=None if said is None else said[0],
                    game=game,
                )
            )
            self._recollection.see(self._obs)
            actions, self._states = act(model, self._obs, self._states, self._start, masks)
            self._obs, _, self._start, _ = self.env.step(actions)
        return replace(together(met), axes=letters_of(policy))
