"""The episodes a DQN learns from, cut out of the games that ALE's vector env plays."""

import time
from typing import Any

import numpy as np
from ale_py import Action
from ale_py.vector_env import AtariVectorEnv
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorWrapper


class AtariEpisodes(VectorWrapper):
    """
    Training episodes with SB3's Atari semantics over an ``AtariVectorEnv`` in SAME_STEP mode.

    - A lost life ends the training episode while the game goes on; the next episode's stacks start with one frame behind zeros,
      as after a reset. (The env must be made with ``life_loss_info=True``, not ``episodic_life=True``, which resets the game.)
    - Rewards are clipped to their sign for the learner; ``info["episode"]`` has the raw score ``r`` and the length ``l`` (env
      steps) of each whole game, when the game is over.
    - After a lost life FIRE is pressed in place of the next action where the game waits for it. SB3's ``FireResetEnv`` plays
      three hidden steps there (no-op, FIRE, action 2), which a batch in lock-step cannot.

    :param env: N games, raw rewards, ``stack`` frames of one channel (N, stack, H, W) or three (N, stack, H, W, 3)
    :param terminal_on_life_loss: whether a lost life ends the training episode
    :param clip_reward: whether the learner sees the sign of the reward only
    :param fire_on_life_loss: whether FIRE is pressed after a lost life, in games that have it
    :param max_frames: the cap that ``env`` was made with
    :param twin: the same games in colour at full size, stepped along with ``env`` for :meth:`render`
    """

    reports_episodes = True

    def __init__(
        self,
        env: AtariVectorEnv,
        terminal_on_life_loss: bool = True,
        clip_reward: bool = True,
        fire_on_life_loss: bool = True,
        max_frames: int = 108_000,
        twin: AtariVectorEnv | None = None,
    ) -> None:
        super().__init__(env)
        if env.metadata["autoreset_mode"] != AutoresetMode.SAME_STEP:
            raise ValueError(f"AtariEpisodes needs AutoresetMode.SAME_STEP, not {env.metadata['autoreset_mode']}")
        assert isinstance(env.single_action_space, spaces.Discrete)
        self.terminal_on_life_loss = terminal_on_life_loss
        self.clip_reward = clip_reward
        action_set = list(env.ale.get_action_set())
        self._fire = action_set.index(Action.FIRE) if Action.FIRE in action_set else None
        self.fire_on_life_loss = fire_on_life_loss and self._fire is not None
        self.max_frames = max_frames
        self.twin = twin
        self.n_actions = int(env.single_action_space.n)
        self._lives = np.zeros(env.num_envs, dtype=np.int64)
        self._frames = np.zeros(env.num_envs, dtype=np.int64)  # emulator frames of the game so far
        self._earlier = np.zeros(env.num_envs, dtype=np.int64)  # emulator frames of the games before
        self._opening = np.zeros(env.num_envs, dtype=np.int64)  # no-ops and FIRE at the start, which the cap does not count
        self._seeds = np.random.default_rng()
        self._must_fire = np.zeros(env.num_envs, dtype=bool)
        self._stack = env.single_observation_space.shape[0]  # type: ignore[index]
        self._hidden = np.zeros(env.num_envs, dtype=np.int64)  # frames at the start of a stack from before a lost life
        self._scores = np.zeros(env.num_envs, dtype=np.float64)
        self._lengths = np.zeros(env.num_envs, dtype=np.int64)  # env steps
        self._stepping = False
        self._started = time.time()
        self._picture: np.ndarray | None = None

    @property
    def render_mode(self) -> str | None:  # type: ignore[override]
        return None if self.twin is None else "rgb_array"

    def reset(
        self, *, seed: int | list[int] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        if self._stepping:
            self.step_wait()  # emulators that are still at work must not be reset
        if seed is not None:
            self._seeds = np.random.default_rng(seed)
        elif self.twin is not None:  # which must play the same games, so neither may draw a seed of its own
            seed = self._seeds.integers(2**31, size=self.num_envs).tolist()
        seeds = None
        if seed is not None:  # ALE's are 31 bits long, SB3's 32
            seeds = (np.arange(self.num_envs) + seed if isinstance(seed, int) else np.asarray(seed)) % 2**31
        if self.twin is not None:
            self._picture = self.twin.reset(seed=seeds, options=options)[0]
        observations, info = self.env.reset(seed=seeds, options=options)  # type: ignore[arg-type]
        self._remember(info)
        self._opening = self._frames.copy()
        for counter in (self._scores, self._lengths, self._must_fire, self._hidden):
            counter[:] = 0
        return observations, info

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        self.step_async(actions)
        return self.step_wait()

    def step_async(self, actions: np.ndarray) -> None:
        """Start the emulators; other work overlaps with them until :meth:`step_wait`."""
        actions = np.asarray(actions)
        # ALE never returns from an action it does not know.
        if actions.dtype.kind not in "iu" or actions.min() < 0 or actions.max() >= self.n_actions:
            raise ValueError(f"actions must be integers from 0 to {self.n_actions - 1}, got {actions.tolist()}")
        actions = actions.astype(np.int64)
        if self._must_fire.any():
            actions[self._must_fire] = self._fire
        if self._stepping:
            raise RuntimeError("step_async was called twice; call step_wait in between")
        self._stepping = True
        self.env.send(actions)  # type: ignore[attr-defined]
        if self.twin is not None:
            self.twin.send(actions)

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """The step's observations, rewards, terminated, truncated and batched info."""
        if not self._stepping:
            raise RuntimeError("step_wait was called without step_async; ALE would wait for ever")
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
            # ALE ends an episode for a lost life and for a game over alike; after a game over its frame count starts again.
            life_lost = terminated & (info["episode_frame_number"] > self._frames)
            game_over = ended & ~life_lost
            if game_over.any():
                terminated, truncated = self._report(game_over, terminated, truncated, info)
            # ALE fills in `final_obs` only where it reset a game; where a life was lost it holds leftovers of another step.
            info["final_obs"][life_lost] = observations[life_lost]
            self._hide(info["final_obs"])
            self._hidden[game_over] = 0
            if self.terminal_on_life_loss:
                self._hidden[life_lost] = self._stack - 1
            info["_final_obs"] = ended
            if not self.terminal_on_life_loss:
                terminated = terminated & ~life_lost
                info["_final_obs"] = game_over
            self._must_fire = life_lost & self.fire_on_life_loss
        elif self._must_fire.any():
            self._must_fire[:] = False
        self._hide(observations)
        self._remember(info)
        return observations, learner_rewards, terminated, truncated, info

    def render(self) -> tuple[np.ndarray, ...] | None:
        """The games' own pictures, (210, 160, 3) uint8 each, or None without a twin."""
        return None if self._picture is None else tuple(self._picture[:, -1])

    def close(self, **kwargs: Any) -> None:
        for emulators in (self.env, self.twin):
            if emulators is not None:
                emulators.close(**kwargs)

    def _hide(self, observations: np.ndarray) -> None:
        """Zeros in place of frames from before a lost life, which ALE's stacks still hold."""
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
        Says in ``info`` how the games that are over ended, and starts counting the next ones.

        :return: terminated and truncated, put right where the last frame before the cap also cost a life: ALE calls that
            terminated, but unless lost lives end episodes it is the cap that ended this one
        """
        # ALE's own info is of the next game already; what frames it played in all tells how many were of the last one.
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
                "t": np.full(self.num_envs, round(time.time() - self._started, 6)),
            },
        }
        info["final_info"] |= {f"_{key}": game_over for key in tuple(info["final_info"])}
        info["_final_info"] = game_over
        self._opening[game_over] = info["episode_frame_number"][game_over]
        self._scores[game_over] = 0
        self._lengths[game_over] = 0
        return terminated, truncated
