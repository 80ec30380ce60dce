"""REINFORCE names things in turn: its loss against a plain loop, what it asks of envs, and that it learns."""

import math
from functools import partial

import numpy as np
import pytest
import torch as th
from left_then_right import TINY, left_then_right
from sb3_contrib import RecurrentPPO

from saccade.agents import REINFORCE
from saccade.policies import GlimpsePolicy


@pytest.fixture
def agent(reinforce):
    """As `reinforce`, with a network that can learn to name."""
    return partial(reinforce, policy_kwargs=TINY)


def kept_episodes(model: REINFORCE):
    kept = {}
    model.train = lambda: kept.update(episodes=model._episodes)
    model.learn(model.n_envs * 5)
    return kept["episodes"]


def plain_loss(model: REINFORCE, episodes, gaze_free: bool = True) -> float:
    """The loss of one update, number by number."""
    steps, count = len(episodes.rewards), len(episodes.rewards[0])
    asked, chosen = (th.stack(x).tolist() for x in (episodes.asked, episodes.chosen))
    rewards, values = (th.stack(x).tolist() for x in (episodes.rewards, episodes.values))
    logits = th.stack(episodes.action_logits).detach().tolist()
    of_gaze = th.stack(episodes.gaze_log_probs).detach().tolist()
    unsure_gaze = th.stack(episodes.gaze_entropies).detach().tolist()
    given, put_off, gazes, choices, errors, entropies_gaze, entropies = [], [], [], [], [], [], []
    likes = [[0.0] * count for _ in range(steps)]
    gains = [[0.0] * count for _ in range(steps)]
    for t in range(steps):
        for i in range(count):
            if asked[t][i] < 0:
                continue
            z = [math.exp(x) for x in logits[t][i][:-1]]
            likes[t][i] = math.log(z[asked[t][i]] / sum(z))
            (given if chosen[t][i] < 2 else put_off).append(-likes[t][i])
            if t and gaze_free:
                before = likes[t - 1][i] if chosen[t - 1][i] == 2 else -math.log(2)
                gains[t - 1][i] = min(max(likes[t][i] - before, -model.gain_limit), model.gain_limit)
    later = [[sum(rewards[s][i] for s in range(t, steps)) for i in range(count)] for t in range(steps)]
    shaped = [
        [
            sum(model.gamma ** (s - t) * (rewards[s][i] + model.gain_coef * gains[s][i]) for s in range(t, steps))
            for i in range(count)
        ]
        for t in range(steps)
    ]
    states = {}
    for t in range(steps):
        for i in range(count):
            so_far = [(chosen[s][i], asked[s][i]) for s in range(t) if asked[s][i] >= 0 and chosen[s][i] < 2]
            states[t, i] = (t, len(so_far), any(said != right for said, right in so_far))
    for t in range(steps):
        for i in range(count):
            if asked[t][i] < 0:
                continue
            alike = [later[t][j] for j in range(count) if states[t, j] == states[t, i]]
            z = [math.exp(x) for x in logits[t][i]]
            wait = z[2] / sum(z)
            log = math.log(wait if chosen[t][i] == 2 else 1 - wait)
            choices.append((log, later[t][i] - sum(alike) / len(alike)))
            entropies.append(-wait * math.log(wait) - (1 - wait) * math.log(1 - wait))
            errors.append((values[t][i] - shaped[t][i]) ** 2)
            if t + 1 < steps and asked[t + 1][i] >= 0:
                gazes.append((of_gaze[t][i], shaped[t][i] - values[t][i]))
                entropies_gaze.append(unsure_gaze[t][i])

    def reinforce(pairs) -> float:
        deviation = float(np.std([advantage for _, advantage in pairs]))
        return float(np.mean([log * advantage / (deviation + 1e-8) for log, advantage in pairs]))

    supervised = np.mean(given or [0]) + model.early_weight * np.mean(put_off or [0])
    learned = reinforce(choices) + (reinforce(gazes) if gaze_free else 0)
    unsure = np.mean(entropies) + (np.mean(entropies_gaze) if gaze_free else 0)
    bonus = model.ent_schedule(model._current_progress_remaining)
    return float(supervised - model.reinforce_coef * learned + model.vf_coef * np.mean(errors) - bonus * unsure)


@pytest.mark.parametrize("price", [0.0, 0.2])
@pytest.mark.parametrize("tiles", [None, (1, 3)])
def test_the_loss_is_that_of_a_plain_loop(agent, tiles, price):
    model = agent(left_then_right(12, tiles, look_price=price), ent_coef=0.03, gamma=0.7)
    episodes = kept_episodes(model)
    assert {0, 1, 2} == set(th.stack(episodes.chosen).flatten().tolist())
    assert float(model.loss(episodes).detach()) == pytest.approx(plain_loss(model, episodes), abs=1e-5)


def test_a_forced_gaze_has_no_part_but_the_decision_has(agent):
    model = agent(left_then_right(12, forced="random"), ent_coef=0.03)
    episodes = kept_episodes(model)
    loss = model.loss(episodes)
    assert float(loss.detach()) == pytest.approx(plain_loss(model, episodes, gaze_free=False), abs=1e-5)
    loss.backward()
    assert all(weights.grad is None or not weights.grad.any() for weights in model.policy.gaze_net.parameters())
    assert model.policy.action_net.weight.grad.any()


