"""What the channels of an Atari model are: grey frames, or colours. The policy alone cannot say: three channels can be either."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
from gymnasium.wrappers import AtariPreprocessing
from stable_baselines3.common.atari_wrappers import FireResetEnv
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv, VecFrameStack, VecTransposeImage

from ...envs.game_names import full_id
from ..errors import EnvError


@dataclass(frozen=True)
class AtariPicture:
    """
    :param grey: whether each frame is one grey channel; else it is three, red, green and blue
    :param frames: in a stack
    """

    grey: bool
    frames: int

    @classmethod
    def of(cls, channels: int, size: tuple[int, ...], env_kwargs: Mapping[str, Any], env: str) -> "AtariPicture":
        """
        What a model's channels are, from what is known.

        :param channels: that the model sees
        :param size: height and width, for the message
        :param env_kwargs: may say it with ``frame_stack`` or ``grayscale``
        :param env: name, for the message
        :raises EnvError: if they can be either, or neither
        """
        stack, grayscale = env_kwargs.get("frame_stack"), env_kwargs.get("grayscale")
        grey = grayscale is not False and stack in (None, channels)
        colour = grayscale is not True and not channels % 3 and stack in (None, channels // 3)
        seen = f"the model's {channels} channels of {'x'.join(map(str, size))}"
        if grey and colour:
            pictures = "one RGB picture" if channels == 3 else f"{channels // 3} RGB pictures"
            raise EnvError(
                f"must say what {seen} are, because {env} gives both: grayscale=false for {pictures}, "
                f"or frame_stack={channels} for {channels} grey frames",
                option="env_kwargs",
            )
        if not (grey or colour):
            said = ", ".join(f"{name}={env_kwargs[name]}" for name in ("frame_stack", "grayscale") if name in env_kwargs)
            raise EnvError(f"has {said}, which does not fit {seen}", option="env_kwargs")
        return cls(grey, channels if grey else channels // 3)


def colour_atari(
    game: str,
    n_envs: int,
    seed: int,
    render_mode: str | None,
    *,
    frame_stack: int = 1,
    screen_size: int | tuple[int, int] = 84,
    noop_max: int = 30,
    frame_skip: int = 4,
    fire_reset: bool = False,
    action_repeat_probability: float = 0.0,
    full_action_space: bool = False,
) -> VecEnv:
    """
    An Atari game in colour, by gymnasium's ``AtariPreprocessing``: (3 * frame_stack, H, W), newest last. Whole games, raw rewards.

    :param game: in any usual spelling
    :param n_envs: copies
    :param seed: of the first copy
    :param render_mode: for the game's own pictures
    :param frame_stack: pictures in an observation
    :param screen_size: side of a square, or (height, width)
    :param noop_max: most no-ops at the start of a game
    :param frame_skip: emulator frames per env step; the last two are merged by their maximum
    :param fire_reset: press FIRE at the start of a game, in games that have it; ``AtariPreprocessing`` does not
    :param action_repeat_probability: probability of sticky actions
    :param full_action_space: all 18 actions instead of the game's own
    :raises ValueError: if there is no such game
    """
    height, width = (screen_size, screen_size) if isinstance(screen_size, int) else screen_size
    name = full_id(game)

    def one() -> gym.Env:
        raw = gym.make(
            name,
            frameskip=1,
            repeat_action_probability=action_repeat_probability,
            full_action_space=full_action_space,
            render_mode=render_mode,
        )
        env: gym.Env = AtariPreprocessing(
            Monitor(raw), noop_max=noop_max, frame_skip=frame_skip, screen_size=(width, height), grayscale_obs=False
        )
        if fire_reset and "FIRE" in raw.unwrapped.get_action_meanings():  # type: ignore[attr-defined]
            env = FireResetEnv(env)
        return env

    made: VecEnv = VecTransposeImage(DummyVecEnv([one] * n_envs))
    made.seed(seed)
    return made if frame_stack == 1 else VecFrameStack(made, frame_stack, channels_order="first")
