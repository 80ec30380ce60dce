"""REINFORCE: its gradient against exact enumeration, what it is trained by, one pass, SB3's ways, learning, bad input."""

import itertools

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from sb3_contrib.ppo_recurrent.policies import MultiInputLstmPolicy
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import VecNormalize

from saccade.agents import REINFORCE, NonFiniteLossError
from saccade.agents.reinforce import Episodes
from saccade.envs import GymnasiumVecEnv, VectorGazeWrapper
from saccade.envs.tasks.fixed_length_envs import FixedLengthGame, FixedLengthVectorEnv

EAR = {
    "features_extractor_kwargs": {"size": 2, "scales": 1, "network": "fc", "what_dim": 16, "where_dim": 8},
    "lstm_hidden_size": 16,
    "gaze_hidden": 16,
}


class FarRight(FixedLengthGame):
    """A 4x8 image, black but for its right half, which is dark or bright; the last action says which, for a reward of 1."""

    def __init__(self, length: int = 2, tells: bool = True) -> None:
        self.observation_space = spaces.Box(0, 255, (1, 4, 8), np.uint8)
        self.action_space = spaces.Discrete(2)
        self.length, self.draws, self.device, self.tells = length, 1, th.device("cpu"), tells

    def begin(self, uniforms, seeds, episodes):
        self.label = (uniforms[:, 0] < 0.5).long()

    def play(self, actions, last):
        return ((actions == self.label) & last).float()

    def images(self):
        images = th.zeros(len(self.label), 1, 4, 8, dtype=th.uint8)
        images[..., 4:] = (60 + 150 * self.label)[:, None, None, None].to(th.uint8)
        return images

    def info(self):
        return {"label": self.label} if self.tells else {}


def make(length=2, tells=True, n_envs=1, tiles=(1, 2), copies=1, **arguments) -> GymnasiumVecEnv:
    game = FixedLengthVectorEnv(n_envs, FarRight(length, tells), copies)
    return GymnasiumVecEnv(RecordEpisodeStatistics(VectorGazeWrapper(game, tiles, first=(-0.5, 0.0), **arguments)))


def agent(env, **arguments) -> REINFORCE:
    arguments.setdefault("policy_kwargs", EAR)
    return REINFORCE("GlimpsePolicy", env, seed=0, device="cpu", autocast=False, **arguments)


def digits(n_envs=8, **arguments):
    env = gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=n_envs, dataset="digits", glimpses=3, **arguments)
    return GymnasiumVecEnv(RecordEpisodeStatistics(VectorGazeWrapper(env)))


def followed(model: REINFORCE, actions: list[tuple[int, int]], label: int, tells: bool) -> tuple[Episodes, th.Tensor, th.Tensor]:
    """One episode in which the given actions are taken; with log-probabilities (T,) that keep their graph and rewards (T,)."""
    image = th.zeros(1, 1, 4, 8, dtype=th.uint8)
    image[..., 4:] = 60 + 150 * label
    gaze, states, episodes, log_probs, rewards = th.tensor([[-0.5, 0.0]]), model.policy.start_states(1), Episodes(), [], []
    for t, (doing, tile) in enumerate(actions):
        distribution, values, states = model.policy.look({"image": image, "gaze": gaze}, states, th.tensor([float(t == 0)]))
        taken = th.tensor([[doing, tile]])
        episodes.add(distribution, taken, values)
        last = t == len(actions) - 1
        rewards.append(float(doing == label and last))
        episodes.rewards.append(th.tensor([rewards[-1]]))
        log_probs.append(distribution.log_prob(taken)[0])
        gaze = th.tensor([[(-0.5, 0.5)[tile], 0.0]])
    episodes.labels = th.tensor([label]) if tells else None
    return episodes, th.stack(log_probs), th.tensor(rewards)


