"""SaliencyCallback on dict observations, and with the memory of recurrent policies."""

import logging

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from random_observations import RandomObservations
from sb3_contrib import RecurrentPPO
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.torch_layers import FlattenExtractor
from stable_baselines3.common.vec_env import DummyVecEnv

from saccade.saliency import MapKey, ProbeSet, SaliencyCallback, head_jacobians
from saccade.saliency.errors import NoMapError, ObservationError
from saccade.saliency.records.recorded_events import RecordedEvents
from saccade.saliency.states.play import Recollection
from saccade.saliency.states.sources import OwnEnv

GOAL = {"achieved_goal": spaces.Box(-1, 1, (2,)), "desired_goal": spaces.Box(-1, 1, (2,)), "observation": spaces.Box(-1, 1, (5,))}
SCOUT = {"board": spaces.Box(0, 1, (5, 4, 3), np.float32), "direction": spaces.Discrete(4), "speed": spaces.Box(-1, 1, (2,))}
SMALL = {"n_steps": 16, "batch_size": 16, "n_epochs": 1, "seed": 0, "device": "cpu"}


def envs(space, count=1, remake=False):
    made = DummyVecEnv([lambda: RandomObservations(space)] * count)
    if remake:
        made.remake = lambda n_envs, seed, render_mode: envs(space, n_envs)
    return made


@pytest.mark.parametrize(
    ("algorithm", "entries", "remake"),
    [
        (PPO, GOAL, False),
        (DQN, GOAL, True),
        (PPO, SCOUT, True),
        (PPO, {"kind": spaces.Discrete(3), "view": spaces.Box(0, 1, (3,))}, False),
    ],
)
def test_dict_observations_get_maps_of_every_entry(algorithm, entries, remake, tmp_path, caplog):
    settings = SMALL if algorithm is PPO else {"learning_starts": 5, "device": "cpu"}
    model = algorithm("MultiInputPolicy", envs(spaces.Dict(entries), remake=remake), **settings)
    callback = SaliencyCallback(folder=tmp_path / "maps", video_steps=3, probe_count=2, trust=False)
    with caplog.at_level(logging.WARNING):
        model.learn(32, callback)
    mapped = [key for key, space in entries.items() if isinstance(space, spaces.Box)]
    names = mapped if len(mapped) > 1 else [""]
    events = RecordedEvents.of(tmp_path / "maps")
    last = list(events)[-1]
    assert {key.entry for key in last.maps} == set(names)
    probes = events.probes()
    assert set(probes.observations) == set(entries)
    assert set(probes.axes) == set(mapped)
    head = last.maps and next(iter(last.maps)).head
    expected = head_jacobians(model.policy, probes.observations, (head,))[head]
    for name, key in zip(names, mapped, strict=True):
        assert np.allclose(last.maps[MapKey(head, entry=name)].ravel(), expected[key].ravel(), atol=1e-6) or key == "board"
    left_out = [key for key in entries if key not in mapped]
    told = [message for message in caplog.messages if message.startswith("no map of")]
    assert len(told) == (1 if left_out else 0)
    assert all(key in told[0] for key in left_out)
    assert (tmp_path / "maps" / "step_0000000032.mp4").exists()


class Logarithms(FlattenExtractor):
    def forward(self, observations):
        return th.log(super().forward(observations))


def test_a_network_that_takes_no_zeros_is_asked_about_no_zeros(tmp_path):
    """Neither before training nor in the maps; checks by zeros have no figures."""
    network = {"features_extractor_class": Logarithms}
    model = PPO("MlpPolicy", envs(spaces.Box(1, 10, (18,))), policy_kwargs=network, **SMALL)
    callback = SaliencyCallback(folder=tmp_path / "maps", video_steps=3)
    model.learn(32, callback)
    assert callback.events == 1
    (event,) = RecordedEvents.of(tmp_path / "maps")
    assert "trust/value/jacobian/deletion_mean" in event.figures
    assert "trust/value/jacobian/deletion" not in event.figures


def test_figures_and_trust_of_entries_have_names_of_their_own(tmp_path):
    model = PPO("MultiInputPolicy", envs(spaces.Dict(SCOUT)), **SMALL)
    model.learn(16, SaliencyCallback(folder=tmp_path / "maps", video_steps=0, probe_count=2, heads=("value",)))
    (event,) = RecordedEvents.of(tmp_path / "maps")
    assert {"value@board/norm", "value@speed/norm", "trust/value/jacobian@board/deletion"} <= set(event.figures)
    assert event.maps[MapKey("value", entry="board")].shape == (2, 3, 5, 4)


def test_a_dict_without_real_numbers_is_refused_before_training(tmp_path):
    space = spaces.Dict({"kind": spaces.Discrete(3), "parts": spaces.MultiDiscrete([2, 2])})
    model = PPO("MultiInputPolicy", envs(space), **SMALL)
    with pytest.raises(NoMapError, match=r"not real numbers.*FlattenObservation"):
        model.learn(16, SaliencyCallback(folder=tmp_path / "maps"))
    assert model.num_timesteps == 0


