"""Masks of MaskablePPO: from the env to the maps."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from sb3_contrib.common.wrappers import ActionMasker
from small_policies import rate
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.saliency import METHODS, Head, ProbeSet, SaliencyCallback, States, explain, head_jacobians
from saccade.saliency.methods import methods_named
from saccade.saliency.methods.map_making import make_maps
from saccade.saliency.readers.head import head_values
from saccade.saliency.readers.head_reader import head_reader
from saccade.saliency.records.recorded_events import RecordedEvents
from saccade.saliency.states.masks import allowed_actions, masks_of
from saccade.saliency.states.play import Player

SIGHT = spaces.Box(-1, 1, (20,), np.float32)
OBS = np.random.default_rng(0).uniform(-1, 1, (6, 20)).astype(np.float32)


class Legal(gym.Env):
    """What is seen says which of four actions are allowed; the last one always is."""

    observation_space, action_space = SIGHT, spaces.Discrete(4)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        return self._seen(), {}

    def _seen(self):
        self.now = self.np_random.uniform(-1, 1, 20).astype(np.float32)
        return self.now

    def action_masks(self):
        return legal(self.now[None])[0]

    def step(self, action):
        assert self.action_masks()[int(action)], "not allowed"
        self.t += 1
        return self._seen(), 1.0, self.t >= 9, False, {}


def legal(obs: np.ndarray) -> np.ndarray:
    return np.concatenate([obs[:, :3] > 0, np.ones((len(obs), 1), bool)], axis=1)


def made(actions: spaces.Space = Legal.action_space) -> MaskableActorCriticPolicy:
    th.manual_seed(0)
    return MaskableActorCriticPolicy(SIGHT, actions, rate, net_arch=[8], ortho_init=False)


def test_heads_are_those_of_the_masked_distribution():
    policy, masks, obs = made(), th.from_numpy(legal(OBS)), th.from_numpy(OBS)
    with th.no_grad():
        policy.action_net.bias.copy_(th.tensor([5.0, 4, 3, 0]))  # without masks always the first
    values = head_values(policy, obs, masks=masks)
    chosen = th.from_numpy(policy.predict(OBS, deterministic=True, action_masks=masks.numpy())[0])
    assert masks.gather(1, chosen[:, None]).all()
    assert len(chosen.unique()) > 1
    assert th.equal(Head(policy, "action", masks=masks).at(obs).choice, chosen)
    assert not Head(policy, "action").at(obs).choice.any()
    distribution = policy.get_distribution(obs, masks.numpy())
    assert th.equal(values["action"], distribution.log_prob(chosen))
    assert th.equal(values["entropy"], distribution.entropy())
    by_hand = policy.action_net(policy.mlp_extractor.policy_net(obs)).masked_fill(~masks, -th.inf).log_softmax(1)
    assert th.allclose(values["action"], by_hand.gather(1, chosen[:, None])[:, 0], atol=1e-5)
    for a in range(4):
        assert th.allclose(values[f"action_{a}"][masks[:, a]], by_hand[masks[:, a], a], atol=1e-5)
        assert (values[f"action_{a}"][~masks[:, a]] < -1e7).all()


def test_derivatives_are_those_under_the_masks():
    policy, masks, obs = made(), th.from_numpy(legal(OBS)), th.from_numpy(OBS)
    maps = head_jacobians(policy, OBS, ("action", "action_0", "entropy"), masks=masks, chunk_size=4)
    head, direction, step = Head(policy, "action", masks=masks).at(obs), th.randn(20), 1e-2
    with th.no_grad():
        slopes = (head(obs + step * direction).double() - head(obs - step * direction).double()) / (2 * step)
    assert th.allclose((maps["action"] * direction).sum(1).double(), slopes, rtol=0.02, atol=1e-4)
    assert not th.allclose(maps["action"], head_jacobians(policy, OBS, ("action",), choice=head.choice)["action"], rtol=0.05)
    assert th.equal(maps["action_0"].any(1), masks[:, 0])  # the probability of a forbidden action is 0 whatever is seen
    alone = masks.sum(1) == 1
    assert alone.any()
    assert not maps["entropy"][alone].any()  # nothing is to be chosen


@pytest.mark.parametrize("actions", [spaces.MultiDiscrete([2, 3]), spaces.MultiBinary(2)])
def test_masks_of_several_actions(actions):
    policy = made(actions)
    count = policy.action_net.out_features
    masks = np.random.default_rng(1).random((6, count)) < 0.5
    masks[:, [0, -1]] = True  # one of each part at least
    values = head_values(policy, th.from_numpy(OBS), masks=th.from_numpy(masks))
    chosen = th.from_numpy(policy.predict(OBS, deterministic=True, action_masks=masks)[0])
    distribution = policy.get_distribution(th.from_numpy(OBS), masks)
    assert th.equal(values["action"], distribution.log_prob(chosen))
    assert th.equal(values["entropy"], distribution.entropy())


@pytest.mark.parametrize("method", ["jacobian", "smoothgrad", "integrated_gradients", "occlusion", "deletion"])
def test_every_method_knows_the_masks(method):
    """A map of an observation is the same alone and among others, whose masks differ."""
    policy, masks = made(), th.from_numpy(legal(OBS))
    whole = METHODS[method](Head(policy, "action", masks=masks), OBS)
    alone = METHODS[method](Head(policy, "action", masks=masks[2:3]), OBS[2:3])
    assert th.allclose(whole[2], alone[0], atol=1e-5)
    assert not th.allclose(whole, METHODS[method](Head(policy, "action"), OBS), rtol=0.05)


def test_checks_under_masks():
    """The greedy action of the deletion is an allowed one: with one allowed action nothing flips."""
    policy = made()
    only = th.zeros(6, 4, dtype=th.bool)
    only[:, 3] = True
    states = States(OBS, masks=only)
    rows = explain(policy, states, ("value",)).trust
    assert rows[0].flips == rows[0].flips_random == 0
    assert explain(policy, States(OBS), ("value",)).trust[0].flips > 0
    preferred = head_reader(policy).preferences(th.from_numpy(OBS), None, only)
    assert (preferred.argmax(1) == 3).all()


def test_a_policy_that_takes_no_masks_ignores_them():
    env = DummyVecEnv([Legal])
    model = PPO("MlpPolicy", env, n_steps=8, batch_size=8, seed=0, policy_kwargs={"net_arch": [8]})
    env.reset()
    assert masks_of(model.policy, env) is None
    states = States(OBS, masks=th.from_numpy(legal(OBS)))
    methods = methods_named(["jacobian"])
    ours, theirs = (make_maps(model.policy, seen, ("action",), methods) for seen in (states, States(OBS)))
    assert all(np.array_equal(x, theirs[key]) for key, x in ours.items())
    assert explain(model.policy, OBS, trust=False).notes == []


def test_play_and_probe_sets_keep_the_masks(tmp_path):
    env = DummyVecEnv([Legal])
    policy = made()
    with th.no_grad():
        policy.action_net.bias[0] = 9.0  # forbidden half of the time
    played = Player(env).record(policy, 20)  # the env ends the test if an action is not allowed
    assert np.array_equal(played.masks.numpy(), legal(played.observations))
    assert np.array_equal(played.some(np.array([3, 5])).masks.numpy(), legal(played.observations[[3, 5]]))
    probes = ProbeSet.collect(DummyVecEnv([Legal, Legal]), size=5)
    assert np.array_equal(probes.masks.numpy(), legal(probes.observations))
    probes.save(tmp_path / "probes.npz")
    assert th.equal(ProbeSet.load(tmp_path / "probes.npz").masks, probes.masks)
    assert ProbeSet.collect(DummyVecEnv([lambda: gym.make("CartPole-v1")]), size=2).masks is None


def test_random_actions_are_allowed_ones():
    random = np.random.default_rng(0)
    masks = th.tensor([[1, 0, 0, 1, 1], [0, 1, 0, 0, 1], [0, 0, 0, 0, 0]]).bool()
    one = np.array([allowed_actions(spaces.Discrete(5), masks, random) for _ in range(60)])
    assert [set(column) for column in one.T] == [{0, 3, 4}, {1, 4}, {0, 1, 2, 3, 4}]
    two = np.array([allowed_actions(spaces.MultiDiscrete([2, 3]), masks[:2], random) for _ in range(60)])
    assert [set(map(tuple, row)) for row in two.transpose(1, 0, 2)] == [{(0, 1), (0, 2)}, {(1, 2)}]
    binary = np.array([allowed_actions(spaces.MultiBinary(2), masks[:1, :4], random) for _ in range(60)])
    assert set(map(tuple, binary[:, 0])) == {(0, 1)}


def test_something_else_of_that_name_is_no_mask():
    class Named(Legal):
        action_masks = "blue"

        def step(self, action):
            self.t += 1
            return self._seen(), 1.0, self.t >= 9, False, {}

    env = DummyVecEnv([Named])
    assert ProbeSet.collect(env, size=2).masks is None
    assert Player(env).record(made(), 3).masks is None


@pytest.mark.parametrize("through_wrapper", [False, True])
def test_a_callback_explains_what_training_allows(tmp_path, through_wrapper):
    """The probes and the film are states of training with the masks that training had there, and training stays as it is."""

    def trained(callback) -> th.Tensor:
        env = ActionMasker(Legal(), lambda inner: inner.unwrapped.action_masks()) if through_wrapper else Legal()
        model = MaskablePPO("MlpPolicy", env, n_steps=16, batch_size=16, seed=0, policy_kwargs={"net_arch": [8]})
        model.learn(48, callback)
        return th.cat([p.detach().flatten() for p in model.policy.parameters()])

    callback = SaliencyCallback(tmp_path / "maps", heads=("action",), every=1000, video_steps=3, probe_count=4, trust=False)
    assert th.equal(trained(None), trained(callback))
    masks = callback.probes.masks
    assert np.array_equal(masks.numpy(), legal(callback.probes.observations))
    (event,) = RecordedEvents.of(tmp_path / "maps")
    recorded = next(iter(event.maps.values()))
    expected = head_jacobians(callback.model.policy, callback.probes.observations, ("action",), masks=masks)["action"]
    assert np.allclose(recorded, expected, atol=1e-6)


def test_what_is_explained_without_masks_is_said():
    policy = made()
    (note,) = explain(policy, OBS, trust=False).notes
    assert "without masks" in note
    assert "\n" not in note
    assert explain(policy, States(OBS, masks=th.from_numpy(legal(OBS))), trust=False).notes == []
