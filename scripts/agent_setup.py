"""What an agent is made of: its algorithm, its hyperparameters, its envs."""

import importlib
import inspect
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium as gym
import torch as th
import yaml
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import FrameStackObservation, GrayscaleObservation, ReshapeObservation, ResizeObservation
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from sb3_contrib import RecurrentPPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.preprocessing import is_image_space
from stable_baselines3.common.utils import LinearSchedule
from stable_baselines3.common.vec_env import VecEnv

from gaze_envs import make_gaze_env, task_id
from plain_errors import UserError
from saccade.agents import PQN, REINFORCE, DoubleDQN, FrameReplayBuffer, PrioritizedFrameReplayBuffer
from saccade.envs import GymnasiumVecEnv, make_atari
from saccade.envs.game_names import resolve_game
from saccade.envs.registration import TASKS

HYPERPARAMETERS = Path(__file__).resolve().parent.parent / "hyperparams"
ALGORITHMS: dict[str, type[BaseAlgorithm]] = {
    "pqn": PQN,
    "dueling-dqn": DoubleDQN,
    "prioritized-dueling-dqn": DoubleDQN,
    "double-dqn": DoubleDQN,
    "glimpse-reinforce": REINFORCE,
    "glimpse-ppo": RecurrentPPO,
}
GLIMPSE_AGENTS = ("glimpse-reinforce", "glimpse-ppo")  # they choose where to look
LARGEST_SEED = 2**31 - 20_000  # what is added to it must fit into 31 bits, too
REPLAY = {"prioritized-dueling-dqn": PrioritizedFrameReplayBuffer}  # others: FrameReplayBuffer
WHOLE = (
    "n_envs",
    "n_timesteps",
    "buffer_size",
    "learning_starts",
    "batch_size",
    "train_freq",
    "gradient_steps",
    "target_update_interval",
    "n_steps",
    "n_epochs",
)
AT_LEAST = {
    **dict.fromkeys(WHOLE, 1),
    "learning_starts": 0,
    "gamma": 0,
    "learning_rate": 0,
    "max_grad_norm": 0,
    "exploration_initial_eps": 0,
    "exploration_final_eps": 0,
    "exploration_fraction": 0,
    "q_lambda": 0,
    "gaze_std": 0,
    "ent_coef": 0,
    "clip_range": 0,
}
MAY_FALL = ("learning_rate", "gaze_std", "ent_coef", "clip_range")  # over the run
LINEAR = "lin_"  # lin_A: falls linearly from A to 0 over the run; lin_A_B: to B
NOT_OF_THE_AGENT = ("policy", "n_envs", "n_timesteps", "env_kwargs", "gaze_kwargs")
FOR_RL_ZOO_ONLY = ("env_wrapper", "frame_stack")  # what make_atari does by itself


def read_hyperparameters(agent: str, file: Path | None = None, env: str = "atari") -> dict[str, Any]:
    """
    An agent's hyperparameters, from a file in RL Zoo's form.

    :param agent: name of a file in hyperparams/
    :param file: another file instead
    :param env: for which; the suite's own envs have entries of their own, all others are under ``atari``
    :raises UserError: unknown agent, or a file that cannot be used
    """
    if agent not in ALGORITHMS:
        raise UserError(f"unknown agent {agent!r}; it must be one of: {', '.join(ALGORITHMS)}")
    path = file or HYPERPARAMETERS / f"{agent}.yml"
    try:
        content = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    entry = task_id(env) or "atari"
    if not isinstance(content, dict) or not isinstance(content.get(entry), dict):
        raise UserError(
            f"{path} has no entry {entry!r} with hyperparameters"
            + (
                f"; it has: {', '.join(map(str, content))}"
                if isinstance(content, dict) and content
                else f"; {HYPERPARAMETERS / 'dueling-dqn.yml'} shows the form"
            )
        )
    chosen = {key: value for key, value in content[entry].items() if key not in FOR_RL_ZOO_ONLY}
    if "n_steps" in chosen and issubclass(ALGORITHMS[agent], OffPolicyAlgorithm):
        raise UserError(
            f"{path}: n_steps is PQN's; for returns over several steps give {agent} "
            "replay_buffer_kwargs: {n_steps: 3, gamma: 0.99}"
        )
    for key in ("policy", "n_envs", "n_timesteps"):
        if key not in chosen:
            raise UserError(f"{path} lacks {key!r} below {entry!r}")
    for key, least in AT_LEAST.items():
        value = chosen.get(key, least)
        if key in MAY_FALL and isinstance(value, str) and value.startswith(LINEAR):
            numbers = [_number(part) for part in value.removeprefix(LINEAR).split("_")]
            value = min(numbers) if len(numbers) <= 2 and all(isinstance(number, float) for number in numbers) else value
        whole = key in WHOLE
        if isinstance(value, bool) or not isinstance(value, int | float) or value < least or (whole and value != int(value)):
            raise UserError(
                f"{path}: {key} is {value!r}; it must be a {'whole ' if whole else ''}number, at least {least} "
                "(YAML takes 1e6 for a word; write !!float 1e6)"
            )
        if whole and key in chosen:
            chosen[key] = int(value)
    return chosen


