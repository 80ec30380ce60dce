"""Heads of networks whose actions have several branches."""

from itertools import product

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3.common.env_util import make_vec_env

from saccade.agents import PQN
from saccade.policies import DuelingCnnPolicy, DuelingMlpPolicy, DuelingQNetwork, SoftAttentionDuelingPolicy, q_of_actions
from saccade.saliency import METHODS, UnknownHeadError, explain, heads, load_policy
from saccade.saliency.readers.branch_reader import BranchReader
from saccade.saliency.readers.head import shown_heads

SIZES = (3, 4, 2)
SPACE = spaces.Box(-1, 1, (5,), np.float32)
JOINT = th.tensor(list(product(*map(range, SIZES))))


class Last(DuelingMlpPolicy):
    """Takes the last choice of each branch."""

    def _predict(self, obs, deterministic=True):
        return th.tensor([[size - 1 for size in SIZES]]).expand(len(obs), 3)


def q_of_each(policy: DuelingMlpPolicy, obs: th.Tensor, joint: th.Tensor = JOINT) -> th.Tensor:
    """(B, N) of N joint actions, one after the other."""
    return th.cat([q_of_actions(policy.q_net(obs), each.expand(len(obs), 3), SIZES) for each in joint], dim=1)


@pytest.fixture
def policy() -> DuelingMlpPolicy:
    th.manual_seed(0)
    return DuelingMlpPolicy(SPACE, spaces.MultiDiscrete(SIZES), lambda _: 1e-3)


def test_names(policy):
    known = heads(policy)
    assert list(known)[:6] == ["value", "advantage", "advantage_1", "advantage_2", "q", "gap"]
    assert list(known)[6:] == [f"advantage_{d}_{a}" for d, size in enumerate(SIZES) for a in range(size)]
    assert shown_heads(policy) == ("value", "advantage", "advantage_1", "advantage_2")
    with pytest.raises(UnknownHeadError, match="no head 'q_0'"):
        shown_heads(policy, ("q_0",))


def test_value_and_advantages_add_up_to_q(policy):
    obs, known = th.randn(8, 5), heads(policy)
    parts = [known[name](obs) for name in ("value", "advantage", "advantage_1", "advantage_2")]
    assert th.allclose(sum(parts), known["q"](obs), atol=1e-6)


def test_best_and_second_best_of_all_joint_actions(policy):
    obs, known = th.randn(40, 5), heads(policy)
    best = q_of_each(policy, obs).topk(2, dim=1)
    assert th.allclose(known["q"](obs), best.values[:, 0], atol=1e-6)
    assert th.allclose(known["gap"](obs), best.values[:, 0] - best.values[:, 1], atol=1e-5)
    assert th.equal(BranchReader(policy).choice(obs, None), JOINT[best.indices])


def test_a_branch_that_is_taught_has_heads_and_no_part_in_q(policy):
    policy.q_net.taught = (1,)
    obs, known = th.randn(40, 5), heads(policy)
    parts = {name: known[name](obs) for name in ("value", "advantage", "advantage_2")}
    assert th.allclose(sum(parts.values()), known["q"](obs), atol=1e-6)
    outputs = policy.q_net(obs)
    assert th.allclose(known["advantage_1"](obs), outputs[:, 3:7].amax(1))
    chosen, second = BranchReader(policy).choice(obs, None).unbind(1)
    assert th.equal(chosen[:, 1], outputs[:, 3:7].argmax(1))
    assert th.equal(chosen[:, 1], second[:, 1])
    q = [q_of_actions(outputs, actions, SIZES, (1,)).squeeze(1) for actions in (chosen, second)]
    assert th.allclose(known["gap"](obs), q[0] - q[1], atol=1e-5)
    assert (q[0] > q[1]).all()


def test_a_head_stays_with_its_action(policy):
    """After a change of the observation, the tied head speaks of the old action's Q."""
    before, after = th.randn(30, 5), th.randn(30, 5)
    tied = heads(policy)["q"].at(before)
    actions = BranchReader(policy).choice(before, None)[:, 0]
    assert th.allclose(tied(after), q_of_actions(policy.q_net(after), actions, SIZES).squeeze(1), atol=1e-6)
    assert not th.allclose(tied(after), heads(policy)["q"](after))


def test_an_overridden_choice_is_the_action():
    policy, obs = Last(SPACE, spaces.MultiDiscrete(SIZES), lambda _: 1e-3), th.randn(4, 5)
    assert BranchReader(policy).choice(obs, None)[:, 0].tolist() == [[2, 3, 1]] * 4
    assert th.equal(heads(policy)["advantage_1"](obs), heads(policy)["advantage_1_3"](obs))


