"""Callbacks inside SB3's own ones, which call init_callback and on_step, and nothing when training ends."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.callbacks import (
    BaseCallback,
    CallbackList,
    EvalCallback,
    EveryNTimesteps,
    StopTrainingOnNoModelImprovement,
)
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from saccade.saliency import SaliencyCallback
from saccade.saliency.errors import UnknownHeadError
from saccade.saliency.states.seen_by_model import seen_by_model

pytestmark = pytest.mark.usefixtures("elsewhere")


def ppo(**arguments) -> PPO:
    return PPO("MlpPolicy", "CartPole-v1", n_steps=16, batch_size=16, n_epochs=1, seed=0, device="cpu", **arguments)


def pictures(folder) -> list[int]:
    return sorted(int(path.stem[5:]) for path in folder.glob("step_*.png"))


def small(folder, **arguments) -> SaliencyCallback:
    return SaliencyCallback(folder=folder, video_steps=2, trust=False, **arguments)


def test_every_n_timesteps(tmp_path):
    callback = small(tmp_path / "maps")
    ppo().learn(96, EveryNTimesteps(32, callback))
    assert pictures(tmp_path / "maps") == [32, 64, 96]
    assert len(callback.probes.observations) == 8
    assert len({row.tobytes() for row in callback.probes.observations}) == 8


def test_in_a_list_inside_an_evaluation(tmp_path):
    """The list inside learns its parent only when training starts, and gets no locals at all."""
    inner = CallbackList([small(tmp_path / "maps"), StopTrainingOnNoModelImprovement(100)])
    after = small(tmp_path / "after", every=64)
    evaluation = EvalCallback(
        Monitor(gym.make("CartPole-v1")), inner, after, n_eval_episodes=1, eval_freq=16, verbose=0, warn=False
    )
    ppo().learn(96, CallbackList([evaluation]))
    assert pictures(tmp_path / "maps")[0] == 16  # the first evaluation is the best so far
    assert pictures(tmp_path / "after") == [16, 64]  # its own cadence


class OfTheUser(BaseCallback):
    """A callback that calls another one by hand and tells it nothing."""

    def __init__(self, inner: BaseCallback) -> None:
        super().__init__()
        self.inner = inner

    def _init_callback(self) -> None:
        self.inner.init_callback(self.model)

    def _on_step(self) -> bool:
        return self.inner.on_step() if self.n_calls % 40 == 0 else True


def test_in_a_callback_of_the_users_with_a_replay_buffer(tmp_path):
    callback = small(tmp_path / "maps")
    DQN("MlpPolicy", "CartPole-v1", learning_starts=8, buffer_size=100, seed=0, device="cpu").learn(80, OfTheUser(callback))
    assert pictures(tmp_path / "maps") == [40, 80]
    assert len(callback.probes.observations) == 8


def test_training_goes_on_as_it_would_have(tmp_path):
    def weights(callback) -> th.Tensor:
        model = ppo().learn(64, callback)
        return th.cat([p.detach().flatten() for p in model.policy.parameters()])

    assert th.equal(weights(None), weights(EveryNTimesteps(16, small(tmp_path / "maps"))))


def test_a_refusal_stays_readable(tmp_path):
    callback = small(tmp_path / "maps", heads=("nothing",))
    with pytest.raises(UnknownHeadError, match="has no head 'nothing'"):
        ppo().learn(16, callback)
    callback.on_training_end()  # as RL Zoo does, while the refusal is on its way
    SaliencyCallback().on_training_end()  # also without any model
    assert not (tmp_path / "maps").exists()


def test_one_callback_for_two_models_of_different_envs(tmp_path):
    callback = small(tmp_path / "maps", every=16)
    ppo().learn(32, callback)
    first = callback.probes
    DQN("MlpPolicy", "MountainCar-v0", learning_starts=8, device="cpu").learn(16, callback)
    assert callback.head_names == ("q",)
    assert callback.probes is not first
    assert pictures(tmp_path / "maps")[-1] == 32
    assert pictures(tmp_path / "maps-2")[-1] == 16


def test_a_learn_that_goes_on_keeps_folder_and_probes():
    callback, model = SaliencyCallback(every=16, video_steps=0, trust=False), ppo()
    model.learn(32, callback)
    folder, probes = callback.folder, callback.probes
    model.learn(32, callback, reset_num_timesteps=False)
    assert callback.folder == folder
    assert callback.probes is probes
    assert pictures(folder)[-1] == 64
    model.learn(16, callback)  # counts from 0 again
    assert callback.folder != folder


def test_what_a_model_has_seen(tmp_path):
    model = ppo()
    assert seen_by_model(model, 4) == []
    seen = []

    class Keeper(BaseCallback):
        def _on_step(self) -> bool:
            seen.append(self.model._last_obs[0].copy())
            if self.num_timesteps == 10:  # the buffer has the nine before; SB3 adds this step afterwards
                assert np.array_equal(seen_by_model(model, 4), seen[5:9])
                assert len(seen_by_model(model, 100)) == 9
            return True

    model.learn(16, Keeper())


def test_a_ring_begins_with_its_oldest():
    model = DQN("MlpPolicy", "CartPole-v1", learning_starts=100, buffer_size=5, device="cpu")
    model.learn(8)
    kept = model.replay_buffer.observations[:, 0]
    assert np.array_equal(seen_by_model(model, 5), np.roll(kept, -(8 % 5), axis=0))


class WithAMode(gym.Env):
    """Shows a vector, and a whole number beside it, which buffers keep in an axis of its own."""

    observation_space = gym.spaces.Dict({"vector": gym.spaces.Box(-1, 1, (5,)), "mode": gym.spaces.Discrete(3)})
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        return self._seen(), {}

    def _seen(self):
        return {"vector": self.np_random.uniform(-1, 1, 5).astype(np.float32), "mode": np.int64(self.t % 3)}

    def step(self, action):
        self.t += 1
        return self._seen(), 1.0, self.t >= 7, False, {}


@pytest.mark.parametrize("kind", [DQN, PPO])
def test_whole_numbers_beside_a_vector(tmp_path, kind):
    sizes = {"n_steps": 16, "batch_size": 16, "n_epochs": 1} if kind is PPO else {"buffer_size": 100, "learning_starts": 8}
    model, callback = kind("MultiInputPolicy", WithAMode(), seed=0, device="cpu", **sizes), small(tmp_path / "maps")
    model.learn(32, EveryNTimesteps(16, callback))
    assert pictures(tmp_path / "maps") == [16, 32]
    assert callback.probes.observations["mode"].shape == (8,)
    assert len(set(callback.probes.observations["mode"].tolist())) > 1


class FarAway(WithAMode):
    """Observations about 1000, which only a normalised policy can tell from one another."""

    def _seen(self):
        seen = super()._seen()
        return {**seen, "vector": seen["vector"] + 1000}

    observation_space = gym.spaces.Dict({"vector": gym.spaces.Box(-1e4, 1e4, (5,)), "mode": gym.spaces.Discrete(3)})


@pytest.mark.parametrize("kind", [DQN, PPO])
def test_what_a_model_has_seen_is_normalised_as_the_policy_saw_it(kind):
    """SB3's replay buffer keeps what the env gave, its rollout buffer what the policy saw."""
    env = VecNormalize(DummyVecEnv([FarAway]), norm_obs_keys=["vector"])
    sizes = {"n_steps": 16, "batch_size": 16, "n_epochs": 1} if kind is PPO else {"buffer_size": 100, "learning_starts": 100}
    model = kind("MultiInputPolicy", env, seed=0, device="cpu", **sizes)
    seen = []

    def look(now, _):
        if model.num_timesteps == 10:
            seen.extend(seen_by_model(model, 9))
        return True

    model.learn(16, look)
    assert len(seen) == 9
    assert max(abs(one["vector"]).max() for one in seen) <= env.clip_obs
    assert {int(one["mode"]) for one in seen} == {0, 1, 2}
    if kind is DQN:
        raw = model.replay_buffer.observations["vector"][8, 0]
        assert raw.min() > 900
