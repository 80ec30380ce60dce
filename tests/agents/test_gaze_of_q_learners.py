"""PQN and DoubleDQN learn nothing from gazes that the env forces, and hear of them from the env."""

import numpy as np
import pytest
import torch as th
from gymnasium import Env, spaces
from stable_baselines3.common.buffers import DictReplayBuffer
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor, VecNormalize

from saccade.agents import PQN, DoubleDQN
from saccade.envs import GazeWrapper
from saccade.policies import DuelingMultiInputPolicy, GlimpseDuelingPolicy, q_of_actions

KWARGS = {"hidden_width": 16, "features_extractor_kwargs": {"size": 4, "scales": 2, "features_dim": 16, "network": "fc"}}


class Spot(Env):
    """A bright spot at the left or at the right; action 1 is right if it is at the right. An episode is one step."""

    observation_space = spaces.Box(0, 255, (1, 40, 40), np.uint8)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.right = int(self.np_random.integers(2))
        image = np.zeros((1, 40, 40), np.uint8)
        image[:, 10:30, 20 * self.right : 20 * self.right + 20] = 255
        return image, {}

    def step(self, action):
        reward = float(action == self.right)
        image, info = self.reset()
        return image, reward, True, False, info


def envs(*forced) -> DummyVecEnv:
    return VecMonitor(DummyVecEnv([lambda kind=kind: GazeWrapper(Spot(), tiles=(1, 2), forced=kind) for kind in forced]))


def pqn(env, policy=GlimpseDuelingPolicy, **kwargs) -> PQN:
    return PQN(
        policy, env, n_steps=8, batch_size=8, policy_kwargs=kwargs or KWARGS, seed=0, device="cpu", compile=False, autocast=False
    )


def double_dqn(env) -> DoubleDQN:
    exact = {"compile": False, "autocast": False, "overlap": False, "device": "cpu", "seed": 0}
    return DoubleDQN(
        GlimpseDuelingPolicy,
        env,
        learning_starts=4,
        batch_size=8,
        buffer_size=64,
        train_freq=1,
        policy_kwargs=KWARGS,
        replay_buffer_class=DictReplayBuffer,
        **exact,
    )


@pytest.mark.parametrize("make", [pqn, double_dqn])
@pytest.mark.parametrize("kind", ["random", "center", None])
def test_the_branch_of_a_forced_gaze_stays_as_it_was(make, kind):
    model = make(envs(kind, kind))
    before = {name: x.clone() for name, x in model.policy.q_net.state_dict().items()}
    model.learn(24)
    assert model.policy.forced_gaze == (kind is not None)
    for name, x in model.policy.q_net.state_dict().items():
        if name.startswith("further_streams"):
            assert th.equal(x, before[name]) == (kind is not None), name
        elif name.endswith("weight") and ".where." not in name:  # a gaze at the centre is 0, and so is what it teaches
            assert not th.equal(x, before[name]), name


@pytest.mark.parametrize("make", [pqn, double_dqn])
def test_a_forced_gaze_has_no_part_in_q_and_no_gradient(make):
    model = make(envs("random", "random"))
    model.learn(16)
    obs = model.policy.obs_to_tensor(model.env.reset())[0]
    q = model.policy.q_net(obs)
    here, there = (q_of_actions(q, th.tensor([[1, tile]] * 2), (2, 2)) for tile in (0, 1))
    assert th.equal(here, there)
    value, advantage = model.policy.q_net.value_advantage(obs)
    assert th.allclose(here, value + advantage[:, 1:2], atol=1e-6)
    named = [(name, x) for name, x in model.policy.q_net.named_parameters() if name.startswith("further_streams")]
    gradients = th.autograd.grad(here.sum(), [x for _, x in named], allow_unused=True, materialize_grads=True)
    assert named
    assert all((gradient == 0).all() for gradient in gradients)


def test_the_env_wins_and_a_saved_model_keeps_what_it_heard(tmp_path):
    model = pqn(envs("random"), forced_gaze=False, **KWARGS)
    model.learn(8)
    model.save(tmp_path / "model")
    loaded = PQN.load(tmp_path / "model", env=envs(None), device="cpu")
    assert loaded.policy.forced_gaze
    assert loaded.policy_kwargs["forced_gaze"]
    loaded.learn(8)
    assert not loaded.policy.forced_gaze
    assert not loaded.policy_kwargs["forced_gaze"]


@pytest.mark.parametrize("make", [pqn, double_dqn])
def test_envs_of_both_kinds_are_refused(make):
    model = make(envs(None, "random", "random"))
    with pytest.raises(ValueError, match="2 of 3 envs force the gaze; one policy learns in envs that all force it, or all do not"):
        model.learn(12)


def test_a_policy_that_knows_nothing_of_gazes_is_left_alone():
    model = pqn(envs("random"), DuelingMultiInputPolicy, hidden_width=8)
    model.learn(8)
    assert not hasattr(model.policy, "forced_gaze")
    assert "forced_gaze" not in model.policy_kwargs


class Own(GlimpseDuelingPolicy):
    """Its constructor does not hand the word on."""

    def __init__(self, observation_space, action_space, lr_schedule, layer_norm=False):
        super().__init__(observation_space, action_space, lr_schedule, layer_norm=layer_norm, **KWARGS)


def test_a_subclass_that_does_not_take_the_word_hears_it_all_the_same():
    model = PQN(Own, envs("random"), n_steps=4, batch_size=4, device="cpu", compile=False, autocast=False)
    model.learn(8)
    assert model.policy.forced_gaze
    assert "forced_gaze" not in model.policy_kwargs


class Untold(GazeWrapper):
    """An env of the user's own, which does not say who chooses the gaze."""

    forced_gaze = property()


@pytest.mark.parametrize("forced", [False, True])
def test_an_env_that_does_not_say_it_leaves_the_policy_as_it_is(forced):
    env = VecMonitor(DummyVecEnv([lambda: Untold(Spot(), tiles=(1, 2))]))
    assert not env.has_attr("forced_gaze")
    model = pqn(env, forced_gaze=forced, **KWARGS)
    model.learn(8)
    assert model.policy.forced_gaze == forced
    assert model.policy_kwargs["forced_gaze"] == forced


@pytest.mark.parametrize("make", [pqn, double_dqn])
def test_a_normalized_gaze_is_refused(make):
    make(VecNormalize(envs(None, None), norm_obs_keys=["image"])).learn(8)
    make(VecNormalize(envs(None, None), norm_obs=False)).learn(8)
    with pytest.raises(ValueError, match="would change the observed gaze; give it norm_obs=False, or norm_obs_keys without gaze"):
        make(VecNormalize(envs(None, None))).learn(8)


def test_a_policy_without_a_retina_may_read_a_normalized_gaze():
    model = pqn(VecNormalize(envs(None, None)), DuelingMultiInputPolicy, hidden_width=16)
    before = [p.clone() for p in model.policy.parameters()]
    model.learn(8)
    assert model.num_timesteps >= 8
    assert any((p != old).any() for p, old in zip(model.policy.parameters(), before, strict=True)), "it learned"
