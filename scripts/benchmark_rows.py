"""What benchmark.py measures: a function a row, ours beside the peer's. Each gives (ours, peer), a pair a round."""

import os
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import torch as th
from stable_baselines3 import DQN
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.vec_env import VecEnv, VecFrameStack, VecTransposeImage

from agent_setup import build_model, fit_to_run, read_hyperparameters
from benchmark_timing import Pairs, Stopwatch, Work, say, timed
from saccade.agents import DoubleDQN, FrameReplayBuffer
from saccade.envs import make_atari
from saccade.saliency import SaliencyCallback, heads, value_advantage_jacobian

SEED = 0
N_ENVS = 8
STEPS_AT_ONCE = 100  # of all envs, between two looks at the clock
LEARN_AT_ONCE = 32  # env steps of learn(), likewise
BUFFER_SIZE = 20_000  # transitions: SB3's then takes 1.1 GB
LEARNING_STARTS = 4_000  # env steps: 226 MB of observations on SB3's side, more than any cache holds
GREEDY = {"exploration_initial_eps": 0.01, "exploration_final_eps": 0.01}  # as in all but the first tenth of a training
SB3_DQN = {  # RL Zoo's for Atari, but for the size of the buffer
    "learning_rate": 1e-4, "batch_size": 32, "train_freq": 4, "gradient_steps": 1, "target_update_interval": 1000,
}
BATCH = 256  # transitions drawn at a time
OBSERVATIONS = 64  # that get maps
MILLION = 1_000_000
LONG_SECONDS = 600.0  # of each of the two runs that show what the callback costs


@dataclass(frozen=True)
class Setting:
    """
    :param game: as ``make_atari`` wants it
    :param sb3_id: the same game's gymnasium id for ``make_atari_env``
    :param device: of torch
    :param stopwatch: times both sides
    """

    game: str
    sb3_id: str
    device: str
    stopwatch: Stopwatch


def env_vs_sb3(s: Setting) -> Pairs:
    with closing(make_atari(s.game, N_ENVS, SEED)) as ours, closing(sb3_atari(s, N_ENVS)) as peer:
        ours.reset()
        peer.reset()
        return s.stopwatch.alternate(random_steps(ours, ours.action_space), random_steps(peer, peer.action_space))


def env_vs_ale(s: Setting) -> Pairs:
    with closing(make_atari(s.game, N_ENVS, SEED)) as ours, closing(make_atari(s.game, N_ENVS).env.unwrapped) as peer:
        ours.reset()
        peer.reset(seed=SEED)
        return s.stopwatch.alternate(random_steps(ours, ours.action_space), random_steps(peer, ours.action_space))


def dqn_loop(s: Setting, n_envs: int) -> Pairs:
    with closing(make_atari(s.game, n_envs, SEED)) as ours_env, closing(sb3_atari(s, 1)) as peer_env:
        peer = DQN("CnnPolicy", peer_env, seed=SEED, device=s.device, buffer_size=BUFFER_SIZE,
                   learning_starts=LEARNING_STARTS, **GREEDY, **SB3_DQN)  # type: ignore[arg-type]
        return s.stopwatch.alternate(learning(double_dqn(s, ours_env)), learning(peer))


def replay_sample(s: Setting) -> Pairs:
    with closing(make_atari(s.game, N_ENVS, SEED)) as env:
        spaces = env.observation_space, env.action_space
        ours = FrameReplayBuffer(BUFFER_SIZE, *spaces, device=s.device, n_envs=N_ENVS)
        peer = ReplayBuffer(BUFFER_SIZE, *spaces, device=s.device, n_envs=N_ENVS)
        fill(env, ours, peer)
    return s.stopwatch.alternate(*(drawing(buffer) for buffer in (ours, peer)))


def replay_memory(s: Setting) -> Pairs:
    with closing(make_atari(s.game, N_ENVS)) as env:
        spaces = env.observation_space, env.action_space
    # On the CPU the memory is not taken before it is written to. SB3's would still warn, so its size is that of one row.
    ours = FrameReplayBuffer(MILLION, *spaces, device="cpu", n_envs=N_ENVS)
    row = ReplayBuffer(N_ENVS, *spaces, device="cpu", n_envs=N_ENVS)
    bytes_a_row = sum(array.nbytes for array in vars(row).values() if isinstance(array, np.ndarray))
    return [(ours.nbytes / 1e9, bytes_a_row / N_ENVS * MILLION / 1e9)]


