"""SaliencyCallback shows how far back a recurrent policy looks, in training."""

import time

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from random_observations import RandomObservations
from sb3_contrib import RecurrentPPO
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.saliency import ProbeSet, SaliencyCallback, temporal_norms
from saccade.saliency.records.recorded_events import RecordedEvents
from saccade.saliency.states.play import Recollection
from saccade.saliency.whole_file import read_npz

VECTOR = spaces.Box(-1, 1, (3,), np.float32)
COMPASS = spaces.Dict(direction=spaces.Discrete(4), image=spaces.Box(0, 255, (36, 36, 3), np.uint8), speed=VECTOR)
LENGTH = 6


class Walk(RandomObservations):
    """It draws an episode as a row of pixels."""

    def drawn(self, observations, strengths):
        return np.round(255 * np.broadcast_to(strengths[None, :, None], (2, len(strengths), 3))).astype(np.uint8)


def walks(space=VECTOR, count=1, remake=False):
    env = DummyVecEnv([lambda: Walk(space, LENGTH)] * count)
    if remake:
        env.remake = lambda n_envs, seed, render_mode: walks(space, n_envs)
    return env


def learner(space=VECTOR, count=2, remake=False, **kwargs):
    policy = "MultiInputLstmPolicy" if isinstance(space, spaces.Dict) else "MlpLstmPolicy"
    network = {"lstm_hidden_size": 4, "net_arch": [], **kwargs}
    settings = {"n_steps": 16, "batch_size": 16, "n_epochs": 1, "seed": 0, "device": "cpu"}
    return RecurrentPPO(policy, walks(space, count, remake), policy_kwargs=network, **settings)


def shows(folder, **arguments):
    return SaliencyCallback(folder=folder, video_steps=0, probe_count=2, trust=False, heads="value", **arguments)


class Keeping(SaliencyCallback):
    """Keeps what the policy saw in the first env, and its memory as computed anew from that."""

    def _on_training_start(self):
        self.recollection, self.met = Recollection(self.model.policy), []
        self.recollection.before(np.ones(self.training_env.num_envs, dtype=bool))
        self.recollection.see(self.model._last_obs)
        super()._on_training_start()

    def _on_step(self):
        memory, obs = self.recollection.before(self.locals["dones"])[:1].clone(), self.locals["new_obs"]
        one = {key: x[:1].copy() for key, x in obs.items()} if isinstance(obs, dict) else obs[:1].copy()
        self.met.append((one, bool(self.locals["dones"][0]), memory))
        self.recollection.see(obs)
        return super()._on_step()


@pytest.mark.parametrize(
    ("space", "steps", "network"),
    [
        (VECTOR, LENGTH, {}),  # a whole episode
        (VECTOR, LENGTH - 1, {"shared_lstm": True, "enable_critic_lstm": False}),  # begins within an episode, with its memory
        (COMPASS, LENGTH - 1, {}),  # an image, a vector and a number that has no derivative
    ],
)
def test_an_event_holds_the_norms_of_the_latest_play_with_its_memory(space, steps, network, tmp_path):
    """Beside norms of what was seen in training, from the memory computed anew. The weights are those after the last update."""
    model = learner(space, **network)
    callback = Keeping(
        folder=tmp_path / "maps", video_steps=0, probe_count=2, trust=False, heads="value", through_time=steps, every=1000
    )
    model.learn(32, callback)
    arrays = read_npz(sorted((tmp_path / "maps").glob("step_*.npz"))[-1])
    end = max(t for t, (_, start, _) in enumerate(callback.met) if start)  # an episode has ended before this step
    part = callback.met[end - steps : end]
    obs = (
        {key: np.concatenate([one[key] for one, _, _ in part]) for key in space.spaces}
        if isinstance(space, spaces.Dict)
        else np.concatenate([one for one, _, _ in part])
    )
    starts = np.array([start for _, start, _ in part])
    assert starts.any() == (steps == LENGTH)
    expected = temporal_norms(model.policy, obs, "value", starts, memory=part[0][2])
    assert arrays["through_time/outputs"].tolist() == list(range(steps))
    assert arrays["through_time/starts"].tolist() == starts.tolist()
    assert np.allclose(arrays["through_time/norms/value/jacobian"], expected, rtol=1e-3, atol=1e-7)
    assert expected[-1, 0] > 0
    if not starts.any():
        without = temporal_norms(model.policy, obs, "value", starts)
        assert not np.allclose(without, expected, rtol=1e-3)
    picture = tmp_path / "maps" / "step_0000000032_through_time.png"
    assert picture.stat().st_size > 1000


