"""Gaze as an action: the agent must choose where to look, in any env with images and discrete actions."""

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space

from .counter_random import key_of
from .gaze import First, Follow, Forced, Gaze
from .gazes.shown import Seen, by_entry, images_of
from .gazes.tiles import Tiles
from .resets.asked import reset_seeds, reset_where
from .saved_states import State

Observation = dict[str, np.ndarray]
LESSON = "gaze_lesson"  # in infos


class GazeWrapper(gym.Wrapper, gym.utils.RecordConstructorArgs):
    """
    Observations become ``{"image", "gaze"}``, and actions also choose the next gaze; see :class:`saccade.envs.gaze.Gaze`.

    The observation keeps the whole image. The policy's retina crops it at the gaze. So no state is hidden, a rollout buffer
    replays everything exactly, and a derivative with respect to the image is zero wherever the policy never looked. (SB3's
    VecNormalize would change the observed gaze; give it ``norm_obs=False``.)

    :param env: has images with three axes, or dicts with an ``"image"``, and Discrete actions
    :param tiles: None for a continuous gaze; a number or (rows, columns) for a grid of tiles
    :param relative: whether an action moves the gaze from its current place; with ``tiles`` the actions are a grid of moves
    :param first: first gaze of an episode: ``"random"``, ``"center"`` or (x, y)
    :param forced: ``"random"``, ``"center"`` or (x, y) for a gaze that ignores the actions, or a function from images (N, ...) to
        the places (N, 2) where the eye looks at them, such as :class:`saccade.saliency.JacobianGaze`
    :param reach: random gazes are uniform in [-reach, reach]
    :param memory: whether each frame of a stack is seen at the gaze of its time (``"gazes"``), not at the newest one; 3 for frames
        of three channels, such as RGB
    :param step: of a grid of moves, from one to the next, in half images
    :param pixels: with ``relative``, how many pixels an action of 1 moves the gaze, on images of any size
    :param within: the gaze stays in [-within, within], whoever moves it; of tiles only those whose centres lie there are left
    :param taught: a teacher of the gaze: a function from images (N, ...) to places (N, 2), as for ``forced``. The agent's own
        actions move the gaze; ``info["gaze_lesson"]`` says which tile the teacher would have chosen
    :raises TypeError: if the env has other actions or observations
    :raises ValueError: if an argument is out of range
    """

    def __init__(
        self,
        env: gym.Env,
        tiles: Tiles = None,
        relative: bool = False,
        first: First = "random",
        forced: Forced = None,
        reach: float = 1.0,
        memory: bool | int = False,
        step: float | None = None,
        pixels: float | None = None,
        within: float = 1.0,
        taught: Follow | None = None,
    ) -> None:
        asked: dict[str, Any] = {
            "tiles": tiles, "relative": relative, "first": first, "forced": forced, "reach": reach, "memory": memory, "step": step,
            "pixels": pixels, "within": within, "taught": taught,
        }  # fmt: skip
        held = callable(forced) or taught is not None  # they may hold a network
        gym.utils.RecordConstructorArgs.__init__(self, **asked, _disable_deepcopy=held)
        gym.Wrapper.__init__(self, env)
        self.gaze = Gaze(env.action_space, env.observation_space, **asked)
        self.observation_space, self.action_space = self.gaze.observation_space, self.gaze.action_space
        self._seeded = False

    @property
    def forced_gaze(self) -> bool:
        """Whether the gaze ignores the actions. Learners ask for it, since there is nothing to learn from such a gaze."""
        return self.gaze.forced is not None

    @property
    def taught_gaze(self) -> bool:
        """Whether infos say where a teacher would look."""
        return self.gaze.taught is not None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observation, dict[str, Any]]:
        seen, info = self.env.reset(seed=seed, options=options)
        shown = _batch_of_one(seen)
        if seed is not None or not self._seeded:
            self.gaze.seed(_keys([seed]), images_of(shown))
            self._seeded = True
        else:
            self.gaze.begin(np.array([True]), images_of(shown))
        return self._observation(shown), info

    def step(self, action: Any) -> tuple[Observation, Any, bool, bool, dict[str, Any]]:
        if not self._seeded:
            raise gym.error.ResetNeeded("call reset before step")
        doing, looking = self.gaze.split(np.asarray(action)[None])
        seen, reward, terminated, truncated, info = self.env.step(doing[0])
        shown = _batch_of_one(seen)
        if self.taught_gaze:
            info = {**info, LESSON: int(self.gaze.lessons(images_of(shown))[0])}
        self.gaze.move(looking, images_of(shown))
        return self._observation(shown), reward, terminated, truncated, info

    def _observation(self, shown: Seen) -> Observation:
        return {key: part[0] for key, part in self.gaze.observations(shown).items()}


