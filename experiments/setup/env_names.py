"""Which env a name means: one of the suite's tasks, an Atari game, or any other gymnasium env."""

import difflib

import gymnasium as gym

from ...envs.game_names import game_title, resolve_game, rom_of
from ...envs.registration import TASKS
from ..errors import EnvError
from ..reading.user_modules import import_env_module

SEEN_WHOLE = ("saccade/Quadrant-v0",)  # tasks for agents that see the whole picture
OF_MEMORY = ("saccade/CopyRecall-v0", "saccade/PenStrokes-v0", "saccade/Reorder-v0")  # for recurrent agents without a gaze


def task_id(env: str) -> str | None:
    """
    The gymnasium id of one of the suite's tasks, or None for any other name.

    :param env: ``"ClutteredMNIST"``, ``"saccade/ClutteredMNIST-v0"``, ``"saccade.envs:saccade/ClutteredMNIST-v0"``
    """
    name = env.removeprefix("saccade.envs:").removeprefix("saccade/").removesuffix("-v0").lower()
    return next((f"saccade/{task}-v0" for task in TASKS if task.lower() == name), None)


def gaze_task(env: str) -> str | None:
    """
    The same for the tasks that are made for agents with a gaze. Their episodes end with an answer that is right or wrong.

    :param env: as for :func:`task_id`
    """
    task = task_id(env)
    return None if task in (*SEEN_WHOLE, *OF_MEMORY) else task


def memory_task(env: str) -> str | None:
    """
    The same for the tasks that are made for recurrent agents without a gaze. Every step may ask for an answer.

    :param env: as for :func:`task_id`
    """
    task = task_id(env)
    return task if task in OF_MEMORY else None


def has_answers(env: str) -> bool:
    """Whether scores in an env are shares of right answers."""
    return gaze_task(env) is not None or memory_task(env) is not None


def is_atari(env: str) -> bool:
    """Whether a name is taken for an Atari game. A name that gymnasium does not know is taken for a misspelt game."""
    if task_id(env) is not None:
        return False
    if env.startswith("ALE/") or (":" not in env and env not in gym.registry):
        return True
    return rom_of(env) is not None


def canonical_name(env: str) -> str:
    """One name for all spellings of an env."""
    return task_id(env) or rom_of(env) or env


def short_name(env: str) -> str:
    """
    The name that is shown for all spellings of an env: ``"Enduro"`` for ``"ALE/Enduro-v5"``, ``"enduro"`` or
    ``"EnduroNoFrameskip-v4"``, ``"Catch"`` for ``"saccade/Catch-v0"``. Other names stay as they are.
    """
    task = task_id(env)
    if task is not None:
        return task.removeprefix("saccade/").removesuffix("-v0")
    rom = rom_of(env) if is_atari(env) else None
    return env if rom is None else game_title(rom)


def check_env_name(env: str) -> None:
    """
    Check a name as far as that is possible without making the env.

    :raises EnvError: if it is taken for an Atari game, and there is no such game; if its module cannot be imported
    """
    import_env_module(env)
    if is_atari(env):
        try:
            resolve_game(env)
        except ValueError as error:
            near = difflib.get_close_matches(env, TASKS, n=1)
            if near:
                raise EnvError(f"there is no env {env!r}; the nearest name is {near[0]}") from error
            own = f"; the suite's own envs are {', '.join(TASKS)}" if "unknown" in str(error) else ""
            raise EnvError(f"{error}{own}") from error
