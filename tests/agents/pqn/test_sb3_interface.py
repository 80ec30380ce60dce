"""PQN as an SB3 algorithm: policies, envs, callbacks, save and load, arguments."""

from itertools import pairwise

import numpy as np
import pytest
import torch as th
from stable_baselines3 import DQN
from stable_baselines3.common.callbacks import BaseCallback, CheckpointCallback
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy

from saccade.agents import PQN
from saccade.policies import DuelingMlpPolicy, DuelingQNetwork
from saccade.saliency import SaliencyCallback, heads, value_advantage_jacobian


def test_dueling_heads_and_layer_norm_by_default(pqn):
    model = pqn()
    assert isinstance(model.policy.q_net, DuelingQNetwork)
    assert sum(isinstance(module, th.nn.LayerNorm) for module in model.policy.q_net.modules()) == 3
    assert set(heads(model.policy)) >= {"value", "advantage", "q"}
    plain = pqn(policy_kwargs={"layer_norm": False})
    assert not any(isinstance(module, th.nn.LayerNorm) for module in plain.policy.modules())


def test_same_seed_same_weights_and_another_seed_others(pqn, weights):
    def trained(seed: int) -> th.Tensor:
        model = pqn(seed=seed)
        model.learn(320)
        return weights(model)

    assert th.equal(trained(0), trained(0))
    assert not th.equal(trained(0), trained(1))


def test_a_loaded_model_has_the_same_state_and_trains_on(tmp_path, pqn, cartpole, weights):
    model = pqn(learning_rate=lambda progress: 1e-3 * progress)
    model.learn(128, CheckpointCallback(16, str(tmp_path / "checkpoints")))
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2
    model.save(tmp_path / "model.zip")
    loaded = PQN.load(tmp_path / "model.zip", env=cartpole(4))
    assert th.equal(weights(loaded), weights(model))
    assert loaded.policy.q_net_target is loaded.policy.q_net
    observations = cartpole(4).reset()
    assert np.array_equal(loaded.predict(observations, deterministic=True)[0], model.predict(observations, deterministic=True)[0])
    moments = loaded.policy.optimizer.state_dict()["state"][0]["exp_avg"]
    assert th.equal(moments, model.policy.optimizer.state_dict()["state"][0]["exp_avg"])
    loaded.learn(64, reset_num_timesteps=False)
    assert loaded.num_timesteps == 192
    assert not th.equal(weights(loaded), weights(model))


def test_weights_of_a_dqn_are_those_of_its_online_network(pqn, cartpole):
    other = DQN(DuelingMlpPolicy, cartpole(1), policy_kwargs={"layer_norm": True}, seed=1, device="cpu")
    for parameter in other.q_net_target.parameters():
        parameter.data.zero_()
    online = th.nn.utils.parameters_to_vector(other.q_net.parameters())
    model = pqn()
    model.policy.load_state_dict(other.policy.state_dict())
    assert th.equal(th.nn.utils.parameters_to_vector(model.q_net.parameters()), online)
    model = pqn()
    model.set_parameters({"policy": other.get_parameters()["policy"]}, exact_match=False)
    assert th.equal(th.nn.utils.parameters_to_vector(model.q_net.parameters()), online)


def test_a_model_plays_on_fewer_envs_than_it_learnt_on(tmp_path, pqn, cartpole, weights):
    pqn(n_steps=4).save(tmp_path / "model.zip")  # batches of all 16 steps of 4 envs
    loaded = PQN.load(tmp_path / "model.zip", env=cartpole(1))
    evaluate_policy(loaded, loaded.get_env(), n_eval_episodes=1)
    before = weights(loaded)
    loaded.learn(8, reset_num_timesteps=False)
    assert not th.equal(weights(loaded), before)


def test_a_model_without_an_env_predicts(tmp_path, pqn):
    pqn().save(tmp_path / "model.zip")
    action, _ = PQN.load(tmp_path / "model.zip").predict(np.zeros(4, dtype=np.float32), deterministic=True)
    assert np.shape(action) == ()


def test_its_network_has_the_name_that_it_has_in_dqn_and_is_saved_alone(tmp_path, pqn):
    model = pqn()
    assert model.q_net is model.policy.q_net
    model.q_net.save(tmp_path / "q_net.pt")
    loaded, observations = type(model.q_net).load(tmp_path / "q_net.pt"), th.rand(3, 4)
    assert th.equal(loaded(observations), model.q_net(observations))
    model.save(tmp_path / "model.zip")
    assert PQN.load(tmp_path / "model.zip").q_net is not model.q_net


