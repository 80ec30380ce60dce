"""REINFORCE for recurrent policies: its loss against independent computations, and what it asks of env and policy."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor

from saccade.agents import REINFORCE, NonFiniteLossError
from saccade.agents.updates.acceleration import has_bfloat16
from saccade.envs import GymnasiumVecEnv

SMALL = {"lstm_hidden_size": 6, "net_arch": [5]}
SHARED = {"shared_lstm": True, "enable_critic_lstm": False}


def reorder(n_envs: int = 3, **arguments) -> GymnasiumVecEnv:
    return GymnasiumVecEnv(gym.make_vec("saccade/Reorder-v0", num_envs=n_envs, **{"length": 4, "symbols": 5, **arguments}))


def agent(env, policy="MlpLstmPolicy", policy_kwargs=None, **arguments) -> REINFORCE:
    arguments = {"autocast": False, **arguments}
    return REINFORCE(policy, env, seed=0, device="cpu", policy_kwargs={**SMALL, **(policy_kwargs or {})}, **arguments)


class Last(BaseCallback):
    """Keeps the latest episodes, and their loss and its gradients just before the update."""

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        self.episodes = self.model._episodes
        self.weights = {name: x.detach().clone() for name, x in self.model.policy.state_dict().items()}
        self.loss = self.model.loss(self.episodes)
        parameters = list(self.model.policy.parameters())
        self.gradients = th.autograd.grad(self.loss, parameters, allow_unused=True, materialize_grads=True)


def step_by_step(policy, episodes) -> tuple[th.Tensor, th.Tensor, th.Tensor]:
    """Logits (T, N, A), values (T, N) and entropies, one step at a time through sb3-contrib's ``forward`` parts."""
    count = len(episodes.rewards[0])
    states = tuple(th.zeros(policy.lstm_actor.num_layers, count, policy.lstm_actor.hidden_size) for _ in range(2))
    of_actor, of_critic, logits, values = states, states, [], []
    for t, seen in enumerate(episodes.seen):
        starts = th.full((count,), float(t == 0))
        features = policy.extract_features(seen)
        latent, of_actor = policy._process_sequence(features, of_actor, starts, policy.lstm_actor)
        if policy.lstm_critic is None:
            below = latent.detach()
        else:
            below, of_critic = policy._process_sequence(features, of_critic, starts, policy.lstm_critic)
        logits.append(policy.action_net(policy.mlp_extractor.forward_actor(latent)).log_softmax(1))
        values.append(policy.value_net(policy.mlp_extractor.forward_critic(below))[:, 0])
    found = th.stack(logits)
    return found, th.stack(values), -(found.exp() * found).sum(2)


@pytest.mark.parametrize("policy", ["MlpLstmPolicy", "MlpGruPolicy"])
@pytest.mark.parametrize("memory", [{}, SHARED])
def test_the_loss_with_answers_equals_a_sum_over_steps(policy, memory):
    model = agent(reorder(), policy, memory, gamma=0.9, reinforce_coef=0.4, vf_coef=0.3, ent_coef=0.05)
    last = Last()
    model.learn(2 * 3 * 8, last)
    assert model._n_updates == 2
    model.policy.load_state_dict(last.weights)
    logits, values, entropies = step_by_step(model.policy, last.episodes)
    answers, actions, rewards = (th.stack(getattr(last.episodes, name)) for name in ("answers", "actions", "rewards"))
    returns = th.stack([sum(0.9 ** (later - t) * rewards[later] for later in range(t, 8)) for t in range(8)])
    advantage = (returns - values).detach()
    advantage = advantage / (advantage.std(unbiased=False) + 1e-8)
    supervised, reinforced, bonus, steps = 0.0, 0.0, 0.0, 0
    for t in range(8):
        for i in range(3):
            if answers[t, i] >= 0:
                supervised = supervised - logits[t, i, answers[t, i]]
                steps += 1
            else:
                reinforced = reinforced - logits[t, i, actions[t, i]] * advantage[t, i]
                bonus = bonus + entropies[t, i]
    expected = supervised / steps + 0.4 * (reinforced - 0.05 * bonus) / (24 - steps) + 0.3 * ((values - returns) ** 2).mean()
    assert 0 < steps <= 12
    assert last.loss.item() == pytest.approx(expected.item(), abs=1e-5)
    slopes = th.autograd.grad(expected, list(model.policy.parameters()), allow_unused=True, materialize_grads=True)
    for ours, theirs in zip(last.gradients, slopes, strict=True):
        assert th.allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("supervised", [False, None])
