"""A gaze that learns from a teacher: the loss, PQN with it, and who refuses it."""

import math

import numpy as np
import pytest
import torch as th
from gymnasium import Env, spaces
from stable_baselines3.common.buffers import DictReplayBuffer
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor

from saccade.agents import PQN, DoubleDQN
from saccade.agents.taught_gaze import NONE, imitation_loss, lessons_in
from saccade.envs import GazeWrapper
from saccade.policies import GlimpseDuelingPolicy, q_of_actions

KWARGS = {"hidden_width": 16, "features_extractor_kwargs": {"size": 4, "scales": 2, "features_dim": 16, "network": "fc"}}


class ToAndFro(Env):
    """A bright half, left and right by turns, for ten steps. No action matters."""

    observation_space = spaces.Box(0, 255, (1, 40, 40), np.uint8)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.right, self.steps = int(self.np_random.integers(2)), 0
        return self._image(), {}

    def step(self, action):
        self.right, self.steps = 1 - self.right, self.steps + 1
        return self._image(), 0.0, self.steps == 10, False, {}

    def _image(self) -> np.ndarray:
        image = np.zeros((1, 40, 40), np.uint8)
        image[:, :, 20 * self.right : 20 * self.right + 20] = 255
        return image


def bright(images: np.ndarray) -> np.ndarray:
    """The middle of the bright half."""
    return np.stack([np.where(images[:, 0, 0, 30] > 0, 0.5, -0.5), np.zeros(len(images))], axis=1)


def envs(*taught) -> DummyVecEnv:
    return VecMonitor(DummyVecEnv([lambda kind=kind: GazeWrapper(ToAndFro(), tiles=(1, 2), taught=kind) for kind in taught]))


def pqn(env, n_steps: int = 8, **kwargs) -> PQN:
    exact = {"seed": 0, "device": "cpu", "compile": False, "autocast": False}
    return PQN(GlimpseDuelingPolicy, env, n_steps=n_steps, batch_size=8, policy_kwargs=KWARGS, **exact, **kwargs)


def test_loss_by_hand():
    # Equal logits: log 3. A logit that is higher by log 2 than the other two: its share is 2 / 4.
    logits = th.tensor([[0.0, 0.0, 0.0], [math.log(2), 0.0, 0.0], [9.0, 0.0, 0.0]])
    lessons = th.tensor([1, 0, NONE])
    assert imitation_loss(logits, lessons).item() == pytest.approx((math.log(3) + math.log(2)) / 2)


def test_loss_against_its_formula():
    logits, lessons = th.randn(20, 5), th.randint(5, (20,))
    expected = -(logits - logits.logsumexp(1, keepdim=True))[range(20), lessons].mean()
    assert th.allclose(imitation_loss(logits, lessons), expected, atol=1e-6)


def test_no_lessons_are_no_loss_and_no_gradient():
    logits = th.randn(4, 3, requires_grad=True)
    loss = imitation_loss(logits, th.full((4,), NONE))
    loss.backward()
    assert loss.item() == 0
    assert not logits.grad.any()


def test_lessons_of_infos():
    assert lessons_in([{"gaze_lesson": 2}, {}, {"gaze_lesson": 0}]).tolist() == [2, NONE, 0]


def test_pqn_learns_to_look_where_the_teacher_looks_next(tmp_path):
    model = pqn(envs(*[bright] * 4), learning_rate=3e-3, exploration_final_eps=0.2)
    model.learn(3_000)
    assert model.policy.taught_gaze
    env = envs(*[bright] * 4)
    obs, right = env.reset(), []
    for _ in range(30):
        chosen = model.predict(obs, deterministic=True)[0]
        obs, _, _, infos = env.step(chosen)
        right.append(chosen[:, 1] == lessons_in(infos))
    assert np.mean(right) > 0.95
    model.save(tmp_path / "model")
    loaded = PQN.load(tmp_path / "model", device="cpu")
    assert loaded.policy.taught_gaze
    assert loaded.gaze_lesson_coef == model.gaze_lesson_coef
    assert np.array_equal(loaded.predict(obs, deterministic=True)[0], model.predict(obs, deterministic=True)[0])


