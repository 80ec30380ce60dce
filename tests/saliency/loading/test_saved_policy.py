import sys
import types
import zipfile

import numpy as np
import pytest
import torch as th
from sb3_contrib import ARS, QRDQN, TRPO, RecurrentPPO
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.envs import SimpleMultiObsEnv
from stable_baselines3.common.policies import ActorCriticPolicy

from saccade.agents import PQN, DoubleDQN
from saccade.envs import make_atari
from saccade.policies import DuelingCnnPolicy
from saccade.saliency import heads, load_policy
from saccade.saliency.errors import SavedPolicyError
from saccade.saliency.loading.saved_policy import weights_of

VECTORS = {
    "ppo": (PPO, "CartPole-v1", {}),
    "a2c": (A2C, "CartPole-v1", {}),
    "dqn": (DQN, "CartPole-v1", {}),
    "qrdqn": (QRDQN, "CartPole-v1", {}),
    "trpo": (TRPO, "CartPole-v1", {}),
    "wide": (PPO, "CartPole-v1", {"policy_kwargs": {"net_arch": [32]}}),
    "sde": (PPO, "Pendulum-v1", {"use_sde": True}),
}


@pytest.mark.parametrize("name", VECTORS)
def test_any_algorithms_policy_acts_as_the_model_does(name, tmp_path):
    algorithm, env, arguments = VECTORS[name]
    model = algorithm("MlpPolicy", env, seed=0, **arguments)
    model.save(tmp_path / "model")
    policy = load_policy(tmp_path / "model.zip", "cpu")
    assert type(policy) is type(model.policy)
    assert not policy.training
    env = model.get_env()
    obs = np.stack([env.observation_space.sample() * 0.01 for _ in range(5)])
    assert np.allclose(policy.predict(obs, deterministic=True)[0], model.predict(obs, deterministic=True)[0])
    assert heads(policy)


def test_recurrent_image_and_dict_policies(tmp_path):
    RecurrentPPO("MlpLstmPolicy", "CartPole-v1").save(tmp_path / "recurrent")
    assert "value" in heads(load_policy(tmp_path / "recurrent.zip"))
    PPO("MultiInputPolicy", SimpleMultiObsEnv()).save(tmp_path / "dict")
    assert set(load_policy(tmp_path / "dict.zip").observation_space) == {"img", "vec"}
    env = make_atari("Pong", 2, seed=0)
    DoubleDQN(DuelingCnnPolicy, env, buffer_size=100).save(tmp_path / "double")
    PQN(DuelingCnnPolicy, env, n_steps=4, batch_size=8).save(tmp_path / "pqn")
    env.close()
    for name in ("double", "pqn"):
        policy = load_policy(tmp_path / f"{name}.zip", "cpu")
        assert "advantage" in heads(policy)
        assert th.isfinite(heads(policy)["value"](th.zeros(1, 4, 84, 84))).all()


def test_files_that_only_sb3s_own_load_could_read_so_far(tmp_path, monkeypatch):
    """Weights under one name (before SB3 1.7), layers as a list of a dict (before 1.8), a learning rate of a missing module."""
    model = PPO("MlpPolicy", "CartPole-v1", seed=0, policy_kwargs={"net_arch": {"pi": [16], "vf": [8]}})
    model.policy_kwargs["net_arch"] = [model.policy_kwargs["net_arch"]]
    module = types.ModuleType("not_here")
    exec("class Schedule:\n    def __call__(self, left):\n        return 1e-3", module.__dict__)
    monkeypatch.setitem(sys.modules, "not_here", module)
    module.Schedule.__module__ = "not_here"
    model.learning_rate = module.Schedule()
    whole = model.get_parameters()
    lean = {name: x for name, x in whole["policy"].items() if not name.startswith(("pi_features", "vf_features"))}
    monkeypatch.setattr(model, "get_parameters", lambda: {**whole, "policy": lean})
    model.save(tmp_path / "old")
    monkeypatch.delitem(sys.modules, "not_here")
    policy = load_policy(tmp_path / "old.zip", "cpu")
    obs = np.zeros((1, 4), np.float32)
    assert np.allclose(heads(policy)["value"](th.as_tensor(obs)).item(), model.policy.predict_values(th.as_tensor(obs)).item())


def test_weights_that_do_not_fit(tmp_path, monkeypatch):
    model = PPO("MlpPolicy", "CartPole-v1", seed=0)
    whole = model.get_parameters()
    lean = {name: x for name, x in whole["policy"].items() if not name.startswith("value_net")}
    monkeypatch.setattr(model, "get_parameters", lambda: {**whole, "policy": lean})
    model.save(tmp_path / "lean")
    with pytest.raises(SavedPolicyError, match="cannot be rebuilt: its weights do not fit: 2 are missing, 0 unknown"):
        load_policy(tmp_path / "lean.zip")


def test_what_is_no_model(tmp_path):
    with pytest.raises(SavedPolicyError, match="there is no file"):
        load_policy(tmp_path / "none.zip")
    (tmp_path / "text.zip").write_text("hello")
    with pytest.raises(SavedPolicyError, match=r"is not a \.zip, or is damaged; model\.save"):
        load_policy(tmp_path / "text.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme", "hello")
    with pytest.raises(SavedPolicyError, match=r"not one that model\.save of stable-baselines3 writes"):
        load_policy(tmp_path / "other.zip")
    PPO("MlpPolicy", "CartPole-v1").save(tmp_path / "whole")
    whole = (tmp_path / "whole.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SavedPolicyError, match="cut"):
        load_policy(tmp_path / "cut.zip")
    middle = bytearray(whole)
    place = whole.find(b"policy.pth") + 5000
    middle[place : place + 200] = bytes(200)
    (tmp_path / "damaged.zip").write_bytes(bytes(middle))
    with pytest.raises(SavedPolicyError, match=r"damaged\.zip cannot be read"):
        load_policy(tmp_path / "damaged.zip")


@pytest.mark.parametrize("kind", ["MlpPolicy", "LinearPolicy"])
def test_a_policy_without_heads_can_be_loaded_all_the_same(tmp_path, kind):
    """ARS has no optimizer, and its policies take no learning rate."""
    model = ARS(kind, "CartPole-v1")
    model.save(tmp_path / "ars")
    policy = load_policy(tmp_path / "ars.zip")
    obs = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    assert np.array_equal(policy.predict(obs)[0], model.predict(obs)[0])
    with pytest.raises(TypeError, match="no heads are known for ARS"):
        heads(policy)


def test_weights_alone_need_no_class_of_the_policy(tmp_path):
    class Own(ActorCriticPolicy):
        """Cannot be imported."""

    model = PPO(Own, "CartPole-v1")
    model.save(tmp_path / "own")
    with pytest.raises(SavedPolicyError):
        load_policy(tmp_path / "own.zip")
    weights = weights_of(tmp_path / "own")
    assert weights.keys() == model.policy.state_dict().keys()
    assert all(th.equal(weights[name], weight) for name, weight in model.policy.state_dict().items())
    (tmp_path / "no.zip").write_bytes(b"nothing")
    with pytest.raises(SavedPolicyError, match=r"no\.zip"):
        weights_of(tmp_path / "no.zip")