def gradients(loss: th.Tensor, parameters) -> list[th.Tensor]:
    return th.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True, materialize_grads=True)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_gradient_from_reward_alone_against_enumeration(length):
    """The expected gradient of the loss is minus that of the expected return, a step's share of it, exactly."""
    model = agent(make(length, tells=False), gamma=1.0, vf_coef=0.0, normalize_advantage=False)
    with th.no_grad():
        for parameter in model.policy.parameters():  # away from the symmetric start, baseline included
            parameter += 0.3 * th.randn_like(parameter)
    parameters = [p for p in model.policy.parameters() if p.requires_grad]
    expected_return, estimated = th.zeros(()), [th.zeros_like(p) for p in parameters]
    choices = list(itertools.product(range(2), range(2)))
    for actions in itertools.product(choices, repeat=length):
        episodes, log_probs, rewards = followed(model, list(actions), label=1, tells=False)
        probability = log_probs.sum().exp()
        expected_return = expected_return + probability * rewards.sum()
        for total, gradient in zip(estimated, gradients(model.loss(episodes), parameters), strict=True):
            total += probability.detach() * gradient
    exact = gradients(expected_return, parameters)
    assert max(gradient.abs().max() for gradient in exact) > 1e-3
    for ours, truth in zip(estimated, exact, strict=True):
        assert th.allclose(ours, -truth / length, atol=2e-6)


def test_gradient_of_the_gaze_with_labels_against_enumeration():
    """Gains and final reward, as the hybrid loss has them, enumerated over gazes and answers."""
    length, coefficient = 3, 0.25
    model = agent(make(length), gamma=1.0, reinforce_coef=coefficient, gain_coef=0.7, normalize_advantage=False)
    with th.no_grad():
        for parameter in model.policy.parameters():
            parameter += 0.3 * th.randn_like(parameter)
    parameters = list(model.policy.gaze_net.parameters())
    worth, estimated = th.zeros(()), [th.zeros_like(p) for p in parameters]
    for actions in itertools.product(list(itertools.product(range(2), range(2))), repeat=length):
        episodes, log_probs, rewards = followed(model, list(actions), label=0, tells=True)
        likelihoods = th.stack([logits.log_softmax(1)[0, 0] for logits in episodes.action_logits]).detach()
        gained = 0.7 * likelihoods.diff().clamp(-2, 2).sum() + rewards.sum()
        probability = log_probs.sum().exp()
        worth = worth + probability * gained
        for total, gradient in zip(estimated, gradients(model.loss(episodes), parameters), strict=True):
            total += probability.detach() * gradient
    for ours, truth in zip(estimated, gradients(worth, parameters), strict=True):
        assert th.allclose(ours, -coefficient * truth / length, atol=2e-6)
    assert estimated[0].abs().max() > 1e-5


def test_with_labels_the_answers_come_from_cross_entropy_alone():
    model = agent(make(2), vf_coef=0.0, ent_coef=0.5)  # unsure answers are not rewarded
    episodes, _, _ = followed(model, [(0, 1), (1, 0)], label=0, tells=True)
    logits = th.cat(episodes.action_logits)
    expected = th.nn.functional.cross_entropy(logits[1:], th.tensor([0])) + 0.3 * th.nn.functional.cross_entropy(
        logits[:1], th.tensor([0])
    )
    head = list(model.policy.action_net.parameters())
    for ours, truth in zip(gradients(model.loss(episodes), head), gradients(expected, head), strict=True):
        assert th.allclose(ours, truth, atol=1e-7)


@pytest.mark.parametrize("tells", [False, True])
def test_entropy_of_what_reinforce_trains_and_not_of_the_last_gaze(tells):
    plain, curious = (agent(make(2, tells=tells), ent_coef=weight) for weight in (0.0, 0.5))
    curious.policy.load_state_dict(plain.policy.state_dict())
    losses = [model.loss(followed(model, [(0, 1), (1, 0)], label=0, tells=tells)[0]) for model in (plain, curious)]
    played = followed(plain, [(0, 1), (1, 0)], label=0, tells=tells)[0]
    gazes, actions = (sum(x.item() for x in part) for part in (played.gaze_entropies[:1], played.action_entropies))
    expected = 0.5 * (gazes + (0 if tells else actions)) / 2  # a mean over the steps
    assert (losses[0] - losses[1]).item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("learnt", [False, True])