def test_without_answers_it_is_reinforce_at_every_step(supervised):
    env = reorder() if supervised is False else pendulum()
    model = agent(env, supervised=supervised, gamma=1.0, vf_coef=0.0, normalize_advantage=False, reinforce_coef=0.1)
    last = Last()
    model.learn(1, last)
    assert last.episodes.answers == [None] * len(last.episodes.actions)
    model.policy.load_state_dict(last.weights)
    rewards = th.stack(last.episodes.rewards)
    returns = rewards.flip(0).cumsum(0).flip(0)
    seen, actions = th.stack(last.episodes.seen, 1), th.stack(last.episodes.actions, 1)
    states, log_probs, values = None, [], []
    for t in range(len(rewards)):  # one step at a time, in the form of `forward`
        starts = th.full((rewards.shape[1],), float(t == 0))
        states = states or model._last_lstm_states
        found, log_prob, _ = model.policy.evaluate_actions(seen[:, t], actions[:, t], states, starts)
        states = model.policy.forward(seen[:, t], states, starts)[3]
        log_probs.append(log_prob)
        values.append(found[:, 0])
    expected = -(th.stack(log_probs) * (returns - th.stack(values)).detach()).mean()
    assert last.loss.item() == pytest.approx(expected.item(), rel=1e-4)


def pendulum() -> DummyVecEnv:
    """Continuous actions, whose episodes here have 5 steps."""
    return DummyVecEnv([lambda: gym.make("Pendulum-v1", max_episode_steps=5)] * 2)


