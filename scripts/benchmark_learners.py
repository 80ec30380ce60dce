"""Speed of whole training loops: env steps a second of ``learn()`` in full swing."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

from stable_baselines3 import DQN, PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.utils import LinearSchedule
from stable_baselines3.common.vec_env import VecEnv

from agent_setup import build_model, fit_to_run, read_hyperparameters
from benchmark_cleanrl import PlainDQN
from benchmark_envs import N_ENVS, SEED, Setting, random_steps, sb3_atari
from benchmark_timing import Pairs, Work
from saccade.agents import PQN, DoubleDQN
from saccade.envs import make_atari

LEARN_AT_ONCE = 64  # env steps of a DQN's learn(), between two looks at the clock
BUFFER_SIZE = 20_000  # transitions: SB3's then takes 1.1 GB
LEARNING_STARTS = 4_000  # env steps: 226 MB of observations on SB3's side, more than any cache holds
GREEDY = {"exploration_initial_eps": 0.01, "exploration_final_eps": 0.01}  # as in all but the first tenth of a training
SB3_DQN = {"learning_rate": 1e-4, "target_update_interval": 1000}  # RL Zoo's for Atari
PPO_ENVS = 8
SB3_PPO = {  # RL Zoo's for Atari
    "n_steps": 128, "n_epochs": 4, "batch_size": 256, "ent_coef": 0.01, "vf_coef": 0.5,
    "learning_rate": LinearSchedule(2.5e-4, 0.0, 1.0), "clip_range": LinearSchedule(0.1, 0.0, 1.0),
}
MANY = 10**9  # env steps, so that no schedule moves while it is timed


def dqn_loop(s: Setting, batch_size: int, train_freq: int) -> Pairs:
    with closing(make_atari(s.game, N_ENVS, SEED)) as env, closing(sb3_atari(s, 1)) as peer_env:
        ours = double_dqn(s, env, batch_size=batch_size, train_freq=max(train_freq // N_ENVS, 1),
                          gradient_steps=max(N_ENVS // train_freq, 1))
        peer = DQN("CnnPolicy", peer_env, seed=SEED, device=s.device, buffer_size=BUFFER_SIZE, learning_starts=LEARNING_STARTS,
                   batch_size=batch_size, train_freq=train_freq, **GREEDY, **SB3_DQN)  # type: ignore[arg-type]
        return s.stopwatch.alternate(replaying(ours), replaying(peer))


def dqn_vs_cleanrl(s: Setting) -> Pairs:
    with closing(make_atari(s.game, N_ENVS, SEED)) as env, closing(sb3_atari(s, 1)) as peer_env:
        peer = PlainDQN(peer_env, s.device, batch_size=32, buffer_size=BUFFER_SIZE)
        peer.learn(LEARNING_STARTS, updates=False)
        return s.stopwatch.alternate(replaying(double_dqn(s, env)), lambda: peer.learn(LEARN_AT_ONCE))


def pqn_vs_dqn(s: Setting) -> Pairs:
    def peer(env: VecEnv) -> Work:
        return replaying(DQN("CnnPolicy", env, seed=SEED, device=s.device, buffer_size=BUFFER_SIZE, batch_size=32, train_freq=4,
                             learning_starts=LEARNING_STARTS, **GREEDY, **SB3_DQN))  # type: ignore[arg-type]

    return _pqn_beside(s, lambda: sb3_atari(s, 1), peer)


def pqn_vs_ppo(s: Setting) -> Pairs:
    def peer(env: VecEnv) -> Work:
        return rolling(PPO("CnnPolicy", env, seed=SEED, device=s.device, **SB3_PPO))  # type: ignore[arg-type]

    return _pqn_beside(s, lambda: make_atari(s.game, PPO_ENVS, SEED), peer)


def env_vs_pqn(s: Setting) -> Pairs:
    pairs = _pqn_beside(s, lambda: make_atari(s.game, pqn_envs(), SEED), lambda env: _played(env))
    return [(env, loop) for loop, env in pairs]


def pqn_envs() -> int:
    """Envs in PQN's own hyperparameters."""
    return int(read_hyperparameters("pqn")["n_envs"])


def _played(env: VecEnv) -> Work:
    env.reset()
    return random_steps(env, env.action_space)


def _pqn_beside(s: Setting, make_peer_env: Callable[[], VecEnv], peer: Callable[[VecEnv], Work]) -> Pairs:
    with closing(make_atari(s.game, pqn_envs(), SEED)) as env, closing(make_peer_env()) as peer_env:
        written = {**read_hyperparameters("pqn"), **GREEDY}
        model = build_model("pqn", fit_to_run(written, env.num_envs, MANY), env, SEED, s.device)
        return s.stopwatch.alternate(rolling(model), peer(peer_env))


def double_dqn(s: Setting, env: VecEnv, **changes: Any) -> DoubleDQN:
    """The dueling agent with its own hyperparameters, but for the size of the buffer, when learning starts, and changes."""
    written = {**read_hyperparameters("dueling-dqn"), **GREEDY, "buffer_size": BUFFER_SIZE, "learning_starts": LEARNING_STARTS}
    fitted = {**fit_to_run(written, env.num_envs, int(written["n_timesteps"])), **changes}
    model = build_model("dueling-dqn", fitted, env, SEED, s.device)
    assert isinstance(model, DoubleDQN)
    return model


def replaying(model: DQN) -> Work:
    """Env steps of a DQN's ``learn()`` with updates in full swing."""
    learn(model, LEARNING_STARTS + 4 * LEARN_AT_ONCE)
    return lambda: learn(model, LEARN_AT_ONCE)


def rolling(model: PQN | PPO | DoubleDQN) -> Work:
    """Env steps of ``learn()`` without replay, a rollout and its training at a time."""
    learn(model, 1)
    return lambda: learn(model, 1)


def learn(model: BaseAlgorithm, env_steps: int, callback: Any = None) -> int:
    """Go on learning; returns the env steps taken."""
    before = model.num_timesteps
    model.learn(env_steps, callback, reset_num_timesteps=False)
    return model.num_timesteps - before