def test_its_policy_works_in_stock_dqn(pqn, cartpole):
    model = pqn()
    dqn = DQN(type(model.policy), cartpole(4), policy_kwargs={"layer_norm": True})
    dqn.policy.load_state_dict(model.policy.state_dict())
    observations = cartpole(4).reset()
    assert np.array_equal(dqn.predict(observations, deterministic=True)[0], model.predict(observations, deterministic=True)[0])


def test_learns_with_dict_observations(pqn, weights, dict_env):
    model = pqn("MultiInputPolicy", make_vec_env(dict_env, 4))
    before = weights(model)
    model.learn(64)
    assert not th.equal(weights(model), before)


def test_saliency_callback_and_jacobian_work_on_atari(tmp_path, pqn, atari):
    env = atari("Breakout", 4)
    model = pqn("CnnPolicy", env, n_epochs=1)
    callback = SaliencyCallback(tmp_path, probe_count=2, video_steps=4)
    model.learn(64, callback)
    assert callback.events == 2
    jacobian = value_advantage_jacobian(model.policy, model._last_obs)
    assert jacobian.value.any()
    assert jacobian.advantage.any()


def test_saliency_callback_works_on_envs_without_remake(tmp_path, pqn, cartpole):
    callback = SaliencyCallback(tmp_path, probe_count=2, video_steps=4)
    pqn(env=cartpole(8)).learn(5_000, callback)
    assert callback.events == 2


def test_callbacks_see_the_same_locals_as_in_sb3(pqn):
    starts = []

    class Watch(BaseCallback):
        def _on_step(self) -> bool:
            assert not np.array_equal(self.locals["new_obs"], self.model._last_obs)  # still the old one
            starts.append((self.locals["dones"], self.model._last_episode_starts.copy()))
            return True

    pqn().learn(320, Watch())
    assert any(dones.any() for dones, _ in starts)
    for (dones, _), (_, episode_starts) in pairwise(starts):
        assert np.array_equal(episode_starts, dones)


def test_learns_with_a_stock_policy_class(pqn, weights, atari):
    env = atari("Breakout", 2)
    model = pqn(DQN.policy_aliases["CnnPolicy"], env)
    before = weights(model)
    model.learn(16)
    assert not th.equal(weights(model), before)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_steps": 0}, "n_steps is 0"),
        ({"n_steps": True}, "n_steps is True; it must be a whole number"),
        ({"gamma": "0.9"}, "gamma is '0.9'; it must be a number"),
        ({"q_lambda": None}, "q_lambda is None; it must be a number"),
        ({"max_grad_norm": None}, "max_grad_norm is None; it must be a number"),
        ({"q_lambda": 1.5}, "q_lambda is 1.5"),
        ({"n_epochs": 0}, "n_epochs is 0"),
        ({"batch_size": 16.0}, "batch_size is 16.0; it must be a whole number"),
        ({"gamma": 2.0}, "gamma is 2.0"),
        ({"exploration_fraction": -1}, "exploration_fraction is -1"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, message, pqn):
    with pytest.raises(ValueError, match=message):
        pqn(**arguments)


def test_one_env_with_default_arguments_learns_with_a_warning(weights):
    with pytest.warns(UserWarning, match="only n_steps \\* n_envs = 32 steps"):
        model = PQN("MlpPolicy", "CartPole-v1", seed=0)
    before = weights(model)
    model.learn(64)
    assert model._n_updates == 4  # two rollouts, two epochs each
    assert not th.equal(weights(model), before)


def test_continuous_actions_are_refused(pqn):
    """In one plain line, and with the class of error that SB3 has for it."""
    message = r"^PQN takes Discrete or MultiDiscrete actions, and these are Box\(.*\)$"
    for kind in (AssertionError, ValueError):
        with pytest.raises(kind, match=message):
            pqn(env=make_vec_env("Pendulum-v1", 4))


def test_a_callback_can_stop_training(pqn):
    class Stop(BaseCallback):
        def _on_step(self) -> bool:
            return self.n_calls < 3

    model = pqn()
    model.learn(1000, Stop())
    assert model.num_timesteps == 12
