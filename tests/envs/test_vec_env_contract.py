"""Requirements of SB3's ``VecEnv`` other than steps: attributes, methods, pictures, actions, algorithms."""

from contextlib import closing
from functools import partial

import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import SyncVectorEnv, VectorWrapper
from gymnasium.wrappers import TimeLimit
from gymnasium.wrappers.vector import RecordEpisodeStatistics, TransformReward
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv
from walks import MODES, N_ENVS, SAME_STEP, BatchedWalk, Walk, assert_same, cartpoles, one_cartpole, walks

from saccade.envs import GymnasiumVecEnv


def test_attributes_of_sync_envs():
    env = walks("sync", lambda: TimeLimit(Walk(), 50))
    assert env.get_attr("speed") == [1.0] * 3
    env.set_attr("speed", 3.0, indices=[0, 2])
    assert env.get_attr("speed") == [3.0, 1.0, 3.0]
    assert env.get_attr("speed", indices=1) == [1.0]
    assert env.get_attr("speed", indices=[2, 1]) == [3.0, 1.0]
    env.set_attr("speed", 5.0, indices=1)
    env.reset()
    env.step(np.ones(3, dtype=int))
    assert [env.unwrapped.get_attr("place", i)[0][0] for i in range(3)] == [3, 5, 3], "the envs themselves have the new speed"
    env.set_attr("speed", 7.0)
    assert env.get_attr("speed") == [7.0] * 3
    assert env.has_attr("speed")
    assert not env.has_attr("no_such_thing")
    with pytest.raises(AttributeError):
        env.get_attr("no_such_thing")


def test_methods_of_sync_envs():
    env = walks("sync")
    env.reset()
    env.step(np.ones(3, dtype=int))
    env.set_attr("speed", 4.0, indices=[1])
    env.step(np.ones(3, dtype=int))
    assert env.env_method("travelled", 10) == [20, 50, 20]
    assert env.env_method("travelled", 10, indices=1, plus=1) == [51]
    assert env.env_method("travelled", times=10, indices=[2, 1]) == [20, 50]


def test_wrappers_of_sync_envs():
    env = GymnasiumVecEnv(SyncVectorEnv([Walk, lambda: TimeLimit(Walk(), 5), lambda: Monitor(Walk())], **SAME_STEP))
    assert env.env_is_wrapped(TimeLimit) == [False, True, False]
    assert env.env_is_wrapped(Monitor) == [False, False, True]
    assert env.env_is_wrapped(Monitor, indices=[2, 0]) == [True, False]
    assert env.env_is_wrapped(TimeLimit, indices=1) == [True]


def test_attributes_and_methods_of_async_envs():
    with closing(walks("async", lambda: TimeLimit(Walk(), 50))) as env:
        assert env.get_attr("speed") == [1.0] * 3
        env.set_attr("speed", 3.0, indices=[0, 2])
        assert env.get_attr("speed") == [3.0, 1.0, 3.0]
        assert env.get_attr("speed", indices=1) == [1.0]
        assert env.get_attr("speed", indices=[2, 1]) == [3.0, 1.0]
        env.reset()
        env.step(np.ones(3, dtype=int))
        assert env.env_method("travelled", 10, plus=1) == [31, 11, 31]
        assert env.env_method("travelled", 10, indices=[0, 1, 2]) == [30, 10, 30]
        assert env.env_method("travelled", 10, indices=[2, 1]) == [30, 10]
        assert env.env_method("travelled", 10, indices=-1, plus=2) == [32]
        with pytest.raises(AttributeError, match="no_such_method"):
            env.env_method("no_such_method")
        env.set_attr("speed", 7.0)
        assert env.get_attr("speed") == [7.0] * 3
        env.set_attr("speeds", [1, 2, 3])  # every env gets the whole list
        assert env.get_attr("speeds") == [[1, 2, 3]] * 3
        env.set_attr("new", 5, indices=[1])  # the others have no such attribute
        assert env.get_attr("new", indices=1) == [5]
        assert not env.has_attr("new")
        assert env.env_is_wrapped(TimeLimit) == [True] * 3
        assert env.env_is_wrapped(Monitor, indices=[0]) == [False]


