"""Speed of whole training loops: env steps a second of ``learn()`` in full swing."""

import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from fractions import Fraction
from typing import Any

from sb3_contrib import RecurrentPPO
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from saccade.agents import PQN, DoubleDQN
from saccade.envs import make_atari
from saccade.experiments import read_hyperparameters
from saccade.experiments.setup.agent_spec import AGENTS
from saccade.experiments.setup.gazes.gaze_envs import make_gaze_env
from saccade.experiments.setup.hyperparameters import fit_to_run
from saccade.experiments.setup.models import build_model
from saccade.scripts.benchmarks.cleanrl import PlainDQN
from saccade.scripts.benchmarks.envs import SEED, sb3_atari
from saccade.scripts.benchmarks.timing import Setting, Work

LEARN_AT_ONCE = 64  # env steps of a DQN's learn(), between two looks at the clock
BUFFER_SIZE = 20_000  # transitions: SB3's then takes 1.1 GB
LEARNING_STARTS = 4_000  # env steps: 226 MB of observations on SB3's side, more than any cache holds
GREEDY: dict[str, Any] = {
    "exploration_initial_eps": 0.01,
    "exploration_final_eps": 0.01,
}  # as in all but the first tenth of a training
SB3_DQN: dict[str, Any] = {"learning_rate": 1e-4, "target_update_interval": 1000}  # RL Zoo's for Atari
PPO_ENVS = 8
SB3_PPO: dict[str, Any] = {  # RL Zoo's for Atari
    "n_steps": 128,
    "n_epochs": 4,
    "batch_size": 256,
    "ent_coef": 0.01,
    "vf_coef": 0.5,
    "learning_rate": 2.5e-4,
    "clip_range": 0.1,  # there falling to 0; here many short trainings are timed
}


@contextmanager
def our_dqn(s: Setting, batch_size: int = 32, train_freq: int = 4) -> Iterator[Work]:
    """
    :param batch_size: of an update
    :param train_freq: env steps to an update
    """
    with closing(make_atari(s.game, n_envs_of("dueling-dqn"), SEED)) as env:
        updates = Fraction(env.num_envs, train_freq)  # to a step of all envs
        yield replaying(double_dqn(s, env, batch_size=batch_size, train_freq=updates.denominator, gradient_steps=updates.numerator))


@contextmanager
def sb3_dqn(s: Setting, batch_size: int = 32, train_freq: int = 4) -> Iterator[Work]:
    """As for :func:`our_dqn`."""
    with closing(sb3_atari(s, 1)) as env:
        yield replaying(
            DQN(
                "CnnPolicy",
                env,
                seed=SEED,
                device=s.device,
                buffer_size=BUFFER_SIZE,
                train_freq=train_freq,
                learning_starts=LEARNING_STARTS,
                batch_size=batch_size,
                **GREEDY,
                **SB3_DQN,
            )
        )


@contextmanager
def cleanrl_dqn(s: Setting) -> Iterator[Work]:
    with closing(sb3_atari(s, 1)) as env:
        agent = PlainDQN(env, s.device, batch_size=32, buffer_size=BUFFER_SIZE)
        agent.learn(LEARNING_STARTS, updates=False)
        yield lambda: agent.learn(LEARN_AT_ONCE)


@contextmanager
def our_pqn(s: Setting) -> Iterator[Work]:
    with closing(make_atari(s.game, n_envs_of("pqn"), SEED)) as env:
        yield rolling(pqn(s, "pqn", env))


@contextmanager
def our_glimpse_pqn(s: Setting) -> Iterator[Work]:
    how = read_hyperparameters("glimpse-pqn")
    with closing(make_gaze_env(s.game, how["n_envs"], SEED, how["env_kwargs"], how["gaze_kwargs"])) as env:
        yield rolling(pqn(s, "glimpse-pqn", env))


