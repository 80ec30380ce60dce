"""How far the games of ALE's vector env have come, so that they can be played again up to there."""

import numpy as np
from ale_py.vector_env import AtariVectorEnv

from .saved_states import State, StateError

FIRST_ROWS = 256
NO_SEED = -1  # of ALE: the random numbers of a game go on


class GameLog:
    """
    What determines the current games: the seeds, how many games were begun since then, and the actions of the current ones.

    ALE's vector env cannot save its state. But a game without sticky actions depends on nothing else: its seed draws the number of
    no-ops at the start of every game, and all the rest follows from the actions.

    :param n_envs: N
    """

    def __init__(self, n_envs: int) -> None:
        self.seeds = np.full(n_envs, NO_SEED)  # of the latest reset with seeds
        self.begun = np.zeros(n_envs, dtype=np.int64)  # games after the first since then
        self._actions = np.zeros((FIRST_ROWS, n_envs), dtype=np.uint8)
        self._rows = 0
        self._first = np.zeros(n_envs, dtype=np.int64)  # row of the first action of each game

    def reset(self, where: np.ndarray, seeds: np.ndarray) -> None:
        """Games of a mask (N,) begin anew, with seeds (N,) or, at -1, with what their generators draw next."""
        seeded = where & (seeds != NO_SEED)
        self.begun[where] += 1
        self.begun[seeded] = 0
        self.seeds = np.where(seeded, seeds, self.seeds)
        if where.all():
            self._rows = 0
        self._first[where] = self._rows

    def add(self, actions: np.ndarray) -> None:
        """Actions (N,) that are sent."""
        if self._rows == len(self._actions):
            oldest = int(self._first.min())
            kept = self._actions[oldest : self._rows]
            grown = np.zeros((max(2 * len(kept), FIRST_ROWS), len(self.begun)), dtype=np.uint8)
            grown[: len(kept)] = kept
            self._actions, self._rows, self._first = grown, len(kept), self._first - oldest
        self._actions[self._rows] = actions
        self._rows += 1

    def over(self, where: np.ndarray) -> None:
        """Games of a mask (N,) have ended, and others have begun."""
        self.begun[where] += 1
        self._first[where] = self._rows

    def state(self) -> State | None:
        """Arrays from which :func:`played_again` makes the same games; None if one of them began without a seed."""
        if (self.seeds == NO_SEED).any():
            return None
        oldest = int(self._first.min())
        actions = self._actions[oldest : self._rows].copy()
        return {"seeds": self.seeds, "begun": self.begun.copy(), "actions": actions, "first": self._first - oldest}

    def restore(self, state: State) -> None:
        """What :meth:`state` gave."""
        self.seeds, self.begun = state["seeds"].copy(), state["begun"].copy()
        self._rows, self._first = len(state["actions"]), state["first"].copy()
        self._actions = np.concatenate([state["actions"], np.zeros((FIRST_ROWS, len(self.begun)), dtype=np.uint8)])


def played_again(env: AtariVectorEnv, state: State) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """
    Play the games up to where they were. No pictures are shown and nothing is learnt, so this is fast.

    :param env: of the same games
    :param state: from :meth:`GameLog.state`
    :return: observations (N, ...) and info after the last action
    :raises StateError: if the state is of another number of games
    """
    seeds, begun, actions, first = (state[name] for name in ("seeds", "begun", "actions", "first"))
    if len(seeds) != env.num_envs:
        raise StateError(f"the saved state is of {len(seeds)} games, not of {env.num_envs}")
    observations, info = env.reset(seed=seeds)
    for row in range(len(actions) + 1):
        for i in np.flatnonzero(first == row):
            mask = np.arange(env.num_envs) == i
            observations, info = env.reset(seed=seeds[mask], options={"reset_mask": mask})
            for _ in range(begun[i]):
                observations, info = env.reset(options={"reset_mask": mask})
        if row < len(actions):
            # A game that is still to begin takes any action until then.
            observations, _, _, _, info = env.step(np.where(first <= row, actions[row], 0).astype(np.int64))
    return observations, info