def test_has_attr_of_a_missing_attribute_leaves_async_envs_alive():
    """SB3 and sb3-contrib ask for optional features with ``has_attr``."""
    with closing(walks("async")) as env:
        env.reset()
        assert not env.has_attr("action_masks")
        assert env.step(np.ones(3, dtype=int))[1].tolist() == [1, 1, 1]


def test_has_attr_of_async_envs_does_not_call_a_method():
    """The method needs arguments, so a call would fail."""
    with closing(walks("async")) as env:
        env.reset()
        assert env.has_attr("travelled")
        assert env.step(np.ones(3, dtype=int))[1].tolist() == [1, 1, 1]


def test_attributes_and_methods_of_a_batched_env():
    layered = TransformReward(RecordEpisodeStatistics(BatchedWalk()), lambda rewards: 2 * rewards)
    env = GymnasiumVecEnv(layered)
    env.reset()
    env.step(np.ones(3, dtype=int))
    assert env.get_attr("speed") == [1.0] * 3
    assert env.get_attr("speed", indices=[1]) == [1.0]
    assert [list(lengths) for lengths in env.get_attr("episode_lengths", indices=0)] == [[1, 1, 1]], "of a wrapper between"
    env.set_attr("speed", 3.0)
    assert layered.unwrapped.speed == 3.0
    assert env.step(np.ones(3, dtype=int))[1].tolist() == [6, 6, 6]
    with pytest.raises(ValueError, match="speed"):
        env.set_attr("speed", 4.0, indices=[0])
    assert env.env_method("each_count") == [0, 2, 2]
    assert env.env_method("total", plus=1) == [5, 5, 5]
    with pytest.raises(ValueError, match="total"):
        env.env_method("total", indices=1)
    assert not env.has_attr("no_such_thing")
    assert env.env_is_wrapped(Monitor) == [True] * 3
    assert env.env_is_wrapped(TimeLimit) == [False] * 3
    assert GymnasiumVecEnv(BatchedWalk()).env_is_wrapped(Monitor) == [False] * 3


@pytest.mark.parametrize("mode", MODES)
def test_get_images_gives_the_picture_of_each_env(mode):
    make_one = partial(Walk, render_mode="rgb_array")
    with closing(walks(mode, make_one)) as ours:
        theirs = DummyVecEnv([make_one] * N_ENVS)
        assert ours.render_mode == theirs.render_mode == "rgb_array"
        assert ours.metadata["render_modes"] == ["human", "rgb_array"]
        for env in (ours, theirs):
            env.seed(0)
            env.reset()
            for _ in range(7):
                env.step(np.ones(N_ENVS, dtype=int))
        images = ours.get_images()
        assert len({int(image.max()) for image in images}) > 1, "the envs should not all look alike here"
        assert_same(list(images), list(theirs.get_images()))
        tiled = ours.render()
        assert tiled.shape == (80, 72, 3)
        np.testing.assert_array_equal(tiled, theirs.render())


def test_get_images_gives_the_pictures_of_a_batched_env():
    env = GymnasiumVecEnv(BatchedWalk(lengths=(2, 5)))
    env.reset()
    for _ in range(3):
        env.step(np.zeros(2, dtype=int))
    assert [image.shape for image in env.get_images()] == [(4, 4, 3)] * 2
    assert [int(image.max()) for image in env.get_images()] == [1, 3]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", [(2,), (4,), (3, 1), (1, 3), ()])
def test_actions_of_a_wrong_shape_are_refused(mode, shape):
    with closing(cartpoles(mode)) as env:
        env.seed(0)
        before = env.reset()
        with pytest.raises(ValueError, match="shape"):
            env.step(np.zeros(shape, dtype=int))
        observations = env.step(np.zeros(3, dtype=int))[0]  # the refused step has no effect
        assert (observations != before).any()


def test_actions_may_be_a_list():
    env, other = cartpoles("sync"), cartpoles("sync")
    for each in (env, other):
        each.seed(0)
        each.reset()
    np.testing.assert_array_equal(env.step([0, 1, 0])[0], other.step(np.array([0, 1, 0]))[0])