class VectorGazeWrapper(VectorWrapper):
    """
    :class:`GazeWrapper` for a gymnasium vector env in SAME_STEP mode. ``make_atari`` takes it as ``wrapper=``.

    :param env: N copies
    :param tiles: this and all other arguments as for :class:`GazeWrapper`
    :raises ValueError: if the autoreset mode of the env is not SAME_STEP
    """

    def __init__(
        self,
        env: VectorEnv,
        tiles: Tiles = None,
        relative: bool = False,
        first: First = "random",
        forced: Forced = None,
        reach: float = 1.0,
        memory: bool | int = False,
        step: float | None = None,
        pixels: float | None = None,
        within: float = 1.0,
        taught: Follow | None = None,
    ) -> None:
        super().__init__(env)
        mode = env.metadata.get("autoreset_mode")
        if mode != AutoresetMode.SAME_STEP:
            raise ValueError(f"VectorGazeWrapper needs autoreset_mode=AutoresetMode.SAME_STEP, but {env} has {mode}")
        self.gaze = Gaze(
            env.single_action_space,
            env.single_observation_space,
            tiles=tiles,
            relative=relative,
            first=first,
            forced=forced,
            reach=reach,
            memory=memory,
            step=step,
            pixels=pixels,
            within=within,
            taught=taught,
        )
        self.single_observation_space, self.single_action_space = self.gaze.observation_space, self.gaze.action_space
        self.observation_space = batch_space(self.single_observation_space, env.num_envs)
        self.action_space = batch_space(self.single_action_space, env.num_envs)
        self._seeded = False

    @property
    def forced_gaze(self) -> bool:
        """As that of :class:`GazeWrapper`."""
        return self.gaze.forced is not None

    @property
    def taught_gaze(self) -> bool:
        """As that of :class:`GazeWrapper`."""
        return self.gaze.taught is not None

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """With ``options["reset_mask"]`` only the gazes of these envs begin anew. A gaze without a new seed keeps its old one."""
        where, seeds = reset_where(options, self.num_envs), reset_seeds(seed, self.num_envs)
        seen, info = self.env.reset(seed=seed, options=options)  # type: ignore[arg-type]
        images, keys = images_of(seen), _keys(seeds)
        if self._seeded:
            seeded = where & np.array([one is not None for one in seeds])
            self.gaze.seed_some(seeded, keys, images)
            self.gaze.begin(where & ~seeded, images)
        else:
            self.gaze.seed(keys, images)
            self._seeded = True
        return self._observations(seen), info

    def step(self, actions: Any) -> tuple[Observation, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        if not self._seeded:
            raise gym.error.ResetNeeded("call reset before step")
        doing, looking = self.gaze.split(actions)
        seen, rewards, terminated, truncated, info = self.env.step(doing)
        ended, images = terminated | truncated, images_of(seen)
        shown = images
        final = by_entry(info["final_obs"]) if ended.any() else seen
        if self.gaze.needs_images and ended.any():  # the last images, where an episode has ended
            shown = images.copy()
            shown[ended] = np.stack(list(images_of(final)[ended]))
        if self.taught_gaze:
            lessons = {LESSON: self.gaze.lessons(shown)}
            info = {**info, **lessons}
            if "final_info" in info:  # which is all that is known of an episode that has ended
                info["final_info"] = {**info["final_info"], **lessons, f"_{LESSON}": ended}
        self.gaze.move(looking, shown)
        if ended.any():
            info["final_obs"] = self._observations(final)
            self.gaze.begin(ended, images)
        return self._observations(seen), rewards, terminated, truncated, info

    def save_state(self) -> State | None:
        """The state of the gazes."""
        return self.gaze.save_state() if self._seeded else None

    def restore_state(self, state: State) -> None:
        """What :meth:`save_state` gave."""
        self.gaze.restore_state(state)
        self._seeded = True

    def _observations(self, seen: Seen) -> Observation:
        return self.gaze.observations(seen)


def _batch_of_one(seen: Seen) -> Seen:
    return {key: np.asarray(x)[None] for key, x in seen.items()} if isinstance(seen, dict) else seen[None]


def _keys(seeds: Sequence[int | None]) -> np.ndarray:
    """(N,) int64, from seeds of any size; a random one in place of None."""
    random = np.random.default_rng()
    return np.array([random.integers(2**62) if seed is None else key_of(seed) for seed in seeds], dtype=np.int64)