def test_what_is_asked_is_what_the_env_says_also_after_an_automatic_reset(agent):
    env = left_then_right(6)
    model = agent(env)
    model.learn(6 * 5)
    first = model._first_answers
    assert first.tolist() == [info["answer"] for info in env.reset_infos]
    episodes = kept_episodes(model)
    game = env.get_attr("game")[0]
    assert len(episodes.asked) == 5
    for t in range(5):
        for i in range(6):
            said = sum(bool(episodes.chosen[s][i] < 2) for s in range(t) if episodes.asked[s][i] >= 0)
            assert (int(episodes.asked[t][i]) == -1) == (said == 2)
    assert game.not_yet == 2


@pytest.mark.parametrize("case", ["silent", "supervised=False"])
def test_without_answers_all_is_learned_from_reward(agent, case):
    env = left_then_right(8, tells=case != "silent")
    model = agent(env, supervised=False if case != "silent" else None)
    episodes = kept_episodes(model)
    assert episodes.asked == []
    assert episodes.labels is None
    returns = th.stack(episodes.rewards).flip(0)
    total, later = [], th.zeros(8)
    for reward in returns:
        later = reward + 0.5 * later
        total.insert(0, later)
    excess = th.stack(total) - th.stack(episodes.values).detach()
    log_probs = th.stack(episodes.action_log_probs) + th.cat([th.stack(episodes.gaze_log_probs)[:-1], th.zeros(1, 8)])
    expected = -(log_probs * excess / (excess.std(unbiased=False) + 1e-8)).mean()
    expected = expected + 0.5 * ((th.stack(total) - th.stack(episodes.values)) ** 2).mean()
    assert th.allclose(model.loss(episodes), expected, atol=1e-5)


def test_what_is_refused(agent):
    with pytest.raises(ValueError, match=r"supervised is True, but the env's info has no 'answer'"):
        agent(left_then_right(4, tells=False), supervised=True).learn(20)
    env = left_then_right(4)
    env.get_attr("game")[0].not_yet = 1
    env.env.unwrapped.not_yet = 1
    with pytest.raises(ValueError, match="not_yet is 1; it must be the last of the 3 actions"):
        agent(env).learn(20)
    with pytest.raises(ValueError, match="waiting is 1; it must be a probability"):
        agent(left_then_right(4), policy_kwargs={**TINY, "waiting": 1})


def test_at_first_it_waits_as_often_as_it_is_told(agent, tmp_path):
    model = agent(left_then_right(4), policy_kwargs={**TINY, "waiting": 0.8})
    obs = {key: th.as_tensor(x) for key, x in model.env.reset().items()}
    distribution, _, _ = model.policy.look(obs, model.policy.start_states(4), th.ones(4))
    assert th.allclose(distribution.action.probs[:, 2], th.tensor(0.8), atol=0.02)
    model.save(tmp_path / "model")
    again = REINFORCE.load(tmp_path / "model", device="cpu")
    assert again.policy.waiting == 0.8
    assert all(th.equal(a, b) for a, b in zip(model.policy.parameters(), again.policy.parameters(), strict=True))


def test_the_network_reads_how_far_it_is(agent):
    model = agent(left_then_right(4))
    obs = {key: th.as_tensor(x) for key, x in model.env.reset().items()}
    features = model.policy.extract_features(obs)
    further = {**obs, "progress": obs["progress"].roll(1, dims=1)}
    assert not th.allclose(model.policy.extract_features(further), features)
    assert model.policy.features_extractor.condense(obs)["progress"].equal(obs["progress"])


def test_stock_recurrent_ppo_takes_it():
    env = left_then_right(4)
    model = RecurrentPPO(GlimpsePolicy, env, n_steps=10, batch_size=20, n_epochs=1, device="cpu", seed=0, policy_kwargs=TINY)
    before = model.policy.features_extractor.glimpse_network.from_known.weight.detach().clone()
    assert model.learn(40).num_timesteps == 40
    assert not th.equal(before, model.policy.features_extractor.glimpse_network.from_known.weight)


def score(model: REINFORCE, env) -> tuple[float, float]:
    """Share of episodes in which both are right, and mean looks, of greedy play."""
    env.seed(99)
    obs, state, starts = env.reset(), None, np.ones(env.num_envs, dtype=bool)
    for _ in range(env.get_attr("episode_length")[0]):
        actions, state = model.predict(obs, state, starts, deterministic=True)
        obs, _, starts, infos = env.step(actions)
    return np.mean([info["right"] == 2 for info in infos]), np.mean([info["looks"] for info in infos])


@pytest.mark.slow
def test_it_learns_to_look_to_name_and_to_wait(agent):
    """Each side is seen only by a look at it, and the first look is blind. So an agent that knows both has looked three times."""
    env = left_then_right(64)
    model = agent(env, learning_rate=5e-3, ent_coef=lambda left: 0.05 * left)
    before, _ = score(model, left_then_right(200))
    model.learn(400 * 64 * 5)
    right, looks = score(model, left_then_right(200))
    assert before < 0.4
    assert right > 0.95
    assert looks >= 2.9


@pytest.mark.slow
def test_a_price_makes_it_stop_early(agent):
    """
    Three looks find both answers and earn 2 less three prices. Two looks guess the first answer: half of the time both are right,
    so they earn 1 less two prices. That is more from a price of 1 on.
    """
    looks = {}
    for price in (0.6, 1.5):
        model = agent(left_then_right(64, look_price=price), learning_rate=5e-3, ent_coef=lambda left: 0.05 * left)
        model.learn(300 * 64 * 5)
        looks[price] = score(model, left_then_right(200))[1]
    assert looks[0.6] > 2.9
    assert looks[1.5] < 2.1