@pytest.mark.parametrize("remake", [False, True])
def test_figures_are_curves_and_the_maps_of_the_probes_are_as_before(remake, tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    model = learner(remake=remake)
    model.learn(32, shows(tmp_path / "maps", through_time=LENGTH))
    events = list(RecordedEvents.of(tmp_path / "maps"))
    assert len(events) == 1 + remake  # an env that can be made again has an event before training, with its own play
    for event in events:
        assert {key.head for key in event.maps} == {"value"}
        assert 0 <= event.figures["through_time/value/jacobian/mean_lag"] < LENGTH
        assert 0 <= event.figures["through_time/value/jacobian/peak_lag"] < LENGTH


def test_policies_without_memory_and_zero_steps_have_none(tmp_path):
    settings = {"n_steps": 16, "batch_size": 16, "n_epochs": 1, "device": "cpu"}
    PPO("MlpPolicy", walks(count=2), **settings).learn(32, shows(tmp_path / "a"))
    learner().learn(32, shows(tmp_path / "b", through_time=0))
    for folder in ("a", "b"):
        (event,) = RecordedEvents.of(tmp_path / folder)
        assert not [name for name in event.figures if name.startswith("through_time")]
        assert not list((tmp_path / folder).glob("*through_time*"))
    with pytest.raises(ValueError, match="through_time is -1; it must be at least 0"):
        SaliencyCallback(through_time=-1)


def trained(callback, remake):
    model = learner(remake=remake)
    model.learn(64, callback)
    random = th.get_rng_state(), np.random.get_state()[1].copy(), th.tensor(model.action_space.sample())
    return [*model.policy.state_dict().values(), *model.policy.optimizer.state_dict()["state"][0].values(), *random]


@pytest.mark.parametrize("remake", [False, True])
def test_training_goes_on_as_it_would_have_without(remake, tmp_path, monkeypatch):
    """Weights, optimizer and random numbers, bit for bit."""
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    probes = None if remake else ProbeSet(np.zeros((2, 3), np.float32))  # else the first event would wait for 500 steps
    with_events = trained(shows(tmp_path / "maps", every=16, probes=probes), remake)
    assert len(list((tmp_path / "maps").glob("*_through_time.png"))) >= 3
    for x, y in zip(trained(None, remake), with_events, strict=True):
        assert np.array_equal(x, y)


def test_loggers_get_the_square_and_the_drawing_of_the_env(tmp_path, monkeypatch):
    """The drawing is of the last decision's episode: its brightest step is the one that the decision rests on most."""
    written = {}
    monkeypatch.setattr("saccade.saliency.records.tensorboard_log.TensorBoardLog.active", True)
    monkeypatch.setattr(
        "saccade.saliency.records.tensorboard_log.TensorBoardLog.write", lambda _, steps, pictures: written.update(pictures)
    )
    learner().learn(32, shows(tmp_path / "maps", through_time=LENGTH))
    square, drawing = written["through_time/value/jacobian"], written["through_time/value/drawing"]
    assert square.dtype == drawing.dtype == np.uint8
    norms = read_npz(tmp_path / "maps" / "step_0000000032.npz")["through_time/norms/value/jacobian"][-1]
    strengths = drawing[-1, :LENGTH, 0]
    assert strengths.argmax() == norms.argmax()
    assert np.allclose(strengths, 255 * norms / norms.max(), atol=0.6)
    assert "value/probe_00" in written


def test_its_time_counts_as_the_events(tmp_path, monkeypatch):
    """A look back that takes a tenth of a second keeps events away, which a budget of one hundredth allows only after long."""
    from saccade.saliency import looking_back

    def slow(*args, **kwargs):
        time.sleep(0.1)
        return temporal_norms(*args, **kwargs)

    monkeypatch.setattr(looking_back, "SHOWN", {"jacobian": slow})
    callback = shows(tmp_path / "maps", budget=0.01)
    model = learner(remake=True)
    model.learn(160, callback)
    assert callback.events == 2  # the first and the last one, which come in any case
    assert callback.budget.last_cost >= 0.1
    assert callback.budget.spent >= 0.2
