"""REINFORCE with batch_size and n_epochs: which episodes each update sees, and what is refused."""

import gymnasium as gym
import pytest
import torch as th

from saccade.agents import REINFORCE
from saccade.agents.updates.denormals import flushes_denormals
from saccade.envs import GymnasiumVecEnv, VectorGazeWrapper

STEPS = 4 * 8  # of an episode of all envs


def agent(n_envs=4, policy="MlpLstmPolicy", **arguments) -> REINFORCE:
    env = GymnasiumVecEnv(gym.make_vec("saccade/Reorder-v0", num_envs=n_envs, length=4, symbols=5))
    arguments = {"reinforce_coef": 0.0, "autocast": False, "policy_kwargs": {"lstm_hidden_size": 6, "net_arch": []}, **arguments}
    return REINFORCE(policy, env, seed=0, device="cpu", **arguments)


def watched(model: REINFORCE, monkeypatch) -> list[th.Tensor]:
    """Fills with the first observations of the episodes that each update sees."""
    batches, loss = [], model.loss
    monkeypatch.setattr(model, "loss", lambda episodes: batches.append(episodes.seen[0]) or loss(episodes))
    return batches


@pytest.mark.parametrize(
    ("arguments", "sizes"),
    [({}, [4]), ({"batch_size": 2}, [2, 2]), ({"batch_size": 3, "n_epochs": 2}, [3, 1, 3, 1]), ({"n_epochs": 2}, [4, 4])],
)
def test_each_pass_sees_each_episode_once(arguments, sizes, monkeypatch):
    model = agent(**arguments)
    batches = watched(model, monkeypatch)
    model.learn(STEPS)
    assert [len(batch) for batch in batches] == sizes
    assert model._n_updates == len(sizes)
    each = len(sizes) // arguments.get("n_epochs", 1)  # updates of a pass
    passes = [th.cat(batches[first : first + each]).tolist() for first in range(0, len(sizes), each)]
    assert all(sorted(one) == sorted(passes[0]) for one in passes)
    assert len(passes[0]) == 4


def test_a_part_of_the_episodes_has_their_own_loss():
    """The loss of one env's episodes is that of a model that played this env alone."""
    model, kept = agent(), {}
    model.train = lambda: kept.update(episodes=model._episodes)
    model.learn(STEPS)
    episodes = kept["episodes"]
    with th.no_grad():
        for i in range(4):
            part = episodes.of(th.tensor([i]))
            parts = (getattr(episodes, name) for name in ("seen", "actions", "rewards", "answers"))
            alone = type(episodes)(*([x[i : i + 1] for x in each] for each in parts))
            assert float(model.loss(part)) == pytest.approx(float(model.loss(alone)))


def test_all_episodes_in_one_batch_have_the_loss_of_one_update(monkeypatch):
    losses = []
    for arguments in ({}, {"batch_size": 4}):
        model = agent(**arguments)  # seeds torch
        monkeypatch.setattr(model, "_descend", lambda loss: losses.append(float(loss.detach())))
        model.learn(STEPS)
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)  # in another order


def test_denormals_are_zero_in_updates_only(monkeypatch):
    model, found = agent(n_epochs=2), []
    loss = model.loss
    monkeypatch.setattr(model, "loss", lambda episodes: found.append(flushes_denormals()) or loss(episodes))
    model.learn(STEPS)
    assert found == [True, True]
    assert not flushes_denormals()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size is 0; it must be at least 1"),
        ({"n_epochs": 0}, "n_epochs is 0; it must be at least 1"),
        ({"n_epochs": 2, "reinforce_coef": 0.1}, "reinforce_coef is 0.1; several updates on the same episodes need 0"),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        agent(**arguments)


def test_a_policy_with_a_gaze_has_one_update():
    batch = gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=2, dataset="digits", glimpses=2)
    env = GymnasiumVecEnv(VectorGazeWrapper(batch, tiles=(1, 2)))
    with pytest.raises(ValueError, match="batch_size and n_epochs are for recurrent policies without a gaze"):
        REINFORCE("GlimpsePolicy", env, n_epochs=2, device="cpu")