def test_probes_of_another_kind_are_refused():
    model = PPO("MultiInputPolicy", envs(spaces.Dict(GOAL)), **SMALL)
    with pytest.raises(ObservationError, match="takes a dict of achieved_goal"):
        model.learn(16, SaliencyCallback(probes=ProbeSet(np.zeros((2, 5), np.float32))))
    model = PPO("MlpPolicy", envs(GOAL["observation"]), **SMALL)
    with pytest.raises(ObservationError, match="probes have entries"):
        model.learn(16, SaliencyCallback(probes=ProbeSet({"observation": np.zeros((2, 5), np.float32)})))


def recurrent(space, count=1, remake=False, **kwargs):
    policy = "MultiInputLstmPolicy" if isinstance(space, spaces.Dict) else "MlpLstmPolicy"
    settings = {"policy_kwargs": {"lstm_hidden_size": 4, "net_arch": [], **kwargs}, **SMALL}
    return RecurrentPPO(policy, envs(space, count, remake), **settings)


class Watched(SaliencyCallback):
    """Keeps what the policy saw, and its memory as computed anew from that."""

    def _on_training_start(self):
        self.recollection, self.expected, self.starts = Recollection(self.model.policy), [], []
        self.recollection.before(np.ones(self.training_env.num_envs, dtype=bool))
        self.recollection.see(self.model._last_obs)
        super()._on_training_start()

    def _on_step(self):
        self.expected.append(self.recollection.before(self.locals["dones"])[0].clone())
        self.starts.append(bool(self.locals["dones"][0]))
        self.recollection.see(self.locals["new_obs"])
        return super()._on_step()


@pytest.mark.parametrize(
    ("space", "kwargs"),
    [
        (GOAL["observation"], {}),
        (spaces.Dict(SCOUT), {}),
        (GOAL["observation"], {"shared_lstm": True, "enable_critic_lstm": False, "n_lstm_layers": 2}),
        (GOAL["observation"], {"enable_critic_lstm": False}),
    ],
)
def test_probes_have_the_memory_with_which_the_policy_met_them(space, kwargs, tmp_path):
    """Beside the memory computed anew from everything that was seen; the weights are the same throughout the first rollout."""
    model = recurrent(space, count=2, **kwargs)
    callback = Watched(folder=tmp_path / "maps", video_steps=12, probe_count=8, trust=False)
    model.learn(32, callback)
    memory = callback.probes.memory
    places = np.linspace(0, 15, num=8).round().astype(int)
    assert th.allclose(memory, th.stack([callback.expected[place] for place in places]), atol=1e-5)
    assert callback.probes.starts.tolist() == [callback.starts[place] for place in places]
    assert callback.probes.starts.any()
    assert not memory[callback.probes.starts].any()
    assert memory[~callback.probes.starts].any(dim=(1, 2)).all()
    loaded = ProbeSet.load(tmp_path / "maps" / "probes.npz")  # which never unpickles
    assert th.equal(loaded.memory, memory)
    assert loaded.starts.tolist() == callback.probes.starts.tolist()
    (event,) = RecordedEvents.of(tmp_path / "maps")
    with_memory, without = (
        head_jacobians(model.policy, loaded.observations, ("action",), memory=x)["action"] for x in (memory, None)
    )
    if not isinstance(space, spaces.Dict):
        assert np.allclose(event.maps[MapKey("action")], with_memory, atol=1e-6)
        assert not np.allclose(event.maps[MapKey("action")], without, atol=1e-6)


def test_the_trajectory_of_training_has_its_memory_too(tmp_path, monkeypatch):
    from saccade.saliency.methods.map_making import film_maps

    seen = []
    monkeypatch.setattr("saccade.saliency.callback.film_maps", lambda *args: seen.append(args[1]) or film_maps(*args))
    callback = Watched(folder=tmp_path / "maps", video_steps=12, probe_count=2, trust=False)
    recurrent(GOAL["observation"]).learn(16, callback)
    trajectory = seen[-1]
    assert th.allclose(trajectory.memory, th.stack(callback.expected[-12:]), atol=1e-5)
    assert trajectory.starts.tolist() == callback.starts[-12:]


def test_probes_of_an_env_of_its_own_have_a_memory(tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    model = recurrent(GOAL["observation"], remake=True)
    source = OwnEnv(model.env.remake, model.observation_space, 4, model.policy)
    probes = source.probes(patient=True)
    plain = OwnEnv(model.env.remake, model.observation_space, 4).probes(patient=True)
    assert probes.hash == plain.hash  # the same states, whoever watches
    assert plain.memory is None
    assert probes.memory.shape == (4, 4, 4)
    assert probes.memory[~probes.starts].any(dim=(1, 2)).all()
    callback = SaliencyCallback(folder=tmp_path / "maps", video_steps=0, probe_count=4, trust=False)
    model.learn(16, callback)
    assert ProbeSet.load(tmp_path / "maps" / "probes.npz").memory.any()
