"""Envs in which an agent chooses where to look, by the names that train.py and evaluate.py take."""

from functools import partial
from typing import Any, Literal

import gymnasium as gym
import numpy as np
import yaml
from gymnasium.vector import VectorEnv
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from plain_errors import UserError
from saccade.envs import GymnasiumVecEnv, VectorGazeWrapper, make_atari
from saccade.envs.registration import TASKS
from saccade.envs.tasks.digits import DigitsError

GazeChoice = Literal["learned", "random", "centre"]
EPISODES_AT_ONCE = 500  # in evaluation
PASSES = 5  # canvases with each test digit, in evaluation
SEEDS_APART = 4096  # copy i of an env has the run's seed + i, and two runs shall not share their episodes
FOR_TRAINING = ("copies", "spill")  # keyword arguments of the suite's envs
FORCED = {"learned": None, "random": "random", "centre": "center"}


def task_id(env: str) -> str | None:
    """
    The gymnasium id of one of the suite's own envs, or None for any other name.

    :param env: ``"ClutteredMNIST"``, ``"saccade/ClutteredMNIST-v0"``, ``"saccade.envs:saccade/ClutteredMNIST-v0"``
    """
    name = env.removeprefix("saccade.envs:").removeprefix("saccade/").removesuffix("-v0").lower()
    return next((f"saccade/{task}-v0" for task in TASKS if task.lower() == name), None)


def read_kwargs(given: tuple[str, ...], option: str = "--env-kwargs") -> dict[str, Any]:
    """
    Keyword arguments as words on the command line.

    :param given: ``key=value``, values in YAML's spelling
    :param option: that has them
    :raises UserError: if a word has another form
    """
    read = {}
    for word in given:
        key, equals, value = word.partition("=")
        if not (equals and key.isidentifier()):
            raise UserError(f"{option} takes words such as size=100 or first=center, not {word!r}")
        if key == "render_mode":
            raise UserError("--env-kwargs takes no render_mode; the scripts choose it")
        try:
            read[key] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise UserError(f"{option} cannot read the value of {word!r}") from error
    return read


def check_task_kwargs(env_kwargs: dict[str, Any]) -> None:
    """
    :param env_kwargs: for one of the suite's own envs
    :raises UserError: if one decides what the scripts must decide
    """
    for name in ("split", "in_turn"):
        if name in env_kwargs:
            raise UserError(f"{name} is not to be given: agents learn from the training digits, test digits are for evaluation")


def make_gaze_env(
    env: str,
    n_envs: int,
    seed: int | None,
    env_kwargs: dict[str, Any],
    gaze_kwargs: dict[str, Any],
    evaluation: bool = False,
    render_mode: str | None = None,
) -> VecEnv:
    """
    One of the suite's tasks, or an Atari game, with the gaze as an action.

    :param env: its name
    :param n_envs: copies
    :param seed: of the first copy
    :param env_kwargs: for the env
    :param gaze_kwargs: for ``VectorGazeWrapper``
    :param evaluation: the test digits, each in turn; whole games and raw rewards
    :param render_mode: tasks have none; for Atari as ``make_atari`` takes it
    :raises UserError: if the env cannot be made so
    """
    wrapped = partial(VectorGazeWrapper, **gaze_kwargs)
    try:
        if task_id(env) is None:
            return make_atari(env, n_envs, seed, evaluation=evaluation, render_mode=render_mode, wrapper=wrapped, **env_kwargs)
        check_task_kwargs(env_kwargs)
        return _task_env(env, env_kwargs, gaze_kwargs, evaluation, n_envs=n_envs, seed=seed)
    except DigitsError as error:
        raise UserError(f"{error} (--env-kwargs dataset=digits)") from error
    except (ValueError, TypeError, RuntimeError) as error:  # the last is what torch says of a device
        raise UserError(str(error)) from error


def _task_env(
    env: str,
    env_kwargs: dict[str, Any],
    gaze_kwargs: dict[str, Any],
    evaluation: bool,
    n_envs: int,
    seed: int | None,
    render_mode: str | None = None,
) -> VecEnv:
    name = task_id(env)
    assert name is not None
    # Several tries at an image, and digits off their places, are for training.
    left_out = FOR_TRAINING if evaluation else FOR_TRAINING[:1]
    once = {key: value for key, value in env_kwargs.items() if key not in left_out}
    of_evaluation: dict[str, Any] = {}
    if evaluation and "MNIST" in name:
        of_evaluation = {"split": "test", **({"in_turn": n_envs} if env_kwargs.get("digits", 1) == 1 else {})}
    batch: VectorEnv = gym.make_vec(name, num_envs=n_envs, **{**(once if evaluation else env_kwargs), **of_evaluation})
    made = GymnasiumVecEnv(
        RecordEpisodeStatistics(VectorGazeWrapper(batch, **gaze_kwargs)),
        remake=partial(_task_env, env, once, gaze_kwargs, evaluation),
    )
    if seed is not None:
        made.seed(seed)
    return made


def play_in_turn(model: BaseAlgorithm, env: VecEnv, episodes: int) -> np.ndarray:
    """
    Returns of the first episodes, batch by batch and in each batch env by env: with ``in_turn`` digits, of each digit in turn.

    Right only where all episodes have the same length, as in the suite's tasks: elsewhere short ones would come first.

    :param model: plays without exploration
    :param env: is reset
    :param episodes: in total
    :return: (episodes,)
    """
    obs, state, starts = env.reset(), None, np.ones(env.num_envs, dtype=bool)
    batches: list[np.ndarray] = []
    returns = np.zeros(env.num_envs)
    while len(batches) * env.num_envs < episodes:
        actions, state = model.predict(obs, state, starts, deterministic=True)  # type: ignore[arg-type]
        obs, rewards, starts, _ = env.step(actions)
        returns += rewards
        if starts.all():
            batches.append(returns)
            returns = np.zeros(env.num_envs)
    return np.concatenate(batches)[:episodes]
