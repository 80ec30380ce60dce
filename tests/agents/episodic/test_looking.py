"""REINFORCE for a gaze, bit for bit: two updates against a plain loop that is written out here."""

import gymnasium as gym
import pytest
import torch as th

from saccade.agents import REINFORCE
from saccade.envs import GymnasiumVecEnv, VectorGazeWrapper

STEPS, COUNT = 3, 4


def envs(tiles) -> GymnasiumVecEnv:
    batch = gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=COUNT, dataset="digits", glimpses=STEPS)
    return GymnasiumVecEnv(VectorGazeWrapper(batch, tiles))


def agent(env, supervised) -> REINFORCE:
    kwargs = {"lstm_hidden_size": 16, "gaze_hidden": 8, "features_extractor_kwargs": {"size": 4, "scales": 2, "network": "fc"}}
    return REINFORCE("GlimpsePolicy", env, seed=3, device="cpu", autocast=False, supervised=supervised, ent_coef=0.01,
                     max_grad_norm=1e9, policy_kwargs=kwargs)  # fmt: skip


def plain_loop(model: REINFORCE, env, labelled: bool, updates: int) -> None:
    policy, obs = model.policy, env.reset()
    for _ in range(updates):
        states, starts = policy.start_states(COUNT), th.ones(COUNT)
        logits, of_action, of_gaze, actions_unsure, gazes_unsure, values, rewards = [], [], [], [], [], [], []
        for _ in range(STEPS):
            seen = {key: th.as_tensor(x) for key, x in obs.items()}
            distribution, value, states = policy.look(seen, states, starts)
            actions, starts = distribution.sample(), th.zeros(COUNT)
            logits.append(distribution.action.logits)
            of_action.append(distribution.action_log_prob(actions))
            of_gaze.append(distribution.gaze_log_prob(actions))
            actions_unsure.append(distribution.action.entropy())
            gazes_unsure.append(distribution.gaze_entropy())
            values.append(value)
            taken, space = actions.numpy(), env.action_space
            obs, reward, _, infos = env.step(taken.clip(space.low, space.high) if isinstance(space, gym.spaces.Box) else taken)
            rewards.append(th.as_tensor(reward))
        zero = th.zeros(1, COUNT)  # nothing is seen at the last gaze
        log_probs = th.cat([th.stack(of_gaze)[:-1], zero])
        entropies = th.cat([th.stack(gazes_unsure)[:-1], zero])
        rewards, values = th.stack(rewards), th.stack(values)
        supervised, weight = th.zeros(()), 1.0
        if labelled:
            labels = th.tensor([info["label"] for info in infos])
            likes = th.stack(logits).log_softmax(2)[:, range(COUNT), labels]
            supervised, weight = -likes[-1].mean() - 0.3 * likes[:-1].mean(), 0.3
            gains = th.cat([likes.detach().diff(dim=0).clamp(-2, 2), zero])
            rewards = rewards + 1.0 * gains
        else:
            log_probs, entropies = log_probs + th.stack(of_action), entropies + th.stack(actions_unsure)
        returns = [rewards[-1]]
        for reward in reversed(rewards[:-1]):
            returns.insert(0, reward + 0.5 * returns[0])
        returns = th.stack(returns)
        excess = returns - values.detach()
        advantage = excess / (excess.std(unbiased=False) + 1e-8)
        baseline = ((values - returns) ** 2).mean()
        loss = supervised + weight * -(log_probs * advantage).mean() + 0.5 * baseline - 0.01 * entropies.mean()
        policy.optimizer.zero_grad()
        loss.backward()
        policy.optimizer.step()


@pytest.mark.parametrize("tiles", [None, (2, 2)])
@pytest.mark.parametrize("labelled", [True, False])
def test_two_updates_are_those_of_a_plain_loop_bit_for_bit(tiles, labelled):
    supervised = None if labelled else False
    model = agent(envs(tiles), supervised)
    model.learn(2 * STEPS * COUNT)
    assert model._n_updates == 2
    other_env = envs(tiles)
    reference = agent(other_env, supervised)  # its constructor seeds everything
    plain_loop(reference, other_env, labelled, 2)
    for ours, theirs in zip(model.policy.parameters(), reference.policy.parameters(), strict=True):
        assert th.equal(ours, theirs)