def test_the_gaze_starts_with_the_algorithms_deviation(learnt):
    model = REINFORCE("GlimpsePolicy", digits(), gaze_std=0.4, policy_kwargs={"learn_gaze_std": learnt})
    assert model.policy.log_std.exp().item() == pytest.approx(0.4)
    assert model.policy.log_std.requires_grad == learnt


def test_nothing_is_computed_twice(monkeypatch):
    env = digits()
    model = REINFORCE("GlimpsePolicy", env, seed=0, device="cpu")
    calls = []
    forward = type(model.policy.features_extractor).forward
    monkeypatch.setattr(
        type(model.policy.features_extractor),
        "forward",
        lambda self, *given, **named: calls.append(1) or forward(self, *given, **named),
    )
    model.learn(8 * 3 * 5)
    assert len(calls) == 3 * 5
    assert model._n_updates == 5


@pytest.mark.parametrize(("tells", "tiles"), [(True, (1, 2)), (True, None), (False, (1, 2))])
def test_learns_where_to_look(tells, tiles):
    env = make(3, tells, n_envs=64, tiles=tiles)
    model = agent(env, learning_rate=5e-3, gaze_std=0.3, ent_coef=0.01, gamma=1.0)
    before, _ = evaluate_policy(model, env, 128)
    model.learn(64 * 3 * (150 if tells else 300))
    after, _ = evaluate_policy(model, env, 128)
    assert before < 0.7
    assert after > 0.95


def test_evaluation_amid_an_episode_changes_nothing():
    class Ask(BaseCallback):
        def _on_step(self) -> bool:
            self.model.predict(self.model._last_obs, deterministic=True)
            return True

    def weights(callback):
        model = REINFORCE("GlimpsePolicy", digits(), seed=3, device="cpu", autocast=False, policy_kwargs={"detach_gaze": True})
        return th.cat([p.flatten() for p in model.learn(8 * 3 * 4, callback=callback).policy.parameters()])

    assert th.equal(weights(None), weights(Ask()))


def test_labels_out_of_range():
    class Wrong(FarRight):
        def info(self):
            return {"label": self.label + 1}

    env = GymnasiumVecEnv(VectorGazeWrapper(FixedLengthVectorEnv(8, Wrong()), (1, 2)))
    with pytest.raises(ValueError, match="from 0 to 1"):
        agent(env).learn(16)


def test_same_seed_same_run():
    def weights():
        model = REINFORCE("GlimpsePolicy", digits(), seed=3, device="cpu", autocast=False)
        model.learn(8 * 3 * 4)
        return th.cat([p.flatten() for p in model.policy.parameters()])

    assert th.equal(weights(), weights())


def test_saved_loaded_and_trained_on(tmp_path):
    env = digits()
    model = REINFORCE("GlimpsePolicy", env, seed=0, device="cpu", learning_rate=1e-3, gaze_std=0.2, ent_coef=0.01)
    model.learn(8 * 3 * 2)
    model.save(tmp_path / "agent")
    loaded = REINFORCE.load(tmp_path / "agent", env=env, device="cpu")
    env.seed(1)
    obs = env.reset()
    assert (model.predict(obs, deterministic=True)[0] == loaded.predict(obs, deterministic=True)[0]).all()
    for group, other in zip(
        model.policy.optimizer.state_dict()["state"].values(), loaded.policy.optimizer.state_dict()["state"].values(), strict=True
    ):
        assert th.equal(group["exp_avg"], other["exp_avg"])
    loaded.learn(8 * 3 * 2, reset_num_timesteps=False)
    assert loaded.num_timesteps == 8 * 3 * 4
    assert REINFORCE.load(tmp_path / "agent", device="cpu").n_envs == 8  # without an env, to act