def test_the_best_of_the_others_of_a_policy_that_does_not_take_the_best():
    policy, obs = Last(SPACE, spaces.MultiDiscrete(SIZES), lambda _: 1e-3), th.randn(40, 5)
    others = JOINT[(th.tensor([2, 3, 1]) != JOINT).any(dim=1)]
    best = others[q_of_each(policy, obs, others).argmax(dim=1)]
    assert th.equal(BranchReader(policy).choice(obs, None)[:, 1], best)


def test_q_is_that_of_the_networks_own_forward(policy):
    """A network whose Q is not V + A: it dislikes the first choice of the second branch, and counts the third branch twice."""

    class Own(DuelingQNetwork):
        def forward(self, obs):
            dislikes = th.zeros(sum(SIZES))
            dislikes[SIZES[0]] = -100.0
            twice = th.cat([th.ones(SIZES[0] + SIZES[1]), 2 * th.ones(SIZES[2])])
            return super().forward(obs) * twice + dislikes

    policy.q_net.__class__ = Own
    obs, known = th.randn(40, 5), heads(policy)
    best = q_of_each(policy, obs).topk(2, dim=1)
    assert th.equal(BranchReader(policy).choice(obs, None), JOINT[best.indices])
    assert (BranchReader(policy).choice(obs, None)[:, :, 1] != 0).all()
    assert th.allclose(known["q"](obs), best.values[:, 0], atol=1e-5)
    assert th.allclose(known["gap"](obs), best.values[:, 0] - best.values[:, 1], atol=1e-5)
    assert (policy.predict(obs.numpy(), deterministic=True)[0] == BranchReader(policy).choice(obs, None)[:, 0].numpy()).all()
    assert th.equal(BranchReader(policy).preferences(obs, None), policy.q_net(obs)[:, : SIZES[0]])


def test_branches_of_one_choice():
    single = DuelingMlpPolicy(SPACE, spaces.MultiDiscrete([1, 2]), lambda _: 1e-3)
    obs = th.randn(6, 5)
    assert th.equal(heads(single)["advantage"](obs), th.zeros(6))
    assert (BranchReader(single).choice(obs, None)[:, :, 0] == 0).all()
    assert (heads(single)["gap"](obs) >= 0).all()
    assert "gap" not in heads(DuelingMlpPolicy(SPACE, spaces.MultiDiscrete([1, 1]), lambda _: 1e-3))


class Frames(gym.Env):
    observation_space = spaces.Box(0, 255, (1, 36, 36), np.uint8)
    action_space = spaces.MultiDiscrete([2, 3])

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self._frame(), {}

    def step(self, action):
        return self._frame(), float(action[0]), False, False, {}

    def _frame(self):
        return self.np_random.integers(0, 256, (1, 36, 36), np.uint8)


def test_maps_of_a_trained_and_saved_model(tmp_path):
    env = make_vec_env(Frames, 4)
    model = PQN(DuelingCnnPolicy, env, n_steps=4, batch_size=16, device="cpu", compile=False, autocast=False).learn(32)
    model.save(tmp_path / "model")
    loaded = load_policy(tmp_path / "model.zip", device="cpu")
    states = env.reset()
    explained = explain(loaded, states, methods=("jacobian", "sarfa"), heads=("value", "advantage", "advantage_1", "advantage_0_1"))
    drawn = {str(key) for key in explained.maps}
    assert drawn == {"value", "advantage", "advantage_1", "advantage_0_1", "advantage/sarfa", "advantage_0_1/sarfa"}
    assert all(np.abs(x).max() > 0 for key, x in explained.maps.items() if "sarfa" not in str(key))
    assert "deletion" in explained.text()


@pytest.mark.parametrize("policy", [DuelingCnnPolicy, SoftAttentionDuelingPolicy])
def test_maps_of_the_value_and_of_all_advantages_add_up_to_that_of_q(policy):
    """The Jacobian is linear, and Q is V plus the advantages of what is chosen."""
    th.manual_seed(0)
    images = spaces.Box(0, 255, (1, 44, 44), np.uint8)
    made = policy(images, spaces.MultiDiscrete([3, 4, 2]), lambda _: 1e-3, hidden_width=16)
    states = np.random.default_rng(0).integers(0, 256, (3, 1, 44, 44), np.uint8)
    maps = {
        name: METHODS["jacobian"](heads(made)[name], states) for name in ("value", "advantage", "advantage_1", "advantage_2", "q")
    }
    q = maps.pop("q")
    assert all(each.abs().max() > 0 for each in maps.values())
    assert th.allclose(sum(maps.values()), q, atol=1e-4 * q.abs().max().item())
    assert not th.allclose(q - maps["advantage_2"], q, atol=1e-4 * q.abs().max().item())