def test_answers_belong_to_the_observation_that_they_are_the_answer_to():
    """With delay 0 the answer is the symbol on the screen, also in the first frame, behind a wrapper and in later episodes."""
    env = gym.make_vec("saccade/CopyRecall-v0", num_envs=4, delay=0, length=3, symbols=4)
    model = agent(VecMonitor(GymnasiumVecEnv(env)))
    last = Last()
    for _ in range(2):
        model.learn(2 * 12, last, reset_num_timesteps=False)
        for seen, answers in zip(last.episodes.seen, last.episodes.answers, strict=True):
            assert th.equal(seen[:, 0, 0].float().argmax(1) // 2, answers)  # bars of two pixels


def test_a_restored_env_has_the_first_answers_of_the_saved_model(tmp_path):
    def of(n_envs=3):
        return GymnasiumVecEnv(gym.make_vec("saccade/CopyRecall-v0", num_envs=n_envs, delay=0, length=3))

    model = agent(of())
    model.learn(2 * 9)
    model.save(tmp_path / "model")
    loaded, env = REINFORCE.load(tmp_path / "model", device="cpu"), of()
    env.restore_state(model.env.save_state())
    last_obs = model._last_obs.copy()
    for each, its in ((model, model.env), (loaded, env)):
        each.set_env(its, force_reset=False)
        each._last_obs = last_obs
        th.manual_seed(0)
        each.learn(9, reset_num_timesteps=False)
    for ours, theirs in zip(model.policy.parameters(), loaded.policy.parameters(), strict=True):
        assert th.equal(ours, theirs)
    assert loaded._n_updates == 3


def test_the_same_seed_gives_the_same_weights_and_a_loaded_model_trains_on(tmp_path):
    def trained():
        return agent(reorder(seed_of := 2), "MlpGruPolicy", SHARED).learn(seed_of * 8 * 3)

    model, again = trained(), trained()
    for ours, theirs in zip(model.policy.parameters(), again.policy.parameters(), strict=True):
        assert th.equal(ours, theirs)
    model.save(tmp_path / "model")
    loaded = REINFORCE.load(tmp_path / "model", env=reorder(5), device="cpu")  # another number of envs
    obs = reorder(2).reset()
    assert (loaded.predict(obs, deterministic=True)[0] == model.predict(obs, deterministic=True)[0]).all()
    loaded.learn(5 * 8, reset_num_timesteps=False)
    assert loaded._n_updates == 4


def test_it_learns_to_copy():
    model = agent(reorder(64, order="copy", length=2, symbols=3), policy_kwargs={**SHARED, "lstm_hidden_size": 32},
                  learning_rate=1e-2, reinforce_coef=0.0)  # fmt: skip
    env = reorder(100, order="copy", length=2, symbols=3)
    before, after = right(model, env), right(model.learn(120 * 64 * 4), env)
    assert before < 0.7
    assert after > 0.97


def right(model, env) -> float:
    """Fraction of right answers of greedy play."""
    env.seed(99)
    obs, states, starts, score = env.reset(), None, np.ones(env.num_envs, dtype=bool), 0.0
    for _ in range(4):
        actions, states = model.predict(obs, states, starts, deterministic=True)
        obs, rewards, starts, _ = env.step(actions)
        score += rewards.mean() / 2
    return score


class Says(gym.Env):
    """Three steps; a given answer, or none."""

    observation_space = spaces.Dict({"x": spaces.Box(-1, 1, (2,), np.float32), "n": spaces.Discrete(3)})

    def __init__(self, actions, answer, lengths=(3,)):
        self.action_space, self.answer, self.lengths = actions, answer, lengths

    def _seen(self):
        return self.observation_space.sample(), {} if self.answer is None else {"answer": self.answer}

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        return self._seen()

    def step(self, action):
        self.t += 1
        seen, info = self._seen()
        return seen, 1.0, self.t == self.lengths[0], False, info


TWO = spaces.Discrete(2)


@pytest.mark.parametrize("actions", [TWO, spaces.MultiDiscrete([2, 3]), spaces.MultiBinary(2), spaces.Box(-1, 1, (2,), np.float32)])
def test_dict_observations_and_all_actions(actions):
    env = DummyVecEnv([lambda: Says(actions, 1)] * 2)
    model = agent(env, "MultiInputGruPolicy").learn(12)
    assert model._n_updates == 2


@pytest.mark.parametrize(
    ("actions", "answer", "supervised", "message"),
    [
        (TWO, None, True, "supervised is True, but the env's info has no 'answer'"),
        (TWO, 2, None, r"info\['answer'\] must be an action, from 0 to 1"),
        (spaces.MultiBinary(2), 1, True, "answers are for Discrete actions"),
    ],
)
def test_answers_that_cannot_be_learned_from(actions, answer, supervised, message):
    with pytest.raises(ValueError, match=message):
        agent(DummyVecEnv([lambda: Says(actions, answer)] * 2), "MultiInputLstmPolicy", supervised=supervised).learn(6)


def test_episodes_of_different_lengths_are_refused():
    env = DummyVecEnv([lambda: Says(TWO, 1, (2,)), lambda: Says(TWO, 1, (3,))])
    with pytest.raises(ValueError, match=r"same length.*RecurrentPPO with this policy"):
        agent(env, "MultiInputLstmPolicy").learn(6)


@pytest.mark.parametrize(
    ("policy", "arguments", "message"),
    [
        ("MlpLstmPolicy", {"gaze_samples": 2}, "has no gaze; leave it out"),
        ("MlpLstmPolicy", {"policy_kwargs": {"use_sde": True}}, "takes no use_sde"),
        ("MlpPolicy", {}, "unknown"),
    ],
)
def test_what_is_refused(policy, arguments, message):
    with pytest.raises(ValueError, match=message):
        agent(reorder(2), policy, **arguments)


def test_broken_weights_are_found_before_they_act_and_are_not_saved(tmp_path):
    model = agent(reorder())
    with th.no_grad():
        model.policy.action_net.bias[0] = float("nan")
    with pytest.raises(NonFiniteLossError):
        model.learn(24)
    with pytest.raises(NonFiniteLossError):
        model.save(tmp_path / "model")


def test_callbacks_see_the_memory_as_in_recurrent_ppo():
    class Watch(BaseCallback):
        def _on_step(self) -> bool:
            states = self.locals["lstm_states"]
            self.seen = [tuple(part.shape) for pair in (states.pi, states.vf) for part in pair]
            return True

    watch = Watch()
    agent(reorder()).learn(24, watch)
    assert watch.seen == [(1, 3, 6)] * 4


def test_one_fused_pass_over_all_steps(monkeypatch):
    """The LSTM is called once a step in play, and once for the loss."""
    model = agent(reorder(), policy_kwargs=SHARED)
    lengths, forward = [], model.policy.lstm_actor.forward
    monkeypatch.setattr(
        model.policy.lstm_actor, "forward", lambda steps, states: lengths.append(len(steps)) or forward(steps, states)
    )
    model.learn(24)
    assert lengths == [1] * 8 + [8]


@pytest.mark.skipif(not has_bfloat16(th.device("cpu")), reason="torch's LSTM needs a processor with bfloat16 for it")
def test_the_memory_is_float32_under_autocast_so_that_it_can_be_saved():
    model = agent(reorder(), autocast=True)
    model.learn(24)
    states = model._last_lstm_states
    assert [part.dtype for pair in (states.pi, states.vf) for part in pair] == [th.float32] * 4


def test_a_processor_without_bfloat16_is_told_before_the_first_step(monkeypatch):
    monkeypatch.setattr("saccade.agents.episodic.given.has_bfloat16", lambda device: False)
    with pytest.raises(ValueError, match=r"the device cpu has no instructions for bfloat16, .*; leave autocast out"):
        agent(reorder(), autocast=True)
    agent(reorder(), autocast=None)