def test_a_callback_may_stop_amid_an_episode():
    class Stop(BaseCallback):
        def _on_step(self) -> bool:
            return self.num_timesteps < 8 * 4

    env = digits()
    model = REINFORCE("GlimpsePolicy", env, seed=0, device="cpu").learn(8 * 3 * 10, callback=Stop())
    assert model.num_timesteps == 8 * 4
    assert model._n_updates == 1
    model.learn(8 * 3, reset_num_timesteps=False)  # begins with an episode of its own
    assert model._n_updates == 2


def test_schedules_fall_over_the_run():
    from stable_baselines3.common.utils import LinearSchedule

    stds = []

    class Watch(BaseCallback):
        def _on_rollout_end(self) -> None:
            stds.append(self.model.policy.log_std.exp().item())

        def _on_step(self) -> bool:
            return True

    REINFORCE("GlimpsePolicy", digits(), device="cpu", gaze_std=LinearSchedule(0.4, 0.0, 1.0)).learn(8 * 3 * 4, callback=Watch())
    assert stds == pytest.approx([0.4, 0.3, 0.2, 0.1], rel=1e-4)


def test_several_samples_of_each_image():
    REINFORCE("GlimpsePolicy", digits(copies=4), gaze_samples=4, device="cpu").learn(8 * 3)
    model = REINFORCE("GlimpsePolicy", digits(), gaze_samples=4, device="cpu")
    with pytest.raises(ValueError, match="copies=4"):
        model.learn(8 * 3)


def test_episodes_of_other_lengths_are_refused():
    vector = FixedLengthVectorEnv(2, FarRight())

    class Stopper(gym.vector.VectorWrapper):
        def step(self, actions):
            images, rewards, ended, cut, info = self.env.step(actions)
            ended = np.array([True, False])
            info.setdefault("final_obs", images)
            return images, rewards, ended, cut, info

    model = agent(GymnasiumVecEnv(VectorGazeWrapper(Stopper(vector), (1, 2))))
    with pytest.raises(ValueError, match="same length"):
        model.learn(4)


def test_labels_that_are_not_there():
    with pytest.raises(ValueError, match="no 'label'"):
        agent(make(tells=False), supervised=True).learn(2)
    model = agent(make(tells=True), supervised=False)
    model.learn(2)
    assert model._n_updates == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"gaze_samples": 0},
        {"gaze_samples": 3},
        {"gaze_std": 0.0},
        {"vf_coef": -1},
        {"gain_limit": -1},
        {"policy_kwargs": {"gaze_std": 0.3}},
    ],
)
def test_bad_numbers(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        agent(make(n_envs=2), **arguments)


def test_envs_and_policies_that_do_not_fit():
    with pytest.raises(AssertionError, match="action spaces"):
        REINFORCE("GlimpsePolicy", "CartPole-v1")
    with pytest.raises(ValueError, match="not RecurrentMultiInput"):
        REINFORCE(MultiInputLstmPolicy, digits())
    with pytest.raises(ValueError, match="norm_obs=False"):
        REINFORCE("GlimpsePolicy", VecNormalize(digits()))
    REINFORCE("GlimpsePolicy", VecNormalize(digits(), norm_obs=False)).learn(24)
    with pytest.raises(ValueError, match="unknown"):
        REINFORCE("MlpPolicy", digits())


@pytest.mark.parametrize("tiles", [(1, 2), None])
@pytest.mark.parametrize("head", ["value_net", "action_net", "gaze_net"])
def test_a_spoilt_network_is_not_saved(tmp_path, head, tiles):
    model = agent(make(tiles=tiles))
    with th.no_grad():
        list(getattr(model.policy, head).parameters())[-1].fill_(float("nan"))  # a bias of its last layer
    with pytest.raises(NonFiniteLossError):
        model.learn(4)
    with pytest.raises(NonFiniteLossError):
        model.save(tmp_path / "agent")
    assert not list(tmp_path.iterdir())
