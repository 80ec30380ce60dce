"""Training episodes cut from the games that ALE's vector env plays."""

import time
import zlib
from typing import Any

import numpy as np
from ale_py import Action
from ale_py.vector_env import AtariVectorEnv
from gymnasium.vector import AutoresetMode, VectorWrapper

from .atari_replay import NO_SEED, GameLog, played_again
from .resets.asked import reset_seeds, reset_where
from .saved_states import State, StateError

COUNTERS = ("_opening", "_must_fire", "_hidden", "_scores", "_lengths")  # (N,) each


class AtariEpisodes(VectorWrapper):
    """
    Training episodes with SB3's Atari semantics over an ``AtariVectorEnv`` in SAME_STEP mode.

    - A lost life ends the training episode, but the game continues. The next stack has one frame and zeros before it, as after a
      reset. (Make the env with ``life_loss_info=True``. ``episodic_life=True`` would reset the game.)
    - The learner gets the sign of each reward. When a game is over, ``info["episode"]`` has its raw score ``r`` and its length
      ``l`` (env steps).
    - After a lost life FIRE replaces the next action, in games that wait for it. SB3's ``FireResetEnv`` plays three hidden steps
      instead (no-op, FIRE, action 2). A batch in lock-step cannot do that.
    - With sticky actions FIRE replaces the first action of a game as well. ALE's vector env presses FIRE there for a single frame,
      which a sticky action may swallow. An env step has several frames, as the press of ``FireResetEnv`` has.

    :param env: N games with raw rewards, and stacks of frames with one channel (N, stack, H, W) or three (N, stack, H, W, 3)
    :param terminal_on_life_loss: whether a lost life ends the training episode
    :param clip_reward: whether the learner gets only the sign of each reward
    :param fire_on_life_loss: whether to press FIRE after a lost life and, with sticky actions, first in a game, in games that
        have it
    :param max_frames: the frame cap of ``env``
    :param twin: the same games in colour at full size, stepped together with ``env``, for :meth:`render`
    :param sticky: whether ``env`` repeats actions at random; then its state cannot be saved
    :param rom: name of the game's ROM, such as ``enduro``, for those who know the game's screen; None: it is not known
    :raises ValueError: if ``env`` has another autoreset mode
    """

    reports_episodes = True
    saves_what_it_wraps = True

    def __init__(
        self,
        env: AtariVectorEnv,
        terminal_on_life_loss: bool = True,
        clip_reward: bool = True,
        fire_on_life_loss: bool = True,
        max_frames: int = 108_000,
        twin: AtariVectorEnv | None = None,
        sticky: bool = False,
        rom: str | None = None,
    ) -> None:
        super().__init__(env)
        self.rom = rom
        if env.metadata["autoreset_mode"] != AutoresetMode.SAME_STEP:
            raise ValueError(f"AtariEpisodes needs AutoresetMode.SAME_STEP, not {env.metadata['autoreset_mode']}")
        self.terminal_on_life_loss = terminal_on_life_loss
        self.clip_reward = clip_reward
        action_set = list(env.ale.get_action_set())
        self._meanings = [action.name for action in action_set]
        self._fire = action_set.index(Action.FIRE) if Action.FIRE in action_set else None
        self.fire_on_life_loss = fire_on_life_loss and self._fire is not None
        self._fire_first = self.fire_on_life_loss and sticky
        self.max_frames = max_frames
        self.twin = twin
        self.n_actions = int(env.single_action_space.n)  # type: ignore[attr-defined]
        self._lives = np.zeros(env.num_envs, dtype=np.int64)
        self._frames = np.zeros(env.num_envs, dtype=np.int64)  # emulator frames of the game so far
        self._earlier = np.zeros(env.num_envs, dtype=np.int64)  # emulator frames of all earlier games
        # Frames of no-ops and FIRE at the start; the cap does not count them.
        self._opening = np.zeros(env.num_envs, dtype=np.int64)
        self._seeds = np.random.default_rng()
        self._must_fire = np.zeros(env.num_envs, dtype=bool)
        self._stack = env.single_observation_space.shape[0]  # type: ignore[index]
        self._hidden = np.zeros(env.num_envs, dtype=np.int64)  # frames of a stack from before a lost life
        self._scores = np.zeros(env.num_envs, dtype=np.float64)
        self._lengths = np.zeros(env.num_envs, dtype=np.int64)  # env steps
        self._stepping = False
        self._started = time.perf_counter()
        self._picture: np.ndarray | None = None
        self._log = None if sticky else GameLog(env.num_envs)
        self._newest: np.ndarray | None = None  # frame of each game, (N, ...)

    @property
    def render_mode(self) -> str | None:  # type: ignore[override]
        return None if self.twin is None else "rgb_array"

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """With ``options["reset_mask"]`` only these games begin anew, and the others go on."""
        if self._stepping:
            self.step_wait()  # do not reset emulators while they step
        where = reset_where(options, self.num_envs)
        seeds = self._seeds_of(seed)
        if self.twin is not None:
            self._picture = self.twin.reset(seed=seeds[where], options=options)[0]
        observations, info = self.env.reset(seed=seeds[where], options=options)
        if self._log is not None:
            self._log.reset(where, seeds)
        self._newest = observations[:, -1]
        self._remember(info)
        self._opening[where] = self._frames[where]
        for counter in (self._scores, self._lengths, self._hidden):
            counter[where] = 0
        self._must_fire[where] = self._fire_first
        self._hide(observations)
        return observations, info

    def _seeds_of(self, seed: int | list[int | None] | None) -> np.ndarray:
        """(N,) as ALE takes them: -1 for a game whose random numbers go on."""
        seeds = reset_seeds(seed, self.num_envs)
        given = [one for one in seeds if one is not None]
        if given:
            self._seeds = np.random.default_rng(seed if isinstance(seed, int) else given)
        drawn = (
            self._seeds.integers(2**31, size=self.num_envs).tolist() if self.twin is not None and len(given) < len(seeds) else None
        )
        # Both must play the same games, so neither draws its own seed. ALE's seeds have 31 bits, SB3's 32.
        return np.array([(NO_SEED if drawn is None else drawn[i]) if one is None else one % 2**31 for i, one in enumerate(seeds)])

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        self.step_async(actions)
        return self.step_wait()

    def step_async(self, actions: np.ndarray) -> None:
        """
        Start the emulators. They run until :meth:`step_wait` fetches the results.

        :param actions: (N,) integers
        :raises ValueError: if one is not an action of the game
        :raises RuntimeError: if they are running already
        """
        actions = np.asarray(actions)
        # ALE hangs on an unknown action.
        if actions.dtype.kind not in "iu" or actions.min() < 0 or actions.max() >= self.n_actions:
            raise ValueError(f"actions must be integers from 0 to {self.n_actions - 1}, got {actions.tolist()}")
        actions = actions.astype(np.int64)
        if self._must_fire.any():
            actions[self._must_fire] = self._fire
        if self._stepping:
            raise RuntimeError("step_async was called twice; call step_wait in between")
        self._stepping = True
        if self._log is not None:
            self._log.add(actions)
        self.env.send(actions)  # type: ignore[attr-defined]
        if self.twin is not None:
            self.twin.send(actions)

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """
        The step's observations, rewards, terminated, truncated and batched info.

        :raises RuntimeError: if the emulators were not started
        """
        if not self._stepping:
            raise RuntimeError("step_wait was called without step_async; call step_async first")
        observations, rewards, terminated, truncated, info = self.env.recv()  # type: ignore[attr-defined]
        self._stepping = False
        if self.twin is not None:
            self._picture = self.twin.recv()[0]
        self._scores += rewards
        self._lengths += 1
        learner_rewards = (np.sign(rewards) if self.clip_reward else rewards).astype(np.float32)
        if self._hidden.any():
            self._hidden = np.maximum(self._hidden - 1, 0)
        ended = terminated | truncated
        if ended.any():
            # ALE ends an episode both at a lost life and at a game over. Only a game over restarts its frame count.
            life_lost = terminated & (info["episode_frame_number"] > self._frames)
            game_over = ended & ~life_lost
            if game_over.any():
                if self._log is not None:
                    self._log.over(game_over)
                terminated, truncated = self._report(game_over, terminated, truncated, info)
            # ALE fills `final_obs` only where it reset a game. Where a life was lost it still has data of another step.
            info["final_obs"][life_lost] = observations[life_lost]
            self._hide(info["final_obs"])
            self._hidden[game_over] = 0
            if self.terminal_on_life_loss:
                self._hidden[life_lost] = self._stack - 1
            info["_final_obs"] = ended
            if not self.terminal_on_life_loss:
                terminated = terminated & ~life_lost
                info["_final_obs"] = game_over
            self._must_fire = (life_lost & self.fire_on_life_loss) | (game_over & self._fire_first)
        elif self._must_fire.any():
            self._must_fire[:] = False
        self._newest = observations[:, -1]
        self._hide(observations)
        self._remember(info)
        return observations, learner_rewards, terminated, truncated, info

    def get_action_meanings(self) -> list[str]:
        """Names of the actions, as gymnasium's own Atari envs give them."""
        return list(self._meanings)

    def render(self) -> tuple[np.ndarray, ...] | None:
        """The pictures of the games, (210, 160, 3) uint8 each, or None without a twin."""
        return None if self._picture is None else tuple(self._picture[:, -1])

    def save_state(self) -> State | None:
        """The games as :func:`saccade.envs.atari_replay.played_again` takes them, and the counters of this wrapper."""
        log = None if self._log is None or self.twin is not None or self._stepping else self._log.state()
        if log is None or self._newest is None:
            return None
        return {**log, **{name: getattr(self, name).copy() for name in COUNTERS}, "newest": _checksums(self._newest)}

    def restore_state(self, state: State) -> None:
        """
        Play the games again up to where they were saved.

        :raises StateError: if they come out differently, as with another version of ALE
        """
        if self._log is None:
            raise StateError("games with sticky actions cannot be played again")
        observations, info = played_again(self.env, state)  # type: ignore[arg-type]
        if not np.array_equal(_checksums(observations[:, -1]), state["newest"]):
            raise StateError("the games came out differently when they were played again")
        self._log.restore(state)
        self._newest = observations[:, -1]
        self._remember(info)
        for name in COUNTERS:
            setattr(self, name, state[name].copy())

    def close(self, **kwargs: Any) -> None:
        for emulators in (self.env, self.twin):
            if emulators is not None:
                emulators.close(**kwargs)

    def _hide(self, observations: np.ndarray) -> None:
        """Write zeros over the frames from before a lost life, which ALE's stacks still have."""
        for i in np.flatnonzero(self._hidden):
            observations[i, : self._hidden[i]] = 0

    def _remember(self, info: dict[str, Any]) -> None:
        self._lives = info["lives"].astype(np.int64)
        self._frames = info["episode_frame_number"].astype(np.int64)
        self._earlier = info["frame_number"] - self._frames

    def _report(
        self, game_over: np.ndarray, terminated: np.ndarray, truncated: np.ndarray, info: dict[str, Any]
    ) -> tuple[np.ndarray, np.ndarray]:
        """
        Write into ``info`` how each finished game ended, and restart the counters.

        :return: terminated and truncated, corrected for games that lost a life in the last frame before the cap. ALE calls them
            terminated. Unless lost lives end episodes, the cap ended them, so they are truncated
        """
        # ALE's own info already describes the next game. The total frame count gives the frames of the last one.
        frames = info["frame_number"] - info["episode_frame_number"] - self._earlier
        capped = game_over & terminated & (frames - self._opening >= self.max_frames) & (self._lives > 1)
        if not self.terminal_on_life_loss:
            terminated, truncated = terminated & ~capped, truncated | capped
        lives = np.where(game_over & ~truncated & ~capped, 0, self._lives - capped)
        info["final_info"] = {
            "env_id": info["env_id"],
            "lives": lives,
            "frame_number": frames + self._earlier,
            "episode_frame_number": frames,
            "episode": {
                "r": self._scores.copy(),
                "l": self._lengths.copy(),
                "t": np.full(self.num_envs, round(time.perf_counter() - self._started, 6)),
            },
        }
        info["final_info"] |= {f"_{key}": game_over for key in tuple(info["final_info"])}
        info["_final_info"] = game_over
        self._opening[game_over] = info["episode_frame_number"][game_over]
        self._scores[game_over] = 0
        self._lengths[game_over] = 0
        return terminated, truncated


def _checksums(frames: np.ndarray) -> np.ndarray:
    """One number for each frame, (N,)."""
    return np.array([zlib.crc32(frame.tobytes()) for frame in frames], dtype=np.int64)
