"""A small recurrent policy that has learnt CopyRecall from reward alone: the memory that sequential Jacobians are to find."""

from functools import cache

import gymnasium as gym
import numpy as np
import torch as th
from sb3_contrib import RecurrentPPO

from saccade.envs import GymnasiumVecEnv

N_ENVS, LENGTH = 256, 24
EPISODES = 5  # of each env, between two looks at the accuracy
GOOD = 0.975  # of the answers, to have learnt it
LEAST, LIMIT = 5, 80  # stretches of so many episodes


@cache  # the tests of several folders ask for it
def trained_on_copy_recall(delay: int, symbols: int = 4, seed: int = 0) -> RecurrentPPO:
    """
    Stock RecurrentPPO with an LSTM of 64 units and nothing else between image and heads; on one processor core in 6 s (delays up to
    3) to 60 s (delay 8).

    Reward comes with the answer, so gamma is 0; a rollout is an episode of every env, so that sequences start where episodes do,
    from a state of zeros. With strong weight decay it learns faster, and its derivatives are largest at the frame that the answer
    depends on; without, it answers as well, but they are spread over all recent frames. That takes a while, so short delays are
    learnt for longer than they need.

    :param delay: steps from a symbol to its answer; tried from 0 to 8
    :param symbols: how many there are; tried with 4
    :param seed: of network, actions and episodes
    :return: plays greedily with some 97 right answers of 100, or more
    :raises RuntimeError: if it has not learnt after 2.5 million env steps
    """
    env = copy_recall(delay, symbols, seed)
    model = RecurrentPPO(
        "MlpLstmPolicy",
        env,
        learning_rate=3e-3,
        n_steps=LENGTH,
        batch_size=N_ENVS * LENGTH // 4,
        n_epochs=4,
        gamma=0.0,
        gae_lambda=1.0,
        ent_coef=0.01,
        seed=seed,
        device="cpu",
        policy_kwargs={
            "lstm_hidden_size": 64,
            "shared_lstm": True,
            "enable_critic_lstm": False,
            "net_arch": [],
            "optimizer_class": th.optim.AdamW,
            "optimizer_kwargs": {"weight_decay": 1.0},
        },
    )
    for stretch in range(1, LIMIT + 1):
        model.learn(EPISODES * N_ENVS * LENGTH, reset_num_timesteps=False)
        if stretch >= LEAST and accuracy(model, delay, symbols) > GOOD:
            return model
    raise RuntimeError(f"delay {delay} is not learnt after {model.num_timesteps:,} env steps")


def accuracy(model: RecurrentPPO, delay: int, symbols: int = 4, seed: int = 1_000_000) -> float:
    """The part of the answers that greedy play gets right, in one episode of each of 256 envs."""
    env = copy_recall(delay, symbols, seed)
    obs, states, starts, right = env.reset(), None, np.ones(N_ENVS, dtype=bool), 0.0
    for _ in range(LENGTH):
        actions, states = model.predict(obs, states, starts, deterministic=True)
        obs, rewards, starts, _ = env.step(actions)
        right += rewards.mean()
    return float(right) / (LENGTH - delay)


def copy_recall(delay: int, symbols: int, seed: int) -> GymnasiumVecEnv:
    """The env, in as many copies as a rollout takes."""
    env = GymnasiumVecEnv(gym.make_vec("saccade/CopyRecall-v0", num_envs=N_ENVS, delay=delay, symbols=symbols, length=LENGTH))
    env.seed(seed)
    return env
