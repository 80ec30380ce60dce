"""With a forced gaze PPO's ratio and entropy have no part of the gaze."""

import gymnasium as gym
import pytest
import torch as th
from sb3_contrib import RecurrentPPO
from sb3_contrib.common.recurrent.type_aliases import RNNStates

from saccade.envs import GymnasiumVecEnv, VectorGazeWrapper
from saccade.policies import GlimpsePolicy
from saccade.policies.gaze_distribution import CategoricalGaussianDistribution, TilesDistribution

TINY = {
    "features_extractor_kwargs": {"size": 6, "scales": 1, "network": "fc", "what_dim": 16, "where_dim": 8},
    "lstm_hidden_size": 16,
    "gaze_hidden": 16,
}


def catch(tiles, forced="random") -> GymnasiumVecEnv:
    return GymnasiumVecEnv(VectorGazeWrapper(gym.make_vec("saccade/Catch-v0", num_envs=4), tiles=tiles, forced=forced))


def ppo(env, **policy_kwargs) -> RecurrentPPO:
    return RecurrentPPO(
        GlimpsePolicy, env, n_steps=8, batch_size=16, n_epochs=2, seed=0, device="cpu", ent_coef=0.1,
        policy_kwargs={**TINY, **policy_kwargs},
    )  # fmt: skip


@pytest.mark.parametrize("tiles", [3, None])
@pytest.mark.parametrize("forced", [True, False])
def test_ratio_is_1_when_only_gazes_change(tiles, forced):
    """Two policies that differ in their gaze heads, and two actions that differ in their gazes."""
    env = catch(tiles)
    policy = ppo(env, forced_gaze=forced).policy
    start, memory = th.ones(4), RNNStates(policy.start_states(4), policy.start_states(4))
    obs, _ = policy.obs_to_tensor(env.reset())
    actions, _, old, _ = policy(obs, memory, start)
    values_before, _, entropy_before = policy.evaluate_actions(obs, actions, memory, start)
    with th.no_grad():
        for parameter in policy.gaze_net.parameters():
            parameter += 0.5 * th.randn_like(parameter)
    other = actions.clone()
    other[:, 1:] = other[:, 1:].flip(0) if tiles is None else (other[:, 1:] + 1) % 9
    values, new, entropy = policy.evaluate_actions(obs, other, memory, start)
    ratio = (new - old).exp()
    assert th.equal(values, values_before)
    if forced:
        assert th.equal(ratio, th.ones(4))
        assert th.equal(entropy, entropy_before)
    else:
        assert not th.isclose(ratio, th.ones(4)).all()


@pytest.mark.parametrize("tiles", [3, None])
def test_ppo_does_not_train_the_head_of_a_forced_gaze(tiles):
    model = ppo(catch(tiles), forced_gaze=True)
    before = {name: value.clone() for name, value in model.policy.state_dict().items()}
    model.learn(64)
    for name, value in model.policy.state_dict().items():
        assert th.equal(value, before[name]) == name.startswith(("gaze_net", "log_std")), name


def test_the_option_is_saved(tmp_path):
    model = ppo(catch(None), forced_gaze=True)
    model.save(tmp_path / "model")
    model.policy.save(tmp_path / "policy")
    assert RecurrentPPO.load(tmp_path / "model", device="cpu").policy.forced_gaze
    assert GlimpsePolicy.load(tmp_path / "policy", device="cpu").forced_gaze
    assert not ppo(catch(None, None)).policy.forced_gaze  # by default the gaze is the policy's own


def test_parts_of_both_distributions_by_hand():
    """Two actions of probability 0.25 and 0.75, entropy 0.5623 nats; with the gaze there is more."""
    logits = th.tensor([[0.25, 0.75]]).log()
    tiles = TilesDistribution(2, 4).proba_distribution(logits, th.zeros(1, 4))
    gaussian = CategoricalGaussianDistribution(2).proba_distribution(logits, th.zeros(1, 2), th.tensor(-1.0))
    for distribution, action in ((tiles, th.tensor([[1, 2]])), (gaussian, th.tensor([[1.0, 0.3, -0.2]]))):
        whole = distribution.log_prob(action), distribution.entropy()
        distribution.forced = True
        assert distribution.log_prob(action).item() == pytest.approx(-0.287682, abs=1e-5)
        assert distribution.entropy().item() == pytest.approx(0.562335, abs=1e-5)
        assert (whole[0] - distribution.log_prob(action)).item() == pytest.approx(distribution.gaze_log_prob(action).item())
        assert (whole[1] - distribution.entropy()).item() == pytest.approx(distribution.gaze_entropy().item())
    assert tiles.gaze_entropy().item() == pytest.approx(1.386294, abs=1e-5)  # ln 4: asked directly it is still there
