"""The env that a saved policy was trained for."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.wrappers import FrameStackObservation
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecNormalize

from ...envs import make_atari
from ...envs.actions_from_zero import ActionsFromZero
from ...envs.game_names import full_id
from ...envs.tasks.digits import Split
from ...saliency.errors import first_line
from ...saliency.readers.head_reader import head_reader
from ..errors import ConfigError, EnvError
from ..reading.statistics_file import read_statistics
from ..reading.user_modules import import_env_module
from ..setup.env_kwargs import OURS, SPLIT, has_splits
from ..setup.env_names import is_atari, task_id
from ..setup.gazes.gaze_envs import make_gaze_env
from ..setup.run_envs import STICKY, rendered
from ..setup.values.keywords import check_keywords, parameters
from .atari_pictures import AtariPicture, colour_atari
from .fits import alike, check_fits
from .sb3_order import leading_frames, order_of, wrapped
from .wrapping import Wrapping

NATIVE_RGB = (3, 210, 160)
STICKY_IN_ALE = "repeat_action_probability"  # as gym.make calls it


@dataclass(frozen=True)
class ModelEnv:
    """
    Makes the env of a policy.

    :param make: ``make(n_envs, seed, render_mode)``
    :param name: for messages
    :param notes: lines on how it was made, for the report; they come with the first env
    """

    make: Callable[[int, int, str | None], VecEnv]
    name: str
    notes: list[str] = field(default_factory=list)

    @classmethod
    def for_policy(
        cls,
        policy: BasePolicy,
        env: str,
        env_kwargs: Mapping[str, Any],
        gaze_kwargs: Mapping[str, Any],
        vec_normalize: Path | None = None,
        wrapping: Wrapping | None = None,
        trust: bool = False,
        split: Split = "validation",
    ) -> "ModelEnv":
        """
        An env by name, in the form that a policy sees.

        Atari is preprocessed as SB3 does it, with as many frames as the policy takes. Other envs are wrapped as SB3 wraps them,
        normalised and stacked in the order that gives what the policy sees. Where the policy has a gaze, the env has one too.

        :param policy: that was trained in it
        :param env: Atari game in any spelling, one of the suite's tasks, or a gymnasium id
        :param env_kwargs: for the env. Of an Atari game also ``frame_stack`` and ``grayscale``: what the model's channels are
        :param gaze_kwargs: for its ``VectorGazeWrapper``
        :param vec_normalize: file with the statistics of a VecNormalize
        :param wrapping: the wrappers of training, where they are known
        :param trust: unpickle that file as SB3 does, which runs the code in it
        :param split: of the digits or words of the suite's tasks, unless ``env_kwargs`` say another one
        """
        notes: list[str] = []

        def make(n_envs: int, seed: int, render_mode: str | None) -> VecEnv:
            statistics = None if vec_normalize is None else read_statistics(vec_normalize, trust)
            asked = Asked(policy, env, env_kwargs, n_envs, seed, render_mode, wrapping or Wrapping(), statistics, split)
            made, how = asked.gaze_env(gaze_kwargs) if looks(policy) else asked.env_without_gaze(gaze_kwargs)
            check_fits(policy, made, env)
            notes.extend(note for note in how if note not in notes)
            return made

        return cls(make, env, notes)


def with_sticky_actions(env_kwargs: Mapping[str, Any], probability: float) -> dict[str, Any]:
    """
    Keyword arguments of an Atari game with this probability of sticky actions.

    :param env_kwargs: that may have another one
    :param probability: of sticky actions; 0 for none
    """
    return {**{name: value for name, value in env_kwargs.items() if name not in (STICKY, STICKY_IN_ALE)}, STICKY: probability}


def looks(policy: BasePolicy) -> bool:
    """Whether a policy chooses where to look."""
    return head_reader(policy).chooses_gaze


@dataclass(frozen=True)
class Asked:
    """
    What is asked for; the parameters are those of :meth:`ModelEnv.for_policy` and of its ``make``. Its methods give an env, and
    notes on how it was made.
    """

    policy: BasePolicy
    env: str
    env_kwargs: Mapping[str, Any]
    n_envs: int
    seed: int
    render_mode: str | None
    wrapping: Wrapping
    statistics: VecNormalize | None
    split: Split

    @property
    def image(self) -> spaces.Space:
        """What the policy sees, or the image of it."""
        seen = self.policy.observation_space
        return seen["image"] if isinstance(seen, spaces.Dict) and "image" in seen.spaces else seen

    def gaze_env(self, gaze_kwargs: Mapping[str, Any]) -> tuple[VecEnv, list[str]]:
        """
        For a policy that chooses where to look, and no notes.

        :param gaze_kwargs: of the wrapper; those that follow from the policy may be left out
        :raises ConfigError: if they do not fit the policy, or the env cannot be made
        """
        self._check_env_kwargs()
        if self.statistics is not None:
            raise ConfigError("is for policies without a gaze: it would change the observed gaze", option="vec_normalize")
        size = {"size": (self.image.shape or ())[1]} if task_id(self.env) is not None else {}
        seen = self.policy.observation_space
        memory = {}
        if isinstance(seen, spaces.Dict) and "gazes" in seen.spaces:  # a row for each frame
            memory = {"memory": (self.image.shape or (1,))[0] // (seen["gazes"].shape or (1,))[0]}
        if isinstance(seen, spaces.Dict) and "move" in seen.spaces and "pixels" not in gaze_kwargs:
            raise ConfigError("the model's gaze moves in pixels; say how many: gaze_kwargs relative=true pixels=32")
        gaze = {"first": "center", **memory, **_square_tiles(self.policy.action_space, gaze_kwargs), **gaze_kwargs}
        arguments = {**size, **self.env_kwargs}
        device = str(self.policy.device)
        return make_gaze_env(self.env, self.n_envs, self.seed, arguments, gaze, True, self.render_mode, self.split, device), []

    def env_without_gaze(self, gaze_kwargs: Mapping[str, Any]) -> tuple[VecEnv, list[str]]:
        """
        For all other policies, and notes on it.

        :param gaze_kwargs: none may be given
        :raises ConfigError: if some are, or the env does not fit the policy
        """
        self._check_env_kwargs()
        if gaze_kwargs:
            raise ConfigError("are for policies with a gaze, and this policy has none", option="gaze_kwargs")
        shape = self.image.shape or ()
        if not is_atari(self.env) or len(shape) != 3 or self.image.dtype != np.uint8 or self.statistics is not None:
            return self._gymnasium(self.env)
        try:
            return self._atari(shape)
        except ValueError as error:  # the constructors check the user's game and env_kwargs
            if isinstance(error, ConfigError):
                raise
            raise EnvError(str(error)) from error

    def _check_env_kwargs(self) -> None:
        if "render_mode" in self.env_kwargs:
            raise ConfigError("takes no render_mode; experiments choose it", option="env_kwargs")

    def _atari(self, shape: tuple[int, ...]) -> tuple[VecEnv, list[str]]:
        """An Atari game as images: as it was wrapped, in its native colours, in grey frames or in small colour pictures."""
        if self.wrapping.env_wrappers or self.wrapping.vec_wrappers:
            known = self.wrapping.as_make_atari(self.env)
            if known is None or not self.env_kwargs.keys() <= set(parameters(make_atari)):
                return self._gymnasium(full_id(self.env))
            return self._grey_atari({**known, **self.env_kwargs}, shape), []
        channels, *screen = shape
        stack = {} if self.wrapping.frame_stack is None else {"frame_stack": self.wrapping.frame_stack}
        said = {**stack, **self.env_kwargs}
        if shape == NATIVE_RGB and not {"frame_stack", "grayscale"} & self.env_kwargs.keys():
            made, notes = self._gymnasium(full_id(self.env))
            return made, [*notes, "It is played in RGB, at the game's own size."]
        picture = AtariPicture.of(channels, tuple(screen), said, self.env)
        arguments = {"screen_size": tuple(screen), **{name: said[name] for name in said if name != "grayscale"}}
        arguments["frame_stack"] = picture.frames
        if picture.grey:
            return self._grey_atari(arguments, shape), []
        check_keywords(arguments, [colour_atari], f"{self.env} in colour", ("game", *OURS))
        made = colour_atari(self.env, self.n_envs, self.seed, self.render_mode, **self._all_actions(), **arguments)
        return made, ["It is played in RGB, through gymnasium's AtariPreprocessing."]

    def _grey_atari(self, arguments: Mapping[str, Any], shape: tuple[int, ...]) -> VecEnv:
        check_keywords(arguments, [make_atari], self.env, OURS)
        chosen = {**self._all_actions(), "screen_size": shape[1:], **arguments}
        return make_atari(self.env, self.n_envs, self.seed, evaluation=True, render_mode=self.render_mode, **chosen)

    def _all_actions(self) -> dict[str, bool]:
        if "full_action_space" in self.env_kwargs:
            return {}
        actions = self.policy.action_space
        return {"full_action_space": isinstance(actions, spaces.Discrete) and actions.n == 18}

    def _gymnasium(self, name: str) -> tuple[VecEnv, list[str]]:
        """An env by gymnasium's ``make``, in SB3's wrappers."""
        seen, wrapping = self.policy.observation_space, self.wrapping
        made = self._made(name, 1)
        if not alike(self.policy.action_space, made.action_space):  # another env: sizes that happen to fit say nothing
            return made, []
        steps = order_of(seen, made, wrapping.frame_stack, self.statistics)
        frames = leading_frames(seen, made.observation_space)
        if steps is None and frames > 1 and wrapping.frame_stack is None:
            made.close()
            made = self._made(name, frames)
            steps = order_of(seen, made, 1, self.statistics)
            leading = [f"It sees stacks of {frames} observations along an axis of their own; the first ones repeat the start."]
        else:
            leading = []
        if steps is None:
            if self.statistics is not None and order_of(seen, made, wrapping.frame_stack) is not None:
                made.close()
                normalised, given = self.statistics.observation_space, made.observation_space
                raise EnvError(f"normalises {normalised}, which no order of wrappers makes of {given}", option="vec_normalize")
            return BaseAlgorithm._wrap_env(made, verbose=0, monitor_wrapper=False), leading
        order = ", then ".join(step.name for step in steps)
        notes = [f"It sees, from the env on: {order}."] if len(steps) > 1 or any("stack" in step.name for step in steps) else []
        return wrapped(made, steps), [*leading, *notes]

    def _made(self, name: str, leading: int) -> VecEnv:
        import_env_module(name)
        arguments = {**({SPLIT: self.split} if has_splits(name) else {}), **self.env_kwargs}
        if STICKY in arguments and is_atari(name):
            arguments[STICKY_IN_ALE] = arguments.pop(STICKY)

        def one() -> gym.Env:
            raw = rendered(task_id(name) or name, self.render_mode, **arguments)
            # A model that was trained on the env as it is sent 0 to n - 1, because SB3 ignores `start`: it must do the same here.
            counted = raw if self.policy.action_space == raw.action_space else ActionsFromZero(raw)
            env = self.wrapping.wrap(Monitor(counted))
            return env if leading == 1 else FrameStackObservation(env, leading)

        try:
            made = self.wrapping.wrap_vector(DummyVecEnv([one] * self.n_envs))
        except Exception as error:  # runs the env's own code, which may raise anything; the message says what it was
            raise EnvError(f"the env {name!r} cannot be made: {first_line(error)}") from error
        made.seed(self.seed)
        return made


def _square_tiles(actions: spaces.Space, gaze_kwargs: Mapping[str, Any]) -> dict[str, int]:
    if not isinstance(actions, spaces.MultiDiscrete) or "tiles" in gaze_kwargs:
        return {}
    count = int(actions.nvec[1])
    if math.isqrt(count) ** 2 != count:
        raise ConfigError(f"the model looks at one of {count} tiles; say how they lie: gaze_kwargs tiles=[rows,columns]")
    return {"tiles": math.isqrt(count)}