def saliency_maps(s: Setting, captum_batch: int) -> Pairs:
    from captum.attr import Saliency  # among the dev extras: the other rows do without

    with closing(make_atari(s.game, N_ENVS, SEED)) as env:
        policy = double_dqn(s, env).policy
        observations = played(env, OBSERVATIONS)
    policy.set_training_mode(False)
    peers = [Saliency(heads(policy)[head]) for head in ("value", "advantage")]

    def captum_maps() -> list[th.Tensor]:
        parts: list[list[th.Tensor]] = [[], []]
        for batch in np.split(observations, OBSERVATIONS // captum_batch):
            inputs = th.as_tensor(batch, dtype=th.float32, device=policy.device).requires_grad_()
            for part, peer in zip(parts, peers, strict=True):
                part.append(peer.attribute(inputs, abs=False))
        return [th.cat(part) for part in parts]

    for ours, theirs in zip(value_advantage_jacobian(policy, observations), captum_maps(), strict=True):
        assert isinstance(ours, th.Tensor)
        assert ours.any()
        th.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5 * float(ours.abs().max()))
    say(f"  both give the same {2 * OBSERVATIONS} maps")
    return s.stopwatch.alternate(lambda: counted(value_advantage_jacobian(policy, observations), 2 * OBSERVATIONS),
                                 lambda: counted(captum_maps(), 2 * OBSERVATIONS))


def saliency_callback(s: Setting) -> Pairs:
    """Seconds that the callback adds, and seconds of the same training without it."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        stack.enter_context(patch.dict(os.environ, SACCADE_CACHE=folder))  # the probe set is part of the cost
        plain, watched = (
            double_dqn(s, stack.enter_context(closing(make_atari(s.game, N_ENVS, SEED)))) for _ in range(2)
        )
        for model in (plain, watched):
            learn(model, LEARNING_STARTS + LEARN_AT_ONCE)
        # The run with the callback lies between the halves of the one without: a drift of the machine's speed cancels out.
        half, first = timed(learning(plain), LONG_SECONDS / 2)
        say(f"  {half:,} env steps without the callback: {first:.1f} s")
        callback = SaliencyCallback(Path(folder, "saliency"))
        _, with_callback = timed(lambda: learn(watched, 2 * half, callback))
        say(f"  {2 * half:,} with it: {with_callback:.1f} s, {callback.events} events, by its own count "
            f"{callback.budget.used():.2%} of the time")
        _, second = timed(lambda: learn(plain, half))
        say(f"  {half:,} without: {second:.1f} s")
    return [(with_callback - first - second, first + second)]


def sb3_atari(s: Setting, n_envs: int) -> VecEnv:
    """SB3's own Atari envs, with the frame stack and the order of axes that its CNN wants."""
    return VecTransposeImage(VecFrameStack(make_atari_env(s.sb3_id, n_envs=n_envs, seed=SEED), 4))


def double_dqn(s: Setting, env: VecEnv) -> DoubleDQN:
    """The dueling agent with its own hyperparameters, but for the size of the buffer and when learning starts."""
    written = {**read_hyperparameters("dueling-dqn"), **GREEDY, "buffer_size": BUFFER_SIZE, "learning_starts": LEARNING_STARTS}
    return build_model("dueling-dqn", fit_to_run(written, env.num_envs, int(written["n_timesteps"])), env, SEED, s.device)


def random_steps(env: Any, action_space: Any) -> Work:
    """Env steps of an env that has been reset: an SB3 ``VecEnv`` or a bare ``AtariVectorEnv``."""
    actions = np.random.default_rng(SEED).integers(action_space.n, size=(STEPS_AT_ONCE, env.num_envs))

    def step() -> int:
        for batch in actions:
            env.step(batch)
        return actions.size

    return step


def learning(model: DQN) -> Work:
    """Env steps of ``learn()`` with updates in full swing."""
    if model.num_timesteps == 0:
        learn(model, LEARNING_STARTS + LEARN_AT_ONCE)
    return lambda: learn(model, LEARN_AT_ONCE)


def learn(model: DQN, env_steps: int, callback: SaliencyCallback | None = None) -> int:
    """Go on learning; returns the env steps taken."""
    before = model.num_timesteps
    model.learn(env_steps, callback, reset_num_timesteps=False)
    return model.num_timesteps - before


def fill(env: VecEnv, *buffers: ReplayBuffer) -> None:
    """Random play into every buffer, until it is full."""
    rng = np.random.default_rng(SEED)
    observations = env.reset()
    while not all(buffer.full for buffer in buffers):
        actions = rng.integers(env.action_space.n, size=env.num_envs)  # type: ignore[attr-defined]
        following, rewards, dones, infos = env.step(actions)
        last = np.array(following)
        for i in np.flatnonzero(dones):
            last[i] = infos[i]["terminal_observation"]
        for buffer in buffers:
            buffer.add(observations, last, actions, rewards, dones, infos)  # type: ignore[arg-type]
        observations = following


def drawing(buffer: ReplayBuffer) -> Work:
    """Transitions drawn from a buffer."""
    return lambda: counted(buffer.sample(BATCH), BATCH)


def played(env: VecEnv, count: int) -> np.ndarray:
    """Observations (count, ...) of random play, a step of all envs every so often."""
    env.reset()
    play_on, batches = random_steps(env, env.action_space), []
    for _ in range(count // env.num_envs):
        play_on()
        batches.append(np.array(env.step(np.zeros(env.num_envs, dtype=np.int64))[0]))
    return np.concatenate(batches)


def counted(_: object, units: int) -> int:
    """The units of work that has just been done."""
    return units
