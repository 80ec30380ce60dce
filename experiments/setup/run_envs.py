"""The envs of a run: Atari games, the suite's tasks, and gymnasium envs with images."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import gymnasium as gym
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import FrameStackObservation, GrayscaleObservation, ReshapeObservation, ResizeObservation
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from stable_baselines3.common.preprocessing import is_image_space
from stable_baselines3.common.vec_env import VecEnv

from ...envs import GymnasiumVecEnv, make_atari
from ...envs.tasks.digits import Split
from ...saliency.errors import first_line
from ..errors import ConfigError, EnvError
from .agent_spec import AgentSpec
from .env_kwargs import COPIES, SPLIT, check_env_kwargs, check_memory, has_splits
from .env_names import check_env_name, is_atari, task_id
from .gazes.gaze_envs import make_gaze_env
from .task_env import task_env
from .values.culprit import made_with

STICKY = "action_repeat_probability"  # as make_atari calls it
CHANNELS = (1, 3)  # of an image: grey or colour


def run_env(
    env: str,
    spec: AgentSpec,
    hyperparameters: Mapping[str, Any],
    n_envs: int,
    seed: int | None,
    evaluation: bool = False,
    render_mode: str | None = None,
    *,
    split: Split = "validation",
    sticky_actions: float | None = None,
    device: str = "auto",
) -> VecEnv:
    """
    The env of a run, to train on or to evaluate in.

    :param env: its name
    :param spec: the agent, which says whether there is a gaze
    :param hyperparameters: with ``env_kwargs`` for agents with a memory or a gaze, and ``gaze_kwargs`` for those with a gaze
    :param n_envs: copies
    :param seed: of the first copy
    :param evaluation: whole games and raw rewards; each digit of ``split``
    :param render_mode: for the game's own pictures
    :param split: of the digits in evaluation
    :param sticky_actions: their probability in an Atari game, whatever it is in training; None for that of training
    :param device: of an agent that the gaze follows
    :raises ConfigError: if there is no such env
    """
    if spec.remembers:
        return make_memory_env(env, n_envs, seed, hyperparameters["env_kwargs"], evaluation, render_mode, split)
    if not spec.looks:
        return make_env(env, n_envs, seed, evaluation, render_mode, sticky_actions or 0.0)
    env_kwargs = dict(hyperparameters["env_kwargs"])
    if sticky_actions is not None and is_atari(env):
        env_kwargs[STICKY] = sticky_actions
    return make_gaze_env(env, n_envs, seed, env_kwargs, hyperparameters["gaze_kwargs"], evaluation, render_mode, split, device)


def sticky_in_training(env: str, hyperparameters: Mapping[str, Any]) -> float:
    """
    The probability of sticky actions in the envs of a run, those of its scores during training among them.

    :param env: its name
    :param hyperparameters: those of agents with a gaze may have it among ``env_kwargs``
    """
    return float((hyperparameters.get("env_kwargs") or {}).get(STICKY, 0.0)) if is_atari(env) else 0.0


def make_memory_env(
    name: str,
    n_envs: int,
    seed: int | None,
    env_kwargs: Mapping[str, Any],
    evaluation: bool = False,
    render_mode: str | None = None,
    split: Split = "validation",
) -> VecEnv:
    """
    One of the suite's tasks for recurrent agents.

    :param name: of the task
    :param n_envs: copies
    :param seed: of the first copy
    :param env_kwargs: for the env
    :param evaluation: no copies, and ``split`` where the task has splits
    :param render_mode: for pictures
    :param split: in evaluation; training has what ``env_kwargs`` say
    :raises ConfigError: if the env cannot be made so
    """
    check_env_kwargs(name, env_kwargs)
    check_memory(name, env_kwargs, n_envs)
    once = {key: value for key, value in env_kwargs.items() if key not in ((COPIES, SPLIT) if evaluation else (COPIES,))}
    if evaluation and has_splits(name):
        once[SPLIT] = split
    copies = {} if evaluation else {key: value for key, value in env_kwargs.items() if key == COPIES}

    def made(given: dict[str, Any]) -> VecEnv:
        try:
            return task_env(name, given.get("env_kwargs", {}), n_envs, seed, render_mode, **copies)
        # The env's constructor checks the user's env_kwargs, and that a package is there which only this env needs.
        except (ValueError, gym.error.DependencyNotInstalled) as error:
            raise EnvError(str(error)) from error

    return made_with(made, {"env_kwargs": once}, name, EnvError)


def make_env(
    name: str,
    n_envs: int,
    seed: int | None,
    evaluation: bool = False,
    render_mode: str | None = None,
    sticky_actions: float = 0.0,
) -> VecEnv:
    """
    An Atari game, or any registered gymnasium env that gives images and takes discrete actions.

    :param name: of the game in any spelling, or a gymnasium id
    :param n_envs: copies
    :param seed: of the first copy
    :param evaluation: whole games and raw rewards
    :param render_mode: for the game's own pictures
    :param sticky_actions: probability, of Atari games
    :raises ConfigError: if there is no such env, or it gives no images
    """
    if n_envs < 1:
        raise ConfigError(f"is {n_envs}; it must be at least 1", option="n_envs")
    check_env_name(name)
    if task_id(name) is not None:
        return task_env(name, {}, n_envs, seed, render_mode)
    if is_atari(name):
        return make_atari(
            name, n_envs, seed, evaluation=evaluation, render_mode=render_mode, action_repeat_probability=sticky_actions
        )
    _check_image_env(name)
    return _image_env(name, n_envs=n_envs, seed=seed, render_mode=render_mode)


def rendered(name: str, render_mode: str | None, **env_kwargs: Any) -> gym.Env:
    """
    A gymnasium env, with pictures of its own only where it has them.

    :param name: gymnasium id
    :param render_mode: that is wanted
    :param env_kwargs: for the env
    """
    env = gym.make(name, **env_kwargs)
    if render_mode is None or render_mode not in (env.metadata.get("render_modes") or ()):
        return env
    env.close()
    return gym.make(name, render_mode=render_mode, **env_kwargs)


def _check_image_env(name: str) -> None:
    try:
        probe = gym.make(name)
    except Exception as error:  # runs the env's own code, which may raise anything; the message says what it was
        raise EnvError(f"the env {name!r} cannot be made: {first_line(error)}") from error
    space, actions = probe.observation_space, probe.action_space
    probe.close()
    shape = space.shape or ()
    if is_image_space(space) and shape[-1] not in CHANNELS:
        first = "their channels first; put them last, as gymnasium's envs have them"
        what = first if shape[0] in CHANNELS else f"{shape[-1]} channels; the agents here want 1 or 3"
        raise EnvError(
            f"{name} gives images {shape} with {what}. In your own SB3 script saccade.policies.DuelingCnnPolicy takes them"
        )
    if not is_image_space(space):
        raise EnvError(
            f"{name} gives no images (its observations are {space}); the agents here want an Atari game or an env with "
            "images of 1 or 3 channels. For vectors put saccade.policies.DuelingMlpPolicy into your own SB3 script"
        )
    if not isinstance(actions, spaces.Discrete):
        raise EnvError(f"{name} has the action space {actions}; the agents here need Discrete actions")


def _image_env(name: str, n_envs: int, seed: int | None, render_mode: str | None) -> VecEnv:
    """Grey 84x84 frames in stacks of 4, as Atari's; zeros before an episode's first frame."""

    def prepared(env: gym.Env) -> gym.Wrapper:
        if env.observation_space.shape[-1] == 3:  # type: ignore[index]
            env = GrayscaleObservation(env)
        grey = ReshapeObservation(ResizeObservation(env, (84, 84)), (84, 84))
        return FrameStackObservation(grey, 4, padding_type="zero")

    probe = rendered(name, render_mode)
    shown = {} if probe.render_mode is None else {"render_mode": probe.render_mode}  # an env without pictures may take no such word
    probe.close()
    vector_env = gym.make_vec(
        name,
        n_envs,
        vectorization_mode="sync",
        wrappers=[prepared],
        vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
        **shown,
    )
    env = GymnasiumVecEnv(RecordEpisodeStatistics(vector_env), remake=partial(_image_env, name))
    if seed is not None:
        env.seed(seed)
    return env