class TwiceTheReward(VectorWrapper):
    def step(self, actions):
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        return observations, 2 * rewards, terminated, truncated, infos | {"seen_by": "wrapper"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("wrapper", [TwiceTheReward, lambda env: TransformReward(env, lambda rewards: 2 * rewards)])
def test_a_wrapper_with_its_own_step_is_not_bypassed(mode, wrapper):
    """The wrapped env has ``step_async``, and the wrapper passes it on unchanged."""
    with closing(cartpoles(mode, wrapper=wrapper)) as env:
        env.reset()
        for _ in range(20):
            _, rewards, _, infos = env.step(np.zeros(N_ENVS, dtype=int))
            assert rewards.tolist() == [2, 2, 2]
            assert [info.get("seen_by", "wrapper") for info in infos] == ["wrapper"] * 3


@pytest.mark.parametrize(
    "make",
    [
        partial(cartpoles, "sync"),
        partial(cartpoles, "async"),
        partial(walks, "sync"),
        partial(walks, "sync", partial(Walk, flat=True)),
        lambda: GymnasiumVecEnv(BatchedWalk()),
        lambda: GymnasiumVecEnv(BatchedWalk(nested=True)),
    ],
)
def test_observations_are_in_their_space(make):
    """The checks of ``check_env``, which takes only single envs."""
    with closing(make()) as env:
        space = env.observation_space
        batches = [env.reset()]
        for _ in range(20):
            observations, rewards, dones, infos = env.step(np.ones(env.num_envs, dtype=int))
            batches.append(observations)
            terminal = [info["terminal_observation"] for info in infos if "terminal_observation" in info]
            assert all(space.contains(observation) for observation in terminal)
            assert len(terminal) == dones.sum()
            assert (rewards.dtype, rewards.shape) == (np.float32, (env.num_envs,))
            assert (dones.dtype, dones.shape) == (np.bool_, (env.num_envs,))
        for batch in batches:
            for key, subspace in space.items() if isinstance(space, spaces.Dict) else ((None, space),):
                values = batch if key is None else batch[key]
                assert (values.dtype, values.shape) == (subspace.dtype, (env.num_envs, *subspace.shape))
                assert all(subspace.contains(value) for value in values)


def test_close_ends_the_other_processes():
    env = walks("async")
    processes = env.env.processes
    assert all(process.is_alive() for process in processes)
    env.close()
    assert not any(process.is_alive() for process in processes)


def test_remake_is_kept():
    env = GymnasiumVecEnv(BatchedWalk(), remake=lambda n_envs, seed=None, render_mode=None: (n_envs, seed, render_mode))
    assert env.remake(n_envs=2, seed=1) == (2, 1, None)
    assert GymnasiumVecEnv(BatchedWalk()).remake is None


@pytest.mark.parametrize("mode", MODES)
def test_ppo_runs_and_finds_the_episodes(mode):
    with closing(cartpoles(mode, wrapper=RecordEpisodeStatistics)) as env:
        model = PPO("MlpPolicy", env, n_steps=16, batch_size=16, n_epochs=1, seed=0, device="cpu").learn(64)
    assert model.num_timesteps >= 64
    assert len(model.ep_info_buffer) > 0, "SB3 found the episodes"
    assert all(1 <= episode["l"] <= 12 for episode in model.ep_info_buffer)


def test_ppo_learns_the_same_as_on_dummy_vec_env():
    envs = [cartpoles("sync"), DummyVecEnv([one_cartpole] * N_ENVS)]
    models = [PPO("MlpPolicy", env, n_steps=16, batch_size=16, n_epochs=1, seed=0, device="cpu").learn(96) for env in envs]
    ours, theirs = (model.policy.state_dict() for model in models)
    assert all((ours[name] == theirs[name]).all() for name in theirs)


def test_dqn_runs_and_ppo_runs_with_dict_observations():
    dqn = DQN("MlpPolicy", cartpoles("sync"), learning_starts=10, buffer_size=100, seed=0, device="cpu").learn(60)
    assert dqn.num_timesteps >= 60
    ppo = PPO("MultiInputPolicy", walks("sync"), n_steps=16, batch_size=16, n_epochs=1, seed=0, device="cpu").learn(48)
    assert ppo.num_timesteps >= 48
