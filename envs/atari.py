"""Atari games on ALE's fast C++ vector env, with the semantics of SB3's ``AtariWrapper``."""

from collections.abc import Callable
from functools import partial
from typing import Any

from ale_py.vector_env import AtariVectorEnv
from gymnasium.vector import AutoresetMode, VectorEnv

from .arguments.plain_numbers import check_numbers, check_whole_numbers
from .atari_episodes import AtariEpisodes
from .available_cpus import available_cpus
from .game_names import resolve_game
from .gymnasium_vec_env import GymnasiumVecEnv

NATIVE_SCREEN = (210, 160)
FRAMES_PER_SECOND = 60  # of the console


def make_atari(
    game: str,
    n_envs: int = 1,
    seed: int | None = None,
    *,
    evaluation: bool = False,
    terminal_on_life_loss: bool | None = None,
    clip_reward: bool | None = None,
    noop_max: int = 30,
    fire_reset: bool = True,
    frame_skip: int = 4,
    frame_stack: int = 4,
    screen_size: int | tuple[int, int] = 84,
    action_repeat_probability: float = 0.0,
    full_action_space: bool = False,
    max_frames: int = 108_000,
    num_threads: int | None = None,
    render_mode: str | None = None,
    wrapper: Callable[[VectorEnv], VectorEnv] | None = None,
) -> GymnasiumVecEnv:
    """
    N copies of an Atari game as an SB3 ``VecEnv``, for any SB3 algorithm.

    Observations are uint8 (frame_stack, H, W) grey frames, newest last, padded with zeros before the first frame of an episode.
    Preprocessing is that of Mnih et al. (2015), as in SB3's ``AtariWrapper``.
    :class:`saccade.envs.atari_episodes.AtariEpisodes` describes lost lives, rewards and scores. ``info["episode"]`` always has the
    raw score and the length (env steps) of the whole game.

    :param game: in any usual spelling: ``"Enduro"``, ``"ALE/Enduro-v5"``, ``"EnduroNoFrameskip-v4"``
    :param n_envs: games played in parallel
    :param seed: of the first game; the other games get the next numbers
    :param evaluation: play whole games with raw rewards, unless the next two arguments say otherwise
    :param terminal_on_life_loss: whether a lost life ends the training episode (the game continues); default: not in evaluation
    :param clip_reward: whether the learner gets only the sign of each reward; default: not in evaluation
    :param noop_max: a game starts with 0 to ``noop_max - 1`` frames without action; ALE draws the number
    :param fire_reset: press FIRE at the start of a game and after a lost life, in games that have it
    :param frame_skip: emulator frames per env step
    :param frame_stack: frames in an observation
    :param screen_size: side of the square screen, or (height, width); (210, 160) is the native one
    :param action_repeat_probability: probability of sticky actions; 0.25 in Machado et al. (2018)
    :param full_action_space: whether to use all 18 actions instead of the game's own
    :param max_frames: emulator frames after which a game is truncated
    :param num_threads: of ALE; default: one per processor that this process may use
    :param render_mode: with ``"rgb_array"``, ``render`` gives the game's own picture; every game is then played twice, once in
        colour
    :param wrapper: wraps the gymnasium vector env, before it becomes an SB3 ``VecEnv``
    :raises ValueError: if the game is unknown (the message gives the nearest names) or an argument is out of range
    :raises TypeError: if ``wrapper`` cannot be called, or gives no vector env
    """
    rom = resolve_game(game)
    sides = tuple(screen_size) if isinstance(screen_size, tuple | list) else (screen_size, screen_size)
    if len(sides) != 2:
        raise ValueError(f"screen_size is {screen_size!r}; it must be one whole number, or (height, width)")
    for name, value, least in (
        ("n_envs", n_envs, 1),
        ("seed", 0 if seed is None else seed, 0),
        *(("screen_size", side, 1) for side in sides),
        ("frame_skip", frame_skip, 1),
        ("frame_stack", frame_stack, 1),
        ("noop_max", noop_max, 0),
        ("max_frames", max_frames, 1),
        ("num_threads", num_threads if num_threads is not None else 0, 0),  # 0 is the default, too
    ):
        check_whole_numbers(**{name: value})
        if value < least:
            raise ValueError(f"{name} is {value!r}; it must be a whole number, at least {least}")
    height, width = map(int, sides)
    check_numbers(action_repeat_probability=action_repeat_probability)
    if not 0 <= action_repeat_probability <= 1:
        raise ValueError(f"action_repeat_probability is {action_repeat_probability}; it must be from 0 to 1")
    if render_mode not in (None, "rgb_array"):
        raise ValueError(f"render_mode {render_mode!r} is unknown here; it must be None or 'rgb_array'")
    if wrapper is not None and not callable(wrapper):
        raise TypeError(f"wrapper is {wrapper!r}; it must be a function or a class that takes a gymnasium.vector.VectorEnv")

    def emulators(**picture: Any) -> AtariVectorEnv:
        return AtariVectorEnv(
            rom,
            n_envs,
            autoreset_mode=AutoresetMode.SAME_STEP,
            reward_clipping=False,  # AtariEpisodes clips rewards, because it needs the raw score
            life_loss_info=True,
            frameskip=frame_skip,
            noop_max=noop_max,
            use_fire_reset=fire_reset,
            repeat_action_probability=action_repeat_probability,
            full_action_space=full_action_space,
            max_num_frames_per_episode=max_frames,
            num_threads=min(num_threads or available_cpus(), n_envs),
            **picture,
        )

    games = emulators(img_height=height, img_width=width, stack_num=frame_stack)
    games.metadata = {**games.metadata, "render_modes": ["rgb_array"], "render_fps": FRAMES_PER_SECOND / frame_skip}
    coloured: dict[str, Any] = {"img_height": NATIVE_SCREEN[0], "img_width": NATIVE_SCREEN[1], "stack_num": 1, "grayscale": False}
    vector_env: VectorEnv = AtariEpisodes(
        games,
        terminal_on_life_loss=not evaluation if terminal_on_life_loss is None else terminal_on_life_loss,
        clip_reward=not evaluation if clip_reward is None else clip_reward,
        fire_on_life_loss=fire_reset,
        max_frames=max_frames,
        twin=emulators(**coloured) if render_mode == "rgb_array" else None,
        sticky=action_repeat_probability > 0,
        rom=rom,
    )
    if wrapper is not None:
        vector_env = wrapper(vector_env)
        if not isinstance(vector_env, VectorEnv):
            raise TypeError(f"wrapper gives a {type(vector_env).__name__}; it must give a gymnasium.vector.VectorEnv")
    remake = partial(
        make_atari,
        game,
        evaluation=evaluation,
        terminal_on_life_loss=terminal_on_life_loss,
        clip_reward=clip_reward,
        noop_max=noop_max,
        fire_reset=fire_reset,
        frame_skip=frame_skip,
        frame_stack=frame_stack,
        screen_size=screen_size,
        action_repeat_probability=action_repeat_probability,
        full_action_space=full_action_space,
        max_frames=max_frames,
        num_threads=num_threads,
        wrapper=wrapper,
    )
    env = GymnasiumVecEnv(vector_env, remake=remake)
    if seed is not None:
        env.seed(int(seed))
    return env
