"""With a forced gaze REINFORCE learns nothing from gazes that the agent did not make."""

import gymnasium as gym
import pytest
import torch as th
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnvWrapper, VecMonitor, VecNormalize

from saccade.agents import REINFORCE
from saccade.agents.episodic.reinforce_loss import of_own_gazes
from saccade.agents.forced_gaze import ATTRIBUTE, forced_gazes
from saccade.envs import GazeWrapper, GymnasiumVecEnv, VectorGazeWrapper
from saccade.envs.tasks.fixed_length_envs import FixedLengthEnv


class Gradients(BaseCallback):
    """Keeps the gradients of the first update's loss, and of the independent one, before the optimizer's step."""

    def __init__(self, independent):
        super().__init__()
        self.independent = independent

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        policy, episodes = self.model.policy, self.model._episodes
        names, parameters = zip(*((n, p) for n, p in policy.named_parameters() if p.requires_grad), strict=True)
        losses = self.model.loss(episodes), self.independent(self.model, episodes)
        found = [
            th.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True, materialize_grads=True) for loss in losses
        ]
        self.ours, self.truth = (dict(zip(names, grads, strict=True)) for grads in found)

    def of_gaze(self) -> list[th.Tensor]:
        """Those of the gaze head, of which there are some."""
        found = [grad for name, grad in self.ours.items() if name.startswith("gaze_net")]
        assert found
        return found


def with_labels(model, episodes) -> th.Tensor:
    """The answers' cross-entropy and the baseline, written out, without any gaze."""
    logits, labels = th.stack(episodes.action_logits), episodes.labels
    entropies = [th.nn.functional.cross_entropy(of_step, labels) for of_step in logits]
    answers = entropies[-1] + 0.3 * sum(entropies[:-1]) / len(entropies[:-1])
    returns = [sum(0.5 ** (k - t) * episodes.rewards[k] for k in range(t, len(logits))) for t in range(len(logits))]
    baseline = sum(((v - r) ** 2).mean() for v, r in zip(episodes.values, returns, strict=True)) / len(logits)
    return answers + 0.5 * baseline


def without_labels(model, episodes) -> th.Tensor:
    """REINFORCE of the answers alone, with their entropy."""
    steps = len(episodes.rewards)
    returns = [sum(0.5 ** (k - t) * episodes.rewards[k] for k in range(t, steps)) for t in range(steps)]
    excess = th.stack(returns) - th.stack(episodes.values)
    advantage = (excess / (excess.std(unbiased=False) + 1e-8)).detach()
    reinforce = -(th.stack(episodes.action_log_probs) * advantage).mean()
    return reinforce + 0.5 * (excess**2).mean() - 0.2 * th.stack(episodes.action_entropies).mean()


@pytest.mark.parametrize("tiles", [(1, 2), None])
@pytest.mark.parametrize("forced", ["random", "center"])
@pytest.mark.parametrize("tells", [True, False])
def test_the_loss_is_that_of_an_agent_without_a_gaze(far_right, reinforce, tiles, forced, tells):
    env = far_right(3, tells=tells, n_envs=6, tiles=tiles, forced=forced)
    model = reinforce(env, ent_coef=0.2)
    kept = Gradients(with_labels if tells else without_labels)
    model.learn(18, callback=kept)
    gaze_head = [name for name in kept.ours if name.startswith(("gaze_net", "log_std"))]
    assert gaze_head
    assert all((kept.ours[name] == 0).all() for name in gaze_head)
    for name, truth in kept.truth.items():
        assert th.allclose(kept.ours[name], truth, atol=1e-7), name
    assert max(grad.abs().max() for name, grad in kept.ours.items() if name.startswith("lstm")) > 1e-5


def test_an_own_gaze_does_train_the_gaze_head(far_right, reinforce):
    kept = Gradients(with_labels)
    reinforce(far_right(3, n_envs=6), ent_coef=0.2).learn(18, callback=kept)
    assert max(grad.abs().max() for grad in kept.of_gaze()) > 1e-6


