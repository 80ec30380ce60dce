"""Speed of saliency maps beside captum, and what maps cost a training."""

import multiprocessing as mp
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import psutil
import torch as th
from sb3_contrib import RecurrentPPO
from scipy.ndimage import gaussian_filter
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from saccade.envs import make_atari
from saccade.policies import DuelingQNetwork
from saccade.saliency import SaliencyCallback, head_jacobians, heads, sequential_jacobian
from saccade.saliency.methods.blur_methods import RADIUS, greydanus
from saccade.saliency.methods.blur_methods import STRIDE as BLUR_STRIDE
from saccade.saliency.methods.image_filters import BLUR
from saccade.saliency.readers.head import head_names
from saccade.scripts.benchmarks.envs import N_ENVS, SEED, random_steps
from saccade.scripts.benchmarks.learners import LEARN_AT_ONCE, LEARNING_STARTS, double_dqn, learn
from saccade.scripts.benchmarks.timing import PATIENCE, Pairs, Setting, Work, counted, say, timed

OBSERVATIONS = 64  # that get maps
HEADS = ("value", "advantage")
BLURRED = 4  # observations that get maps by blurring
SEQUENTIAL_STEPS, SEQUENTIAL_GB = 128, 4.0
LONG_SECONDS = 600.0  # of each of the two runs that show what the callback costs


@contextmanager
def our_maps(s: Setting, every_head: bool = False) -> Iterator[Work]:
    policy, observations = policy_and_observations(s)
    names = head_names(policy) if every_head else HEADS
    theirs = captum_maps(policy, observations, OBSERVATIONS, names)()
    for name, expected in zip(names, theirs, strict=True):
        ours = head_jacobians(policy, observations, (name,))[name]
        assert isinstance(ours, th.Tensor)
        assert ours.any()
        th.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-5 * float(ours.abs().max()))
    say(f"  both give the same {len(names) * OBSERVATIONS} maps")
    yield lambda: counted(head_jacobians(policy, observations, names), len(names) * OBSERVATIONS)


@contextmanager
def captums_maps(s: Setting, batch: int, every_head: bool = False) -> Iterator[Work]:
    policy, observations = policy_and_observations(s)
    names = head_names(policy) if every_head else HEADS
    maps = captum_maps(policy, observations, batch, names)
    yield lambda: counted(maps(), len(names) * OBSERVATIONS)


def policy_and_observations(s: Setting) -> tuple[BasePolicy, np.ndarray]:
    """The same in every process."""
    with closing(make_atari(s.game, N_ENVS, SEED)) as env:
        policy = double_dqn(s, env).policy
        observations = played(env, OBSERVATIONS)
    policy.set_training_mode(False)
    return policy, observations


