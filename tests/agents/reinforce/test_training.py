"""Training with REINFORCE: one forward pass, schedules, callbacks, save and load, learning."""

import pytest
import torch as th
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.utils import LinearSchedule

from saccade.agents import REINFORCE


@pytest.mark.parametrize("learnt", [False, True])
def test_the_gaze_starts_with_the_algorithms_standard_deviation(learnt, digits):
    model = REINFORCE("GlimpsePolicy", digits(), gaze_std=0.4, policy_kwargs={"learn_gaze_std": learnt})
    assert model.policy.log_std.exp().item() == pytest.approx(0.4)
    assert model.policy.log_std.requires_grad == learnt


def test_one_forward_pass_per_step(monkeypatch, digits):
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
def test_learns_where_to_look(tells, tiles, far_right, reinforce):
    env = far_right(3, tells, n_envs=64, tiles=tiles)
    model = reinforce(env, learning_rate=5e-3, gaze_std=0.3, ent_coef=0.01, gamma=1.0)
    before, _ = evaluate_policy(model, env, 128)
    model.learn(64 * 3 * (150 if tells else 300))
    after, _ = evaluate_policy(model, env, 128)
    assert before < 0.7
    assert after > 0.95


def test_predict_during_an_episode_does_not_change_training(digits):
    class Ask(BaseCallback):
        def _on_step(self) -> bool:
            self.model.predict(self.model._last_obs, deterministic=True)
            return True

    def weights(callback):
        model = REINFORCE("GlimpsePolicy", digits(), seed=3, device="cpu", autocast=False, policy_kwargs={"detach_gaze": True})
        return th.cat([p.flatten() for p in model.learn(8 * 3 * 4, callback=callback).policy.parameters()])

    assert th.equal(weights(None), weights(Ask()))


def test_same_seed_same_weights(digits):
    def weights():
        model = REINFORCE("GlimpsePolicy", digits(), seed=3, device="cpu", autocast=False)
        model.learn(8 * 3 * 4)
        return th.cat([p.flatten() for p in model.policy.parameters()])

    assert th.equal(weights(), weights())


def test_a_loaded_model_has_the_same_state_and_trains_on(tmp_path, digits):
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
    assert REINFORCE.load(tmp_path / "agent", device="cpu").n_envs == 8  # a model without an env can act


def test_a_callback_can_stop_training_during_an_episode(digits):
    class Stop(BaseCallback):
        def _on_step(self) -> bool:
            return self.num_timesteps < 8 * 4

    env = digits()
    model = REINFORCE("GlimpsePolicy", env, seed=0, device="cpu").learn(8 * 3 * 10, callback=Stop())
    assert model.num_timesteps == 8 * 4
    assert model._n_updates == 1
    model.learn(8 * 3, reset_num_timesteps=False)  # starts with a new episode
    assert model._n_updates == 2


def test_schedules_fall_over_the_run(digits):

    stds = []

    class Watch(BaseCallback):
        def _on_rollout_end(self) -> None:
            stds.append(self.model.policy.log_std.exp().item())

        def _on_step(self) -> bool:
            return True

    REINFORCE("GlimpsePolicy", digits(), device="cpu", gaze_std=LinearSchedule(0.4, 0.0, 1.0)).learn(8 * 3 * 4, callback=Watch())
    assert stds == pytest.approx([0.4, 0.3, 0.2, 0.1], rel=1e-4)