def fit_to_run(hyperparameters: dict[str, Any], n_envs: int, total_timesteps: int) -> dict[str, Any]:
    """
    Hyperparameters for another number of envs, at the same updates per env step (and, without replay, about as many env steps
    between two trainings), and for a short run.

    :param hyperparameters: as read
    :param n_envs: of this run
    :param total_timesteps: env steps of this run; learning starts after a twentieth of it at the latest, and the replay buffer is
        no larger
    """
    fitted = dict(hyperparameters)
    if "n_steps" in fitted:  # without replay
        fitted["n_steps"] = max(fitted["n_steps"] * fitted["n_envs"] // n_envs, 1)
    if "n_steps" in fitted or not {"buffer_size", "train_freq", "learning_starts"} & fitted.keys():
        fitted["n_envs"], fitted["n_timesteps"] = n_envs, total_timesteps
        return fitted
    written = Fraction(fitted.get("gradient_steps", 1), fitted.get("train_freq", 4) * fitted["n_envs"])  # updates an env step
    per_step = written * n_envs  # updates a step of all envs
    fitted["gradient_steps"], fitted["train_freq"] = per_step.numerator, per_step.denominator
    fitted["n_envs"], fitted["n_timesteps"] = n_envs, total_timesteps
    fitted["learning_starts"] = min(int(fitted.get("learning_starts", 100)), max(total_timesteps // 20, 1))
    replay = fitted.get("replay_buffer_kwargs", {})
    if isinstance(replay, dict) and "beta" in replay:
        fitted["replay_buffer_kwargs"] = {**replay, "beta_updates": max(int(total_timesteps * written), 1)}
    fitted["buffer_size"] = min(int(fitted.get("buffer_size", 1_000_000)), max(total_timesteps, n_envs))
    return fitted


def run_env(
    env: str,
    agent: str,
    hyperparameters: dict[str, Any],
    n_envs: int,
    seed: int | None,
    evaluation: bool = False,
    render_mode: str | None = None,
) -> VecEnv:
    """
    The env of a run, to train on or to evaluate in.

    :param env: its name
    :param agent: its name, which says whether there is a gaze
    :param hyperparameters: with ``env_kwargs`` and ``gaze_kwargs`` for such agents
    :param n_envs: copies
    :param seed: of the first copy
    :param evaluation: whole games and raw rewards; the test digits
    :param render_mode: for the game's own pictures
    :raises UserError: if there is no such env
    """
    if agent not in GLIMPSE_AGENTS:
        return make_env(env, n_envs, seed, evaluation, render_mode)
    return make_gaze_env(env, n_envs, seed, hyperparameters["env_kwargs"], hyperparameters["gaze_kwargs"], evaluation, render_mode)


def make_env(name: str, n_envs: int, seed: int | None, evaluation: bool = False, render_mode: str | None = None) -> VecEnv:
    """
    An Atari game, or any registered gymnasium env that gives images and takes discrete actions.

    :param name: of the game in any spelling, or a gymnasium id
    :param n_envs: copies
    :param seed: of the first copy
    :param evaluation: whole games and raw rewards
    :param render_mode: for the game's own pictures
    :raises UserError: if there is no such env, or it is no image env
    """
    if n_envs < 1:
        raise UserError(f"--n-envs is {n_envs}; it must be at least 1")
    if not is_atari(name):
        return _make_image_env(name, n_envs, seed, render_mode)
    try:
        return make_atari(name, n_envs, seed, evaluation=evaluation, render_mode=render_mode)
    except ValueError as error:
        own = f"; the suite's own envs are {', '.join(TASKS)}" if "unknown" in str(error) else ""
        raise UserError(f"{error}{own}") from error


def is_atari(name: str) -> bool:
    """Whether `make_env` takes this name for a game of Atari's; whatever gymnasium does not know it takes for one misspelt."""
    if task_id(name) is not None:
        return False
    if name.startswith("ALE/") or (":" not in name and name not in gym.registry):
        return True
    try:
        resolve_game(name)
    except ValueError:
        return False
    return True


def canonical_name(env: str) -> str:
    """One name for all spellings of an env."""
    try:
        return task_id(env) or resolve_game(env)
    except ValueError:  # no game of Atari's
        return env


def build_model(
    agent: str, hyperparameters: dict[str, Any], env: VecEnv, seed: int, device: str, eager: bool = False
) -> BaseAlgorithm:
    """
    A new model.

    :param agent: its name
    :param hyperparameters: fitted to the run
    :param env: to train on
    :param seed: of networks, exploration and env
    :param device: of torch
    :param eager: updates in float32, not compiled
    :raises UserError: if a hyperparameter is unknown or impossible
    """
    arguments = {key: value for key, value in hyperparameters.items() if key not in NOT_OF_THE_AGENT}
    algorithm = ALGORITHMS[agent]
    if eager:
        known = inspect.signature(algorithm).parameters
        arguments = {**{name: False for name in ("compile", "autocast") if name in known}, **arguments}
    for name in MAY_FALL:
        value = arguments.get(name)
        if isinstance(value, str):
            if name == "ent_coef" and not issubclass(algorithm, REINFORCE):
                raise UserError(f"agent {agent!r} takes a number as ent_coef, not {value!r}")
            first, _, last = value.removeprefix(LINEAR).partition("_")
            arguments[name] = LinearSchedule(float(first), float(last or 0), 1.0)
    if issubclass(algorithm, OffPolicyAlgorithm):
        arguments["replay_buffer_class"] = REPLAY.get(agent, FrameReplayBuffer)
    try:
        return algorithm(policy_class(hyperparameters["policy"]), env, seed=seed, device=device, **arguments)
    except (TypeError, ValueError, AssertionError) as error:
        raise UserError(f"agent {agent!r} cannot be made from these hyperparameters: {error}") from error


def check_device(device: str) -> None:
    """
    Whether torch can use a device.

    :raises UserError: if it cannot; the ones it can are named
    """
    if device == "auto":
        return
    try:
        if th.device(device).type not in ("cpu", "cuda", "mps"):
            raise RuntimeError
        th.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        present = ["cpu", *(f"cuda:{i}" for i in range(th.cuda.device_count()))]
        present += ["mps"] if th.backends.mps.is_available() else []
        raise UserError(f"there is no device {device!r} here; there is: {', '.join(present)}") from error


def check_seed(seed: int) -> None:
    """
    Whether envs and networks take it.

    :raises UserError: if not
    """
    if not 0 <= seed < LARGEST_SEED:
        raise UserError(f"--seed is {seed}; it must be from 0 to {LARGEST_SEED - 1}")


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def policy_class(name: str) -> Any:
    """
    The class behind a dotted name; SB3's own short names are left to SB3.

    :raises UserError: if there is none
    """
    if "." not in name:
        return name
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UserError(f"the policy {name!r} cannot be imported: {error}") from error


def _make_image_env(name: str, n_envs: int, seed: int | None, render_mode: str | None) -> VecEnv:
    try:
        probe = gym.make(name)
    except Exception as error:  # imports and runs the env's own code, which may raise anything; the user is told what
        raise UserError(f"the env {name!r} cannot be made: {error}") from error
    space, actions = probe.observation_space, probe.action_space
    probe.close()
    if not is_image_space(space) or space.shape[-1] not in (1, 3):  # type: ignore[index]
        raise UserError(
            f"{name} gives no images (its observations are {space}); train.py wants an Atari game or an env with "
            "images of 1 or 3 channels. For vectors put saccade.policies.DuelingMlpPolicy into your own SB3 script"
        )
    if not isinstance(actions, spaces.Discrete):
        raise UserError(f"{name} has the action space {actions}; the agents here need Discrete actions")
    return _image_env(name, n_envs=n_envs, seed=seed, render_mode=render_mode)


def _image_env(name: str, n_envs: int, seed: int | None, render_mode: str | None) -> VecEnv:
    """Grey 84x84 frames in stacks of 4, as Atari's; before an episode's first frame zeros."""

    def prepared(env: gym.Env) -> gym.Wrapper:
        if env.observation_space.shape[-1] == 3:  # type: ignore[index]
            env = GrayscaleObservation(env)
        grey = ReshapeObservation(ResizeObservation(env, (84, 84)), (84, 84))
        return FrameStackObservation(grey, 4, padding_type="zero")

    try:
        vector_env = gym.make_vec(
            name,
            n_envs,
            vectorization_mode="sync",
            render_mode=render_mode,
            wrappers=[prepared],
            vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
        )
    except (TypeError, gym.error.Error):  # an env without pictures of its own
        vector_env = gym.make_vec(
            name, n_envs, vectorization_mode="sync", wrappers=[prepared], vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP}
        )
    env = GymnasiumVecEnv(RecordEpisodeStatistics(vector_env), remake=partial(_image_env, name))
    if seed is not None:
        env.seed(seed)
    return env