def test_a_forced_gaze_leaves_the_gaze_head_as_it_was(far_right, reinforce):
    model = reinforce(far_right(3, n_envs=6, forced="random"), ent_coef=0.2)
    before = {name: value.clone() for name, value in model.policy.state_dict().items()}
    model.learn(18 * 5)
    for name, value in model.policy.state_dict().items():
        assert th.equal(value, before[name]) == name.startswith(("gaze_net", "log_std")), name


def test_only_the_forced_of_several_envs_are_left_out():
    x = th.arange(6.0).view(2, 3).requires_grad_()
    kept = of_own_gazes(x, th.tensor([False, True, False]))
    assert kept.tolist() == [[0, 0, 2], [3, 0, 5]]
    kept.sum().backward()
    assert x.grad.tolist() == [[1, 0, 1], [1, 0, 1]]
    assert of_own_gazes(x, None) is x


@pytest.mark.parametrize("forced", [None, "random", "center"])
def test_envs_tell_through_sb3s_wrappers(far_right_game, forced):
    def make() -> gym.Env:
        return GazeWrapper(FixedLengthEnv(far_right_game()), tiles=(1, 2), forced=forced)

    game = gym.vector.SyncVectorEnv([lambda: FixedLengthEnv(far_right_game())] * 2, autoreset_mode=AutoresetMode.SAME_STEP)
    envs = [
        DummyVecEnv([make] * 2),
        VecNormalize(VecMonitor(DummyVecEnv([make] * 2)), norm_obs=False),
        GymnasiumVecEnv(SyncVectorEnv([make] * 2, autoreset_mode=AutoresetMode.SAME_STEP)),
        VecMonitor(GymnasiumVecEnv(VectorGazeWrapper(game, tiles=(1, 2), forced=forced))),
    ]
    for env in envs:
        assert forced_gazes(env).tolist() == [forced is not None] * 2


def test_an_env_that_knows_no_gaze_forces_none(far_right_game):
    assert forced_gazes(DummyVecEnv([lambda: FixedLengthEnv(far_right_game())] * 3)).tolist() == [False] * 3


def test_a_loaded_agent_asks_its_new_env(far_right, reinforce, tmp_path):
    reinforce(far_right(2, n_envs=4)).save(tmp_path / "learned")
    loaded = REINFORCE.load(tmp_path / "learned", env=far_right(2, n_envs=4, forced="center"), device="cpu")
    kept = Gradients(with_labels)
    loaded.learn(8, callback=kept)
    assert not any(grad.any() for grad in kept.of_gaze())


class Untold(VecEnvWrapper):
    """An env that does not say who chooses the gaze."""

    def reset(self):
        return self.venv.reset()

    def step_wait(self):
        return self.venv.step_wait()

    def has_attr(self, attr_name):
        return attr_name != ATTRIBUTE and self.venv.has_attr(attr_name)


def test_the_policy_can_say_it_where_the_env_does_not(far_right, reinforce):
    model = reinforce(Untold(far_right(2, n_envs=4)))
    model.policy.forced_gaze = True
    kept = Gradients(with_labels)
    model.learn(8, callback=kept)
    assert not any(grad.any() for grad in kept.of_gaze())
    assert model.policy.forced_gaze
    assert forced_gazes(Untold(far_right(2, n_envs=4)), otherwise=True).tolist() == [True] * 4


def test_a_model_of_a_forced_gaze_learns_to_look_in_a_free_env(far_right, reinforce, tmp_path):
    """The env's word goes before what the saved policy remembers."""
    forced = reinforce(far_right(2, n_envs=4, forced="center"))
    forced.learn(8)
    assert forced.policy.forced_gaze
    forced.policy_kwargs = {**forced.policy_kwargs, "forced_gaze": True}  # as `saccade train` keeps it
    forced.save(tmp_path / "forced")
    loaded = REINFORCE.load(tmp_path / "forced", env=far_right(2, n_envs=4), device="cpu")
    assert loaded.policy.forced_gaze  # what it remembers
    kept = Gradients(with_labels)
    loaded.learn(8, callback=kept)
    assert any(grad.any() for grad in kept.of_gaze())
    assert not loaded.policy.forced_gaze