def test_what_the_gaze_chooses_is_no_part_of_q():
    model = pqn(envs(bright, bright))
    model.learn(16)
    obs = model.policy.obs_to_tensor(model.env.reset())[0]
    value, advantage = model.q_net.value_advantage(obs)
    actions, values = model._greedy(obs)
    assert th.allclose(values, value.squeeze(1) + advantage[:, :2].amax(1), atol=1e-6)
    here, there = (q_of_actions(model.q_net(obs), th.tensor([[1, tile]] * 2), (2, 2), model.q_net.taught) for tile in (0, 1))
    assert th.equal(here, there)
    assert th.equal(actions[:, 1], advantage[:, 2:].argmax(1))


def test_without_a_teacher_the_branch_stays_as_it_was():
    model = pqn(envs(bright))
    model.learn(8)
    model.set_env(envs(None))
    before = {name: x.clone() for name, x in model.q_net.further_streams.state_dict().items()}
    model.policy.optimizer.state.clear()  # momentum of the lessons before
    model.learn(16)
    assert model.policy.taught_gaze
    assert all(th.equal(x, before[name]) for name, x in model.q_net.further_streams.state_dict().items())


def test_the_log_has_the_share_of_lessons_and_none_without_a_teacher():
    model = pqn(envs(bright, bright))
    model.set_logger(Logger(None, []))
    model.learn(16, log_interval=None)
    rollout = model.rollout_buffer
    share = np.mean(rollout.actions[:, :, 1] == rollout.lessons)
    assert model.logger.name_to_value["train/gaze_as_taught"] == pytest.approx(share)
    rollout.lessons[2:] = NONE
    model.train()
    share = np.mean(rollout.actions[:2, :, 1] == rollout.lessons[:2])
    assert model.logger.name_to_value["train/gaze_as_taught"] == pytest.approx(share)
    model.set_env(envs(None, None))
    model.set_logger(Logger(None, []))
    model.learn(16, log_interval=None)
    assert "train/learning_rate" in model.logger.name_to_value
    assert "train/gaze_as_taught" not in model.logger.name_to_value


def test_a_coefficient_of_0_teaches_nothing():
    model = pqn(envs(bright), gaze_lesson_coef=0)
    before = {name: x.clone() for name, x in model.q_net.further_streams.state_dict().items()}
    model.learn(16)
    assert all(th.equal(x, before[name]) for name, x in model.q_net.further_streams.state_dict().items())
    with pytest.raises(ValueError, match=r"gaze_lesson_coef is -1; it must be"):
        pqn(envs(bright), gaze_lesson_coef=-1)


def test_envs_of_both_kinds_are_refused():
    with pytest.raises(ValueError, match="1 of 3 envs teach the gaze; one policy learns in envs that all do, or none"):
        pqn(envs(bright, None, None)).learn(8)


def test_double_dqn_refuses_a_teacher_and_learns_in_another_env():
    exact = {"compile": False, "autocast": False, "overlap": False, "device": "cpu"}
    refused = pytest.raises(ValueError, match="DoubleDQN does not learn from a teacher of the gaze; use PQN, or leave taught= out")

    def double_dqn(env, **kwargs) -> DoubleDQN:
        return DoubleDQN(
            GlimpseDuelingPolicy,
            env,
            policy_kwargs={**KWARGS, **kwargs},
            replay_buffer_class=DictReplayBuffer,
            buffer_size=64,
            **exact,
        )

    model = double_dqn(envs(bright))
    with refused:
        model.learn(8)
    model.set_env(envs(None))
    assert model.learn(8).num_timesteps == 8
    assert "taught_gaze" not in model.policy_kwargs
    with refused:
        double_dqn(envs(None), taught_gaze=True).learn(8)
