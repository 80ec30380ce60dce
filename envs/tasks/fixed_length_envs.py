"""Gymnasium envs, single and natively batched, for games whose episodes all have the same length."""

from typing import Any

import gymnasium as gym
import numpy as np
import torch as th
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from ..arguments.plain_numbers import check_whole_numbers
from ..counter_random import key_of, uniforms
from ..resets.asked import MASK, reset_seeds, reset_where
from ..saved_states import State, StateError
from .fixed_length_game import FixedLengthGame

RENDER_MODES = ("rgb_array",)
FPS = 10  # of a film

Observations = np.ndarray | dict[str, np.ndarray]


def check_render_mode(mode: str | None) -> None:
    """
    :raises ValueError: if there is no such mode
    """
    if mode is not None and mode not in RENDER_MODES:
        raise ValueError(f"render_mode is {mode!r}; it must be {RENDER_MODES[0]!r}, or None for no pictures")


def _copied(observations: th.Tensor | dict[str, th.Tensor]) -> Observations:
    """Arrays of their own: a user who changes an observation must not change the game."""
    if isinstance(observations, dict):
        return {key: x.cpu().numpy().copy() for key, x in observations.items()}
    copied: np.ndarray = observations.cpu().numpy().copy()
    return copied


class FixedLengthVectorEnv(VectorEnv):
    """
    A game as a natively batched gymnasium env, in SAME_STEP autoreset mode.

    The seed of copy i and the number of an episode determine the episode. It does not depend on ``num_envs``, and
    :class:`FixedLengthEnv` plays the same episodes with the same seed.

    :param num_envs: N
    :param game: to play
    :param copies: number of consecutive envs with the same seed and therefore the same episodes
    :param render_mode: ``"rgb_array"``: :meth:`render` gives pictures
    :ivar episode_length: steps per episode
    :ivar n_items: that of the game, as is ``not_yet``
    :raises ValueError: if ``num_envs`` is not a multiple of ``copies``
    """

    metadata = {  # noqa: RUF012  # as in gymnasium
        "autoreset_mode": AutoresetMode.SAME_STEP,
        "render_modes": list(RENDER_MODES),
        "render_fps": FPS,
    }

    def __init__(self, num_envs: int, game: FixedLengthGame, copies: int = 1, render_mode: str | None = None) -> None:
        check_render_mode(render_mode)
        check_whole_numbers(num_envs=num_envs, copies=copies)
        if num_envs < 1 or copies < 1 or num_envs % copies:
            raise ValueError(f"num_envs is {num_envs} and copies {copies}; both must be at least 1, num_envs a multiple of copies")
        self.num_envs, self.render_mode = num_envs, render_mode
        self.game = game
        self.copies = copies
        self.single_observation_space, self.single_action_space = game.observation_space, game.action_space
        self.observation_space = batch_space(game.observation_space, num_envs)
        self.action_space = batch_space(game.action_space, num_envs)
        self.episode_length, self.n_items, self.not_yet = game.length, game.n_items, game.not_yet
        self._keys: th.Tensor  # from the first reset on
        self._seeded = False

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observations, dict[str, Any]]:
        if not reset_where(options, self.num_envs).all():
            raise ValueError(f"{MASK} must be True for all envs, because episodes of one batch begin and end together")
        if all(one is None for one in reset_seeds(seed, self.num_envs)):
            seed = None
        if seed is not None or not self._seeded:
            self._keys = th.from_numpy(self._seeds(seed)).to(self.game.device)
            self._seeded = True
            self._episodes = th.zeros_like(self._keys)
        else:
            self._episodes += 1
        return self._begin(), self._info()

    def step(self, actions: np.ndarray) -> tuple[Observations, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        if not self._seeded:
            raise gym.error.ResetNeeded("call reset before step")
        chosen = np.asarray(actions)
        count = int(self.game.action_space.n)
        if chosen.shape != (self.num_envs,) or chosen.dtype.kind not in "iu" or chosen.min() < 0 or chosen.max() >= count:
            raise ValueError(f"actions must be {self.num_envs} integers from 0 to {count - 1}, got {chosen.tolist()}")
        rewards, last = self._play(chosen.astype(np.int64))
        ended, never = np.full(self.num_envs, last), np.zeros(self.num_envs, dtype=bool)
        observations, info = self._observations(), self._info()
        if last:
            self._episodes += 1
            final = {"final_obs": observations, "_final_obs": ended, "final_info": info, "_final_info": ended}
            observations = self._begin()
            info = {**self._info(), **final}
        return observations, rewards, ended, never, info

    def save_state(self) -> State | None:
        """What determines the current episodes: seeds, their numbers, and the actions played in them so far."""
        if not self._seeded:
            return None
        actions = np.array(self._played, dtype=np.int64).reshape(-1, self.num_envs)
        return {"keys": self._keys.cpu().numpy().copy(), "episodes": self._episodes.cpu().numpy().copy(), "actions": actions}

    def restore_state(self, state: State) -> None:
        """
        Draw the same episodes and take the same actions.

        :raises StateError: if the state is of another number of envs
        """
        if len(state["keys"]) != self.num_envs:
            raise StateError(f"the saved state is of {len(state['keys'])} envs, not of {self.num_envs}")
        self._keys, self._episodes = (th.from_numpy(state[name].copy()).to(self.game.device) for name in ("keys", "episodes"))
        self._seeded = True
        self._begin()
        for actions in state["actions"]:
            self._play(actions)

    def _play(self, actions: np.ndarray) -> tuple[np.ndarray, bool]:
        """Take actions (N,), and return rewards (N,) and whether this was the last step of the episode."""
        self._played.append(actions)
        self._steps += 1
        last = self._steps == self.game.length
        return self.game.play(th.from_numpy(actions).to(self.game.device), last).cpu().numpy(), last

    def render(self) -> tuple[np.ndarray, ...] | None:
        """The pictures of all copies, (h, w, 3) uint8 each; None without a render mode."""
        if not self._seeded:
            raise gym.error.ResetNeeded("call reset before render")
        return None if self.render_mode is None else tuple(self.game.pictures())

    def objects(self) -> list[dict[str, np.ndarray]]:
        """Where the named things of the current images are, (H, W) bool each, for every copy."""
        if not self._seeded:
            raise gym.error.ResetNeeded("call reset before objects")
        masks = {name: x.cpu().numpy().copy() for name, x in self.game.objects().items()}
        return [{name: x[i] for name, x in masks.items()} for i in range(self.num_envs)]

    def get_action_meanings(self) -> list[str]:
        """Those of the game."""
        return self.game.get_action_meanings()

    def _seeds(self, seed: int | list[int | None] | None) -> np.ndarray:
        self._np_random, _ = gym.utils.seeding.np_random(int(seed) if isinstance(seed, int | np.integer) else None)
        fresh = self._np_random.integers(2**62, size=self.num_envs)
        given = reset_seeds(seed, self.num_envs)
        seeds = np.array([fresh[i] if one is None else key_of(one) for i, one in enumerate(given)], dtype=np.int64)
        return seeds[np.arange(self.num_envs) // self.copies]

    def _begin(self) -> Observations:
        self._steps = 0
        self._played: list[np.ndarray] = []  # actions of the episode
        self.game.begin(uniforms(self._keys, self._episodes, self.game.draws), self._keys, self._episodes)
        return self._observations()

    def _observations(self) -> Observations:
        return _copied(self.game.observations())

    def _info(self) -> dict[str, Any]:
        present = np.ones(self.num_envs, dtype=bool)
        info = {key: values.cpu().numpy().copy() for key, values in self.game.info().items()}
        return {**info, **{f"_{key}": present for key in info}}


class FixedLengthEnv(gym.Env):
    """
    A game as a single gymnasium env.

    :param game: to play
    :param render_mode: ``"rgb_array"``: :meth:`render` gives a picture
    :ivar episode_length: steps per episode
    :ivar n_items: that of the game, as is ``not_yet``
    :ivar says_objects: that :meth:`objects` can be asked, also in another process
    """

    metadata = {"render_modes": list(RENDER_MODES), "render_fps": FPS}  # noqa: RUF012
    says_objects = True

    def __init__(self, game: FixedLengthGame, render_mode: str | None = None) -> None:
        check_render_mode(render_mode)
        self.game, self.render_mode = game, render_mode
        self.observation_space, self.action_space = game.observation_space, game.action_space
        self.episode_length, self.n_items, self.not_yet = game.length, game.n_items, game.not_yet
        self._key: int | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observations, dict[str, Any]]:
        super().reset(seed=seed)
        if seed is not None or self._key is None:
            self._key = int(self.np_random.integers(2**62)) if seed is None else key_of(seed)
            self._episode = 0
        else:
            self._episode += 1
        self._steps = 0
        key, episode = (th.tensor([number], device=self.game.device) for number in (self._key, self._episode))
        self.game.begin(uniforms(key, episode, self.game.draws), key, episode)
        return self._observation(), self._info()

    def step(self, action: Any) -> tuple[Observations, float, bool, bool, dict[str, Any]]:
        if self._key is None:
            raise gym.error.ResetNeeded("call reset before step")
        if self._steps == self.game.length:
            raise gym.error.ResetNeeded("the episode has ended; call reset")
        if not self.action_space.contains(action):
            raise ValueError(f"the action must be an integer from 0 to {int(self.game.action_space.n) - 1}, got {action!r}")
        self._steps += 1
        last = self._steps == self.game.length
        reward = self.game.play(th.tensor([int(action)], device=self.game.device), last).item()
        return self._observation(), float(reward), last, False, self._info()

    def render(self) -> np.ndarray | None:
        """The picture, (h, w, 3) uint8; None without a render mode."""
        if self._key is None:
            raise gym.error.ResetNeeded("call reset before render")
        return None if self.render_mode is None else self.game.pictures()[0]

    def objects(self) -> dict[str, np.ndarray]:
        """Where the named things of the current image are, (H, W) bool each."""
        if self._key is None:
            raise gym.error.ResetNeeded("call reset before objects")
        return {name: x[0].cpu().numpy().copy() for name, x in self.game.objects().items()}

    def get_action_meanings(self) -> list[str]:
        """Those of the game."""
        return self.game.get_action_meanings()

    def _observation(self) -> Observations:
        seen = _copied(self.game.observations())
        return {key: x[0] for key, x in seen.items()} if isinstance(seen, dict) else seen[0]

    def _info(self) -> dict[str, Any]:
        return {key: values[0].item() for key, values in self.game.info().items()}