def captum_maps(policy: BasePolicy, observations: np.ndarray, batch: int, names: Sequence[str]) -> Callable[[], list[th.Tensor]]:
    """Maps of the heads by captum, so many observations at once."""
    from captum.attr import Saliency  # takes half a second, and the other rows do without

    methods = [Saliency(heads(policy)[name]) for name in names]

    def maps() -> list[th.Tensor]:
        parts: list[list[th.Tensor]] = [[] for _ in names]
        for some in np.split(observations, OBSERVATIONS // batch):
            inputs = th.as_tensor(some, dtype=th.float32, device=policy.device).requires_grad_()
            for part, method in zip(parts, methods, strict=True):
                part.append(method.attribute(inputs, abs=False))
        return [th.cat(part) for part in parts]

    return maps


@contextmanager
def our_blurs(s: Setting) -> Iterator[Work]:
    policy, observations = policy_and_observations(s)
    head, some = heads(policy)["value"], observations[:BLURRED]
    ours, plain = greydanus(head, some), np.stack([scores_one_by_one(policy, one) for one in some])
    assert isinstance(ours, th.Tensor)
    at_spots = ours.sum(1).abs()[:, ::BLUR_STRIDE, ::BLUR_STRIDE].cpu().numpy()
    # Our grid reaches the edge, so it lies a little wider.
    assert np.corrcoef(at_spots[:, :-1, :-1].flatten(), plain[:, :-1, :-1].flatten())[0, 1] > 0.95
    say("  both find the same places")
    yield lambda: counted(greydanus(head, some), BLURRED)


@contextmanager
def blurs_one_by_one(s: Setting) -> Iterator[Work]:
    policy, observations = policy_and_observations(s)
    yield lambda: counted([scores_one_by_one(policy, one) for one in observations[:BLURRED]], BLURRED)


def scores_one_by_one(policy: BasePolicy, observation: np.ndarray) -> np.ndarray:
    """The loop of Greydanus et al., in our words: for every place a mask, a blur of the frames and a forward pass."""
    network, frames = policy.q_net, observation.astype(np.float32)
    assert isinstance(network, DuelingQNetwork)
    rows, columns = (range(0, size, BLUR_STRIDE) for size in frames.shape[1:])
    scores = np.zeros((len(rows), len(columns)))

    def value(changed: np.ndarray) -> float:
        return float(network.value_advantage(th.as_tensor(changed[None], device=policy.device))[0])

    with th.no_grad():
        before = value(frames)
        for i, row in enumerate(rows):
            for j, column in enumerate(columns):
                mask = np.zeros(frames.shape[1:], np.float32)
                mask[row, column] = 1
                mask = gaussian_filter(mask, RADIUS)
                mask /= mask.max()
                blur = gaussian_filter(frames, (0, BLUR, BLUR))
                scores[i, j] = 0.5 * (before - value(frames * (1 - mask) + blur * mask)) ** 2
    return scores


def sequential_memory(s: Setting) -> Pairs:
    """Gigabytes that a process grows by at its peak while it makes a Jacobian through time, and those that it may."""
    pipe, theirs = mp.Pipe()
    process = mp.get_context("spawn").Process(target=_grow, args=(s, theirs), daemon=True)
    process.start()
    theirs.close()  # otherwise a process that fails would be waited for without end
    try:
        grown, seconds = pipe.recv()
    except EOFError:
        process.join()
        raise RuntimeError(f"the measuring process ended by itself (exit code {process.exitcode})") from None
    finally:
        process.join(PATIENCE)
        process.terminate()
    say(f"  {grown:.2f} GB, {seconds:.1f} s")
    return [(grown, SEQUENTIAL_GB)]


def peak_memory() -> int:
    """
    Bytes of memory that this process had at its peak. Linux's ``ru_maxrss`` begins with what the parent had, so it is not asked.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"))
        return int(kilobytes) * 1024
    if os.name == "nt":
        return int(psutil.Process().memory_info().peak_wset)
    import resource  # which Windows lacks

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # of macOS, in bytes


def _grow(s: Setting, pipe: Connection) -> None:
    with closing(make_atari(s.game, 1, SEED)) as env:
        policy = RecurrentPPO("CnnLstmPolicy", env, device=s.device).policy
        observations = played(env, SEQUENTIAL_STEPS)
    sequential_jacobian(policy, observations[:2])  # first calls load libraries
    before, start = peak_memory(), time.perf_counter()
    jacobian = sequential_jacobian(policy, observations)
    seconds = time.perf_counter() - start
    assert isinstance(jacobian, th.Tensor)
    assert jacobian.shape[:2] == (SEQUENTIAL_STEPS, SEQUENTIAL_STEPS)
    grown = peak_memory() - before
    on_device = th.cuda.max_memory_allocated() if th.device(policy.device).type == "cuda" else 0
    pipe.send(((grown + on_device) / 1e9, seconds))


def saliency_callback(s: Setting) -> Pairs:
    """Seconds that the callback adds, and seconds of the same training without it."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        stack.enter_context(patch.dict(os.environ, SACCADE_CACHE=folder))  # the probe set is part of the cost
        plain, watched = (double_dqn(s, stack.enter_context(closing(make_atari(s.game, N_ENVS, SEED)))) for _ in range(2))
        for model in (plain, watched):
            learn(model, LEARNING_STARTS + LEARN_AT_ONCE)
        # The run with the callback lies between the halves of the one without: a drift of the machine's speed cancels out.
        half, first = timed(lambda: learn(plain, LEARN_AT_ONCE), LONG_SECONDS / 2)
        say(f"  {half:,} env steps without the callback: {first:.1f} s")
        callback = SaliencyCallback(Path(folder, "saliency"))
        _, with_callback = timed(lambda: learn(watched, 2 * half, callback))
        say(
            f"  {2 * half:,} with it: {with_callback:.1f} s, {callback.events} events, by its own count "
            f"{callback.budget.used():.2%} of the time"
        )
        _, second = timed(lambda: learn(plain, half))
        say(f"  {half:,} without: {second:.1f} s")
    return [(with_callback - first - second, first + second)]


def played(env: VecEnv, count: int) -> np.ndarray:
    """Observations (count, ...) of random play, a step of all envs every so often."""
    env.reset()
    play_on, batches = random_steps(env, env.action_space), []
    for _ in range(count // env.num_envs):
        play_on()
        batches.append(np.array(env.step(np.zeros(env.num_envs, dtype=np.int64))[0]))
    return np.concatenate(batches)
