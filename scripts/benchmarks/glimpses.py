"""Speed of envs with a gaze, of a policy that sees glimpses, and of REINFORCE beside a loop without SB3."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import gymnasium as gym
import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.policies import ActorCriticCnnPolicy
from stable_baselines3.common.utils import get_device
from stable_baselines3.common.vec_env import VecEnv

from saccade.agents import REINFORCE
from saccade.agents.episodic.glimpse_episodes import Episodes
from saccade.agents.updates.gradient_clipping import clip_gradients
from saccade.envs import VectorGazeWrapper
from saccade.envs.tasks.cluttered_mnist import ClutteredMNIST
from saccade.experiments import read_hyperparameters
from saccade.experiments.setup.agent_spec import AGENTS
from saccade.experiments.setup.gazes.gaze_envs import make_gaze_env
from saccade.experiments.setup.hyperparameters import fit_to_run
from saccade.experiments.setup.models import build_model
from saccade.policies import GlimpsePolicy
from saccade.scripts.benchmarks.envs import SEED
from saccade.scripts.benchmarks.timing import Setting, Work

TASK = "ClutteredMNIST"
DATA: dict[str, Any] = {"dataset": "digits"}  # drawn as MNIST's are, and there without a network
N_ENVS = 256
NEVER = 1_000_000
BATCH = 32  # observations of a forward pass


@contextmanager
def our_digits(s: Setting) -> Iterator[Work]:
    """60x60 canvases with clutter, one gaze a step."""
    env = VectorGazeWrapper(gym.make_vec(f"saccade/{TASK}-v0", num_envs=N_ENVS, **DATA))
    env.reset(seed=SEED)
    actions = np.zeros((N_ENVS, 3), dtype=np.float32)

    def play() -> int:
        for _ in range(16):
            env.step(actions)
        return 16 * N_ENVS

    yield play


@contextmanager
def ap_gyms_circles(s: Setting) -> Iterator[Work]:
    """ap_gym's CircleSquare: 28x28 images without clutter, a 5x5 glimpse a step."""
    import ap_gym  # in no extra of ours: the row is there for those who have it

    with closing(ap_gym.make_vec("CircleSquare-v0", num_envs=64)) as env:
        env.reset(seed=SEED)
        actions = env.action_space.sample()

        def play() -> int:
            for _ in range(16):
                env.step(actions)
            return 16 * env.num_envs

        yield play


@contextmanager
def glimpse_forward(s: Setting, side: int) -> Iterator[Work]:
    """Forward passes of the glimpse policy on images of some size."""
    image = spaces.Box(0, 255, (1, side, side), np.uint8)
    space = spaces.Dict({"image": image, "gaze": spaces.Box(-1, 1, (2,), np.float32)})
    actions = spaces.Box(np.array([0, -1, -1], dtype=np.float32), np.array([9, 1, 1], dtype=np.float32))
    device = get_device(s.device)
    policy = GlimpsePolicy(space, actions, lambda _: 1e-3).to(device)
    policy.set_training_mode(False)
    generator = th.Generator().manual_seed(SEED)
    images = th.randint(0, 256, (BATCH, 1, side, side), dtype=th.uint8, generator=generator)
    gaze = th.rand(BATCH, 2, generator=generator) * 2 - 1
    obs = {"image": images.to(device), "gaze": gaze.to(device)}
    states, starts = policy.start_states(BATCH), th.ones(BATCH, device=device)

    def look() -> int:
        with th.no_grad():
            for _ in range(16):
                policy.look(obs, states, starts)
        return 16 * BATCH

    yield look


@contextmanager
def cnn_forward(s: Setting, side: int) -> Iterator[Work]:
    """Forward passes of SB3's CnnPolicy on images of some size."""
    device = get_device(s.device)
    policy = ActorCriticCnnPolicy(spaces.Box(0, 255, (1, side, side), np.uint8), spaces.Discrete(10), lambda _: 1e-3).to(device)
    policy.set_training_mode(False)
    images = th.randint(0, 256, (BATCH, 1, side, side), dtype=th.uint8).to(device)

    def look() -> int:
        with th.no_grad():
            policy(images)
        return BATCH

    yield look


@contextmanager
def our_reinforce(s: Setting) -> Iterator[Work]:
    """Images a second of ``REINFORCE.learn``, through env and VecEnv."""
    with closing(task()) as env:
        model = reinforce(s, env)

        def learn() -> int:
            model.learn(2 * N_ENVS * 8, log_interval=NEVER, reset_num_timesteps=False)
            return 2 * N_ENVS

        learn()
        yield learn


@contextmanager
def straight_reinforce(s: Setting) -> Iterator[Work]:
    """The same network, loss and optimizer in a plain loop of torch: no env, no VecEnv, no SB3."""
    with closing(task()) as env:
        model = reinforce(s, env)
    model._total_timesteps = 1
    policy: Any = model.policy
    device = model.device
    policy.set_training_mode(True)
    game = ClutteredMNIST(device=device, **DATA)
    generator = th.Generator().manual_seed(SEED)

    def learn() -> int:
        for _ in range(2):
            images, labels, _ = game.canvas.draw(th.rand(N_ENVS, game.draws, generator=generator, dtype=th.float64).to(device))
            image, gaze = images[:, None], th.zeros(N_ENVS, 2, device=device)
            states, starts, episodes = policy.start_states(N_ENVS), th.ones(N_ENVS, device=device), Episodes(labels=labels)
            for t in range(8):
                with model._acceleration.autocast():
                    distribution, values, states = policy.look({"image": image, "gaze": gaze}, states, starts)
                actions = distribution.sample()
                episodes.add(distribution, actions, values)
                right = (actions[:, 0] == labels) if t == 7 else th.zeros(N_ENVS, device=device)
                episodes.rewards.append(right.float())
                gaze, starts = actions[:, 1:].clamp(-1, 1), th.zeros_like(starts)
            loss = model.loss(episodes)
            policy.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            clip_gradients(policy.parameters(), model.max_grad_norm)
            policy.optimizer.step()
        return 2 * N_ENVS

    learn()
    yield learn


def task() -> VecEnv:
    return make_gaze_env(TASK, N_ENVS, SEED, DATA, {"first": "center"})


def reinforce(s: Setting, env: VecEnv) -> REINFORCE:
    written = read_hyperparameters("glimpse-reinforce", env=TASK)
    model = build_model(AGENTS["glimpse-reinforce"], fit_to_run(written, N_ENVS, written["n_timesteps"]), env, SEED, s.device)
    assert isinstance(model, REINFORCE)
    return model
