import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3 import DQN
from stable_baselines3.common.buffers import NStepReplayBuffer, ReplayBuffer
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from saccade.agents import FrameReplayBuffer

STACK, FRAME = 4, (6, 5)
SPACE = spaces.Box(0, 255, (STACK, *FRAME), np.uint8)
ACTIONS = spaces.Discrete(4)


class Stream:
    """N envs of random frame stacks with ends, truncations and lost lives (the next episode then starts with the same frame)."""

    def __init__(self, n_envs: int, padding: str = "zeros", resets: float = 0.0, channels: int = 1, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.n, self.padding, self.resets, self.channels = n_envs, padding, resets, channels
        self.obs = np.stack([self.first(self.frame()) for _ in range(n_envs)])

    def frame(self) -> np.ndarray:
        return self.rng.integers(1, 256, size=(self.channels, *FRAME), dtype=np.uint8)

    def first(self, frame: np.ndarray) -> np.ndarray:
        older = np.zeros_like(frame) if self.padding == "zeros" else frame
        return np.concatenate([older] * (STACK - 1) + [frame])

    def step(self):
        obs = self.obs
        next_obs = np.concatenate([obs[:, self.channels :], np.stack([self.frame() for _ in range(self.n)])], axis=1)
        done = self.rng.random(self.n) < 0.1
        cut = done & (self.rng.random(self.n) < 0.4)
        self.obs = next_obs.copy()
        for i in range(self.n):
            if done[i] or self.rng.random() < self.resets:
                same = self.rng.random() < 0.3
                self.obs[i] = self.first(next_obs[i, -self.channels :] if same else self.frame())
        infos = [{"TimeLimit.truncated": bool(c)} for c in cut]
        return obs, next_obs, self.rng.integers(4, size=self.n), self.rng.normal(size=self.n).astype(np.float32), done, infos


def assert_same_samples(ours, theirs, seed: int, batch: int = 64, env=None) -> None:
    np.random.seed(seed)
    expected = theirs.sample(batch, env=env)
    np.random.seed(seed)
    for name, a, b in zip(expected._fields, expected, ours.sample(batch, env=env), strict=True):
        if a is None:
            assert b is None
            continue
        assert (a.dtype, a.shape) == (b.dtype, b.shape), name
        tolerance = 1e-6 if name in ("rewards", "discounts") else 0
        assert th.allclose(a.double(), b.double(), atol=tolerance, rtol=0), name


@pytest.mark.parametrize("padding", ["zeros", "repeat"])
@pytest.mark.parametrize("n_envs", [1, 3])
def test_batches_are_those_of_sb3s_buffer(padding, n_envs):
    """With ends, truncations, lost lives, resets without a done, and more steps than five times the size of the ring."""
    stream = Stream(n_envs, padding, resets=0.03)
    ours, theirs = (cls(100, SPACE, ACTIONS, "cpu", n_envs) for cls in (FrameReplayBuffer, ReplayBuffer))
    for step in range(500):
        transition = stream.step()
        ours.add(*transition)
        theirs.add(*transition)
        assert (ours.size(), ours.pos, ours.full) == (theirs.size(), theirs.pos, theirs.full)
        if step % 9 == 0:
            assert_same_samples(ours, theirs, seed=step)
    assert len(ours.ring.ended.items) < 100  # its places are used again, so it stops growing


@pytest.mark.parametrize("handle_timeouts", [True, False])
def test_n_step_batches_are_those_of_sb3s_n_step_buffer(handle_timeouts):
    stream = Stream(3)
    kwargs = {"n_steps": 3, "gamma": 0.9, "handle_timeout_termination": handle_timeouts}
    ours, theirs = (cls(100, SPACE, ACTIONS, "cpu", 3, **kwargs) for cls in (FrameReplayBuffer, NStepReplayBuffer))
    for step in range(400):
        transition = stream.step()
        ours.add(*transition)
        theirs.add(*transition)
        if step % 9 == 0:
            assert_same_samples(ours, theirs, seed=step)


@pytest.mark.parametrize("n_envs", [1, 3])
def test_batches_are_right_after_skipped_steps_and_starts_during_a_game(n_envs):
    """A callback that stops ``learn`` leaves a step unstored, and the next call continues the game."""
    stream = Stream(n_envs)
    ours, theirs = (cls(90, SPACE, ACTIONS, "cpu", n_envs) for cls in (FrameReplayBuffer, ReplayBuffer))
    for step in range(600):
        transition = stream.step()
        if step < 5 or step % 97 == 0:
            continue  # an unstored step
        if step % 101 == 0:  # and a pair that is two steps apart
            transition = (transition[0], stream.step()[1], *transition[2:])
        ours.add(*transition)
        theirs.add(*transition)
        if step % 10 == 0:
            assert_same_samples(ours, theirs, seed=step)


def test_learn_continues_after_a_callback_stopped_it(atari):
    env = atari("Breakout", 2, seed=0)
    model = DQN("CnnPolicy", env, replay_buffer_class=FrameReplayBuffer, buffer_size=200, learning_starts=20, batch_size=8)
    model.learn(100, callback=lambda local, _: local["self"].num_timesteps < 33)
    model.learn(60, reset_num_timesteps=False)
    assert model.num_timesteps >= 90


def test_n_steps_do_not_reach_across_a_reset_without_done():
    stream = Stream(1)
    buffer = FrameReplayBuffer(50, SPACE, ACTIONS, "cpu", 1, n_steps=3, gamma=0.5)
    no, info = np.array([False]), [{}]
    for reward in (1.0, 2.0):
        obs, next_obs, action, *_ = stream.step()
        stream.obs = next_obs.copy()
        buffer.add(obs, next_obs, action, np.array([reward]), no, info)
    stream.obs = stream.first(stream.frame())[None]  # someone called env.reset()
    obs, after, action, *_ = stream.step()
    buffer.add(obs, after, action, np.array([100.0]), no, info)
    sample = buffer.gather(np.array([0]), np.array([0]))
    assert sample.rewards.item() == 1.0 + 0.5 * 2.0
    assert sample.discounts.item() == 0.25
    assert np.array_equal(sample.next_observations[0].numpy(), next_obs[0])


def test_frames_with_three_channels():
    stream = Stream(2, channels=3)
    space = spaces.Box(0, 255, (STACK * 3, *FRAME), np.uint8)
    ours, theirs = FrameReplayBuffer(60, space, ACTIONS, "cpu", 2, frame_channels=3), ReplayBuffer(60, space, ACTIONS, "cpu", 2)
    for _ in range(150):
        transition = stream.step()
        ours.add(*transition)
        theirs.add(*transition)
    assert_same_samples(ours, theirs, seed=0)


def test_reward_normalisation_equals_sb3s(atari):
    stream = Stream(1)
    ours, theirs = (cls(100, SPACE, ACTIONS, "cpu", 1) for cls in (FrameReplayBuffer, ReplayBuffer))
    for _ in range(30):
        transition = stream.step()
        ours.add(*transition)
        theirs.add(*transition)
    normalize = VecNormalize(atari("Pong"), norm_obs=False)
    normalize.ret_rms.var = np.array(9.0)
    assert_same_samples(ours, theirs, seed=0, env=normalize)


def test_a_loaded_buffer_continues_like_one_that_was_never_saved(tmp_path):
    stream = Stream(2)
    ours, theirs = (cls(100, SPACE, ACTIONS, "cpu", 2) for cls in (FrameReplayBuffer, ReplayBuffer))
    for stop in (20, 120):  # before the ring is full, and after
        while ours.ring.steps < stop:
            transition = stream.step()
            ours.add(*transition)
            theirs.add(*transition)
        model = DQN.__new__(DQN)
        model.replay_buffer, model.verbose, model.device = ours, 0, th.device("cpu")
        model.save_replay_buffer(tmp_path / "buffer.pkl")
        model.replay_buffer = None
        model.load_replay_buffer(tmp_path / "buffer.pkl")
        ours = model.replay_buffer
        assert_same_samples(ours, theirs, seed=stop)
    for _ in range(90):
        transition = stream.step()
        ours.add(*transition)
        theirs.add(*transition)
    assert_same_samples(ours, theirs, seed=1)


def test_a_file_holds_only_what_was_written(tmp_path):
    model = DQN.__new__(DQN)
    model.replay_buffer, model.verbose = FrameReplayBuffer(100_000, spaces.Box(0, 255, (4, 84, 84), np.uint8), ACTIONS, "cpu"), 0
    model.save_replay_buffer(tmp_path / "empty.pkl")
    assert (tmp_path / "empty.pkl").stat().st_size < 1_000_000


def test_a_million_atari_transitions_take_at_most_7_2_gigabytes():
    buffer = FrameReplayBuffer(1_000_000, spaces.Box(0, 255, (4, 84, 84), np.uint8), spaces.Discrete(18), "cpu", n_envs=8)
    shortest_games = 60  # env steps; each ends with a frame in the pool. Random games of Breakout take about 150
    in_pool = 1_000_000 / shortest_games * 84 * 84
    assert buffer.nbytes + in_pool <= 7.2e9


def test_after_reset_only_new_transitions_are_drawn():
    stream = Stream(2)
    ours, theirs = (cls(40, SPACE, ACTIONS, "cpu", 2) for cls in (FrameReplayBuffer, ReplayBuffer))
    for _ in range(70):
        ours.add(*stream.step())
    ours.reset()
    assert ours.size() == 0
    stream = Stream(2, seed=1)
    for _ in range(50):
        transition = stream.step()
        ours.add(*transition)
        theirs.add(*transition)
    assert_same_samples(ours, theirs, seed=0)


def test_arguments_out_of_range_are_refused():
    with pytest.raises(ValueError, match="optimize_memory_usage"):
        FrameReplayBuffer(10, SPACE, ACTIONS, optimize_memory_usage=True)
    with pytest.raises(ValueError, match="3-channel"):
        FrameReplayBuffer(10, SPACE, ACTIONS, frame_channels=3)
    with pytest.raises(ValueError, match="n_steps"):
        FrameReplayBuffer(10, SPACE, ACTIONS, n_steps=0)


def test_observations_that_are_not_frame_stacks_are_refused():
    stream = Stream(1)
    obs, next_obs, *rest = stream.step()
    buffer = FrameReplayBuffer(1000, SPACE, ACTIONS)
    for _ in range(100):
        buffer.add(obs, next_obs[:, ::-1], *rest)
    with pytest.raises(ValueError, match=r"one frame pushed in.*frame_channels is 1 here"):
        buffer.add(obs, next_obs[:, ::-1], *rest)


def test_works_in_stock_dqn(atari):
    env = atari("Breakout", 2, seed=0)
    model = DQN("CnnPolicy", env, replay_buffer_class=FrameReplayBuffer, buffer_size=200, learning_starts=50, batch_size=8)
    model.learn(120)
    assert isinstance(model.replay_buffer, FrameReplayBuffer)
    assert model.replay_buffer.size() == 60


@pytest.mark.gpu
def test_batches_on_a_gpu_equal_those_on_the_cpu():
    stream = Stream(3)
    on_cpu, on_gpu = (FrameReplayBuffer(100, SPACE, ACTIONS, device, 3, n_steps=3) for device in ("cpu", "cuda"))
    for _ in range(200):
        transition = stream.step()
        on_cpu.add(*transition)
        on_gpu.add(*transition)
    np.random.seed(0)
    expected = on_cpu.sample(64)
    np.random.seed(0)
    for a, b in zip(expected, on_gpu.sample(64), strict=True):
        assert b.device.type == "cuda"
        assert th.allclose(a.double(), b.cpu().double(), atol=1e-6)


class GreyFrames(gym.Env):
    """Stacks of four random uint8 frames; episodes of 9 steps, every second one cut by a time limit."""

    observation_space, action_space = SPACE, ACTIONS

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t, self.episode = 0, getattr(self, "episode", 0) + 1
        self.stack = np.zeros(SPACE.shape, np.uint8)
        return self._pushed(), {}

    def step(self, action):
        self.t += 1
        last = self.t == 9
        return self._pushed(), float(action), last and self.episode % 2 == 0, last and self.episode % 2 == 1, {}

    def _pushed(self):
        frame = self.np_random.integers(1, 256, size=FRAME, dtype=np.uint8)
        self.stack = np.concatenate([self.stack[1:], frame[None]])
        return self.stack


@pytest.mark.parametrize("normalized", ["obs and reward", "reward", "nothing"])
def test_behind_vec_normalize_it_stores_what_sb3s_buffer_stores(normalized):
    """The space is float32 with ``norm_obs``, and SB3 hands over the original uint8 stacks."""

    def trained(buffer: type) -> DQN:
        env = DummyVecEnv([GreyFrames] * 2)
        if normalized != "nothing":
            env = VecNormalize(env, norm_obs=normalized.startswith("obs"))
        kwargs = {"policy_kwargs": {"net_arch": [4]}, "replay_buffer_class": buffer, "buffer_size": 60, "learning_starts": 300}
        return DQN("MlpPolicy", env, seed=3, **kwargs).learn(200)

    ours, theirs = trained(FrameReplayBuffer), trained(ReplayBuffer)
    assert ours.replay_buffer.ring.frames.numpy().dtype == theirs.replay_buffer.observations.dtype == ours.observation_space.dtype
    assert ours.replay_buffer.full
    env = ours.get_vec_normalize_env()
    assert_same_samples(ours.replay_buffer, theirs.replay_buffer, seed=5, env=env)
    assert_same_samples(ours.replay_buffer, theirs.replay_buffer, seed=6)


def test_observations_of_another_dtype_are_stored_in_that_of_the_space():
    stream, space = Stream(2), spaces.Box(-10, 10, SPACE.shape, np.float32)
    ours, theirs = (cls(50, space, ACTIONS, "cpu", 2) for cls in (FrameReplayBuffer, ReplayBuffer))
    for dtype in [np.uint8, np.float64, np.int64] * 10:
        obs, next_obs, *rest = stream.step()
        for buffer in (ours, theirs):
            buffer.add(obs.astype(dtype), next_obs.astype(dtype), *rest)
    assert_same_samples(ours, theirs, seed=0)


def test_another_number_of_envs_is_refused():
    buffer, stream = FrameReplayBuffer(20, SPACE, ACTIONS, device="cpu", n_envs=2), Stream(3)
    with pytest.raises(ValueError, match="is of 2 envs, not of 3; use as many envs"):
        buffer.add(*stream.step())