@contextmanager
def sb3_ppo(s: Setting) -> Iterator[Work]:
    with closing(make_atari(s.game, PPO_ENVS, SEED)) as env:
        yield rolling(PPO("CnnPolicy", env, seed=SEED, device=s.device, **SB3_PPO))


@contextmanager
def recurrent_ppo(s: Setting, policy: str | type[RecurrentActorCriticPolicy], n_steps: int = 32) -> Iterator[Work]:
    """
    sb3-contrib's RecurrentPPO, with SB3_PPO's settings on shorter rollouts.

    :param policy: of images
    :param n_steps: of a rollout in each env
    """
    with closing(make_atari(s.game, PPO_ENVS, SEED)) as env:
        yield rolling(RecurrentPPO(policy, env, seed=SEED, device=s.device, **{**SB3_PPO, "n_steps": n_steps}))


@contextmanager
def pqn_updates(s: Setting, agent: str = "pqn", **changes: Any) -> Iterator[Work]:
    """
    Updates alone: those of one rollout again and again, without any env.

    :param agent: ``pqn``, or one that differs from it in its policy only
    :param changes: of its hyperparameters
    """
    with closing(make_atari(s.game, n_envs_of(agent), SEED)) as env:
        model = pqn(s, agent, env, **changes)
        assert isinstance(model, PQN)
        learn(model, 1)
    per_rollout = model.n_epochs * math.ceil(model.n_steps * model.n_envs / model.batch_size)

    def work() -> int:
        model.train()
        return per_rollout

    yield work


def pqn(s: Setting, agent: str, env: VecEnv, **changes: Any) -> BaseAlgorithm:
    """An agent of PQN with its own hyperparameters, except some that change, after the fall of epsilon."""
    written = {**read_hyperparameters(agent), **GREEDY, "learning_rate": 2.5e-4, **changes}
    return build_model(AGENTS[agent], fit_to_run(written, env.num_envs, written["n_timesteps"]), env, SEED, s.device)


def eye_in_words(agent: str) -> str:
    """What an agent with a fovea sees, by its own hyperparameters."""
    eye = read_hyperparameters(agent)["policy_kwargs"]["features_extractor_kwargs"]
    more = [word for key, word in (("overview", "the widest an overview"), ("pasted", "pasted")) if eye.get(key)]
    return ", ".join([f"{eye['scales']} scales of {eye['size']}x{eye['size']} pixels", *more])


def n_envs_of(agent: str) -> int:
    """Envs in an agent's own hyperparameters."""
    n_envs: int = read_hyperparameters(agent)["n_envs"]
    return n_envs


def double_dqn(s: Setting, env: VecEnv, **changes: Any) -> DoubleDQN:
    """The dueling agent with its own hyperparameters, except the size of the buffer, the start of learning, and changes."""
    written = {**read_hyperparameters("dueling-dqn"), **GREEDY, "buffer_size": BUFFER_SIZE, "learning_starts": LEARNING_STARTS}
    fitted = {**fit_to_run(written, env.num_envs, written["n_timesteps"]), **changes}
    model = build_model(AGENTS["dueling-dqn"], fitted, env, SEED, s.device)
    assert isinstance(model, DoubleDQN)
    return model


def replaying(model: DQN) -> Work:
    """Env steps of a DQN's ``learn()`` with updates in full swing."""
    learn(model, LEARNING_STARTS + 4 * LEARN_AT_ONCE)
    return lambda: learn(model, LEARN_AT_ONCE)


def rolling(model: BaseAlgorithm) -> Work:
    """Env steps of ``learn()`` without replay, a rollout and its training at a time."""
    learn(model, 1)
    return lambda: learn(model, 1)


def learn(model: BaseAlgorithm, env_steps: int, callback: Any = None) -> int:
    """Go on learning; returns the env steps taken."""
    before = model.num_timesteps
    model.learn(env_steps, callback, reset_num_timesteps=False)
    return model.num_timesteps - before
