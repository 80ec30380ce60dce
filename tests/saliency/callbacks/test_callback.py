from pathlib import Path

import gymnasium as gym
import imageio.v2 as imageio
import numpy as np
import pytest
import torch as th
import wandb
from sb3_contrib import ARS, QRDQN, TQC, CrossQ, RecurrentPPO
from stable_baselines3 import A2C, DQN, PPO, SAC
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.vec_env import VecFrameStack

from saccade.agents import DoubleDQN, FrameReplayBuffer
from saccade.envs import make_atari
from saccade.policies import DuelingCnnPolicy, DuelingMlpPolicy
from saccade.saliency import MapKey, ProbeSet, SaliencyCallback, States, value_advantage_jacobian
from saccade.saliency.checks.trust import QUICK, trust
from saccade.saliency.methods import methods_named
from saccade.saliency.methods.map_making import film_maps, make_maps
from saccade.saliency.readers.entries import Entries
from saccade.saliency.readers.head_reader import head_reader
from saccade.saliency.records.recorded_events import RecordedEvents


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def enduro_model(fast: bool = False) -> DoubleDQN:
    """Compiling takes ten seconds, so only a test that asks for it pays."""
    env = make_atari("Enduro", 2, max_frames=400)
    small = {"buffer_size": 400, "learning_starts": 50, "batch_size": 8, "seed": 0}
    accelerated = {"compile": fast, "autocast": None if fast else False}
    return DoubleDQN(DuelingCnnPolicy, env, replay_buffer_class=FrameReplayBuffer, **small, **accelerated)


def test_events_first_last_and_at_the_cadence_with_all_their_files(tmp_path):
    model = enduro_model()
    callback = SaliencyCallback(folder=tmp_path / "maps", every=30, video_steps=5, probe_count=2)
    model.learn(72, callback)
    steps = [0, 30, 60, 72]
    assert callback.events == 4
    for step in steps:
        for suffix in ("npz", "png", "mp4"):
            assert (tmp_path / "maps" / f"step_{step:010d}.{suffix}").stat().st_size > 0
    assert len(list((tmp_path / "maps").iterdir())) == 3 * len(steps) + 1  # nothing half-written is left
    with np.load(tmp_path / "maps" / "step_0000000072.npz") as data:
        assert str(data["probe_hash"]) == callback.probes.hash
        maps = value_advantage_jacobian(model.policy, callback.probes.observations)
        assert np.allclose(data["value"], maps.value, atol=1e-6 * np.abs(data["value"]).max())
        assert np.allclose(data["advantage"], maps.advantage, atol=1e-6 * np.abs(data["advantage"]).max())
        assert not np.allclose(data["value"], data["advantage"])
    assert (
        imageio.imread(tmp_path / "maps" / "step_0000000000.png").shape[1] == 5 * 320 + 24
    )  # the frame, and two maps of each head
    with imageio.get_reader(tmp_path / "maps" / "step_0000000000.mp4") as video:
        assert video.count_frames() == 5
    model.env.close()


def test_a_short_run_has_the_first_and_the_last_event_whatever_they_cost():
    model = enduro_model()
    callback = SaliencyCallback(video_steps=3, probe_count=2)
    model.learn(64, callback)
    assert callback.events == 2
    assert callback.folder == Path("runs", "saliency")
    assert callback.budget.spent > 0
    model.env.close()


@pytest.mark.parametrize("fast", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_training_of_double_dqn_goes_on_as_it_would_have_without(fast):
    def trained(callback) -> th.Tensor:
        model = enduro_model(fast)
        model.learn(120, callback)
        model.env.close()
        return th.cat([p.detach().flatten() for p in model.policy.parameters()])

    assert th.equal(
        trained(None),
        trained(
            SaliencyCallback(
                every=60,
                video_steps=4,
                probe_count=1,
                methods=("jacobian", "smoothgrad", "grad_cam", "greydanus"),
            )
        ),
    )


@pytest.mark.parametrize(
    ("algorithm", "policy", "env", "arguments"),
    [
        (PPO, "MlpPolicy", "CartPole-v1", {"n_steps": 16, "batch_size": 16}),
        (PPO, "MlpPolicy", "Pendulum-v1", {"n_steps": 16, "batch_size": 16, "use_sde": True, "sde_sample_freq": 4}),
        (A2C, "MlpPolicy", "CartPole-v1", {}),
        (DQN, "MlpPolicy", "CartPole-v1", {"learning_starts": 20}),
        (SAC, "MlpPolicy", "Pendulum-v1", {"learning_starts": 90, "use_sde": True, "policy_kwargs": {"net_arch": [8]}}),
        (TQC, "MlpPolicy", "Pendulum-v1", {"learning_starts": 90, "policy_kwargs": {"net_arch": [8], "n_quantiles": 5}}),
        (CrossQ, "MlpPolicy", "Pendulum-v1", {"learning_starts": 90, "policy_kwargs": {"net_arch": [8]}}),
        (QRDQN, "MlpPolicy", "CartPole-v1", {"learning_starts": 20, "policy_kwargs": {"n_quantiles": 5}}),
        (RecurrentPPO, "MlpLstmPolicy", "CartPole-v1", {"n_steps": 16, "batch_size": 16, "policy_kwargs": {"lstm_hidden_size": 8}}),
    ],
)
def test_training_with_any_algorithm_goes_on_as_it_would_have_without(algorithm, policy, env, arguments):
    def trained(callback) -> th.Tensor:
        model = algorithm(policy, env, seed=0, device="cpu", **arguments)
        model.learn(100, callback)
        assert callback is None or callback.events > 1
        return th.cat([p.detach().flatten() for p in model.policy.parameters()])

    space = gym.make(env).observation_space
    probes = ProbeSet(np.stack([space.sample() for _ in range(2)]))
    watched = SaliencyCallback(probes=probes, every=30, video_steps=3, methods=("jacobian", "smoothgrad", "integrated_gradients"))
    assert th.equal(trained(None), trained(watched))


def test_a_method_without_a_map_is_refused_before_training(tmp_path):
    for methods, chosen, message in (
        (("greydanus",), None, "blurring needs images"),
        (("grad_cam",), None, "has 0 images"),
        (("jacobian", "sarfa"), ("value",), "does not speak of one"),
    ):
        model = PPO("MlpPolicy", "CartPole-v1", n_steps=8, batch_size=8)
        with pytest.raises(TypeError, match=message):
            model.learn(8, SaliencyCallback(folder=tmp_path / "maps", methods=methods, heads=chosen))
        assert model.num_timesteps == 0
    assert not (tmp_path / "maps").exists()


def test_a_head_without_a_map_is_said_once_and_the_others_are_drawn(tmp_path, caplog):
    class CutValue(ActorCriticPolicy):
        @th.no_grad()
        def predict_values(self, obs):
            return super().predict_values(obs)

    PPO(CutValue, "CartPole-v1", n_steps=8, batch_size=8).learn(16, SaliencyCallback(tmp_path / "maps", every=8, video_steps=0))
    assert {str(key) for key in RecordedEvents.of(tmp_path / "maps").map_keys} == {"action"}
    (record,) = [record for record in caplog.records if "no map value" in record.message]
    assert "gradient is cut" in record.message


def test_events_of_observations_with_two_dimensions_can_be_read(tmp_path):
    class Table(gym.Env):
        observation_space, action_space = gym.spaces.Box(-1, 1, (3, 4)), gym.spaces.Discrete(2)

        def reset(self, *, seed=None, options=None):
            return np.ones((3, 4), np.float32), {}

        def step(self, action):
            return np.ones((3, 4), np.float32), 0.0, False, False, {}

    PPO("MlpPolicy", Table(), n_steps=8, batch_size=8).learn(8, SaliencyCallback(folder=tmp_path / "maps", video_steps=0))
    (event,) = RecordedEvents.of(tmp_path / "maps")
    assert event.maps[MapKey("value")].shape[1:] == (1, 3, 4)


def test_curves_in_the_logger(monkeypatch):
    model = enduro_model()
    callback = SaliencyCallback(every=32, video_steps=0, probe_count=2)
    recorded = {}
    monkeypatch.setattr(Logger, "record", lambda self, key, value, exclude=None: recorded.setdefault(key, []).append(value))
    model.learn(64, callback)
    for name in (
        "value/norm",
        "value/entropy",
        "advantage/norm",
        "overlap/rank_correlation",
        "overlap/top_tenth_iou",
        "cost_seconds",
        "share_of_time",
    ):
        assert len(recorded[f"saliency/{name}"]) == 3, name
        assert np.isfinite(recorded[f"saliency/{name}"]).all()
    assert len(recorded["saliency/value/drift"]) == 2  # the first event has none before it
    model.env.close()


@pytest.mark.integration
def test_pictures_and_video_reach_weights_and_biases_in_one_call_an_event(tmp_path, monkeypatch):
    run = wandb.init(mode="offline", dir=tmp_path, project="test", settings=wandb.Settings(silent=True))
    logged = []
    monkeypatch.setattr(run, "log", logged.append)
    model = enduro_model()
    model.learn(104, SaliencyCallback(every=1000, video_steps=3, probe_count=5))
    run.finish()
    wandb.teardown()  # its service would serve the processes of later tests too
    assert [entry["global_step"] for entry in logged] == [0, 104]
    for entry in logged:
        pictures = {key for key, value in entry.items() if isinstance(value, wandb.Image)}
        keys = [MapKey(head, method) for method in ("jacobian_x_contrast", "jacobian") for head in ("value", "advantage")]
        assert pictures == {f"saliency/{key}/probe_{i:02d}" for key in keys for i in range(5)}
        assert isinstance(entry["saliency/video"], wandb.Video)
        assert entry["saliency/value/norm"] > 0
        assert entry["saliency/trust/value/jacobian/deletion"] > 0
        ends = [entry[f"saliency/trust/value/jacobian/deletion_grey/lead_over_contrast{end}"] for end in ("_low", "", "_high")]
        assert ends == sorted(ends)
        table = entry["saliency/table"]
        assert table.columns == ["probe", "head", "method", "map", "scale", "norm", "entropy", "gini", "verdict"]
        assert all(row[-1].startswith("cannot be compared with blind orders: 5 states") for row in table.data)
        assert [row[:3] for row in table.data] == [[i, key.head, key.method] for key in keys for i in range(5)]
        assert all(isinstance(row[3], wandb.Image) and row[4] > 0 for row in table.data)
    model.env.close()


def test_stock_ppo_logs_its_value_head_without_any_argument():
    env = make_atari("Enduro", 2, max_frames=400)
    callback = SaliencyCallback()
    PPO("CnnPolicy", env, n_steps=32, batch_size=32, n_epochs=1, seed=0).learn(64, callback)
    assert callback.head_names == ("value", "action")
    assert callback.events == 2
    with np.load(callback.folder / "step_0000000064.npz") as data:
        assert np.abs(data["value"]).max() > 0
    env.close()


def test_other_methods_and_figures_of_trust(tmp_path):
    """Beside the maps, by name; the events are those that a comparison reads, on states that lie beside them."""
    model = enduro_model()
    callback = SaliencyCallback(
        folder=tmp_path / "maps",
        every=1000,
        video_steps=0,
        probe_count=1,
        heads=("value", "advantage"),
        methods=("jacobian", "greydanus", "sarfa"),
    )
    model.learn(60, callback)
    events = RecordedEvents.of(tmp_path / "maps")
    assert {str(key) for key in events.map_keys} == {
        "value",
        "advantage",
        "value/greydanus",
        "advantage/greydanus",
        "advantage/sarfa",
    }
    assert np.array_equal(events.probes().observations, callback.probes.observations)
    _, last = events
    assert last.figures["advantage/greydanus/drift"] > 0
    methods = methods_named(["sarfa"])
    maps = make_maps(model.policy, callback.probes, ("advantage",), methods)
    (row,) = trust(model.policy, callback.probes, maps, methods, effort=QUICK)
    assert last.verdicts["advantage/sarfa"] == row.verdict
    assert set(last.verdicts) == {str(key) for key in events.map_keys}
    for name, value in row.figures().items():
        assert last.figures[f"trust/advantage/sarfa/{name}"] == pytest.approx(value, rel=1e-3, abs=1e-6)
    assert not any(name.startswith("trust/value/sarfa") for name in last.figures)
    model.env.close()


def test_without_figures_of_trust(tmp_path):
    model = enduro_model()
    model.learn(20, SaliencyCallback(folder=tmp_path / "maps", video_steps=0, probe_count=2, trust=False))
    assert not any(name.startswith("trust") for event in RecordedEvents.of(tmp_path / "maps") for name in event.figures)
    model.env.close()


def test_a_recurrent_policy_keeps_its_memory_in_the_trajectory(tmp_path, monkeypatch):
    """The film's maps are those of the policy with what it remembered, not at an episode's start."""
    seen = []
    monkeypatch.setattr("saccade.saliency.callback.film_maps", lambda *args: seen.append(args[1]) or film_maps(*args))
    env = make_atari("Pong", 1)
    model = RecurrentPPO("CnnLstmPolicy", env, n_steps=8, batch_size=8, n_epochs=1, seed=0)
    model.learn(8, SaliencyCallback(folder=tmp_path / "maps", video_steps=3, probe_count=2, trust=False))
    memory = seen[-1].memory
    assert memory.shape[0] == 3
    assert memory[2].any()
    packed = Entries.of(model.policy, seen[-1].observations[:2]).packed()
    assert th.allclose(head_reader(model.policy).remember(packed, memory[:2]), memory[1:], atol=1e-5)  # of consecutive steps
    env.close()


def test_envs_that_cannot_be_remade_are_watched_in_training(tmp_path):
    env = VecFrameStack(make_atari_env("EnduroNoFrameskip-v4", n_envs=1, seed=0), 4)
    callback = SaliencyCallback(folder=tmp_path / "maps", video_steps=4, probe_count=3)
    DQN("CnnPolicy", env, buffer_size=100, learning_starts=1000).learn(40, callback)
    assert callback.events == 1  # too little was seen for an event before the last one
    assert callback.probes.observations.shape == (3, 4, 84, 84)
    assert callback.head_names == ("q",)
    assert (tmp_path / "maps" / "step_0000000040.mp4").exists()
    env.close()


def test_vector_observations(tmp_path):
    A2C("MlpPolicy", "CartPole-v1").learn(1500, SaliencyCallback(folder=tmp_path / "maps", every=600, video_steps=8))
    steps = [int(file.stem[5:]) for file in sorted((tmp_path / "maps").glob("*.png"))]
    assert steps == [500, 600, 1200, 1500]  # as soon as it can, then at multiples of 600, and at the end


def test_one_head_and_one_method_may_be_given_as_texts(tmp_path):
    probes = ProbeSet(np.ones((2, 4), dtype=np.float32))
    callback = SaliencyCallback(tmp_path / "maps", probes, heads="value", methods="occlusion", video_steps=0, trust=False)
    PPO("MlpPolicy", "CartPole-v1", n_steps=8, batch_size=8).learn(8, callback)
    assert callback.head_names == ("value",)
    assert {str(key) for key in RecordedEvents.of(tmp_path / "maps").map_keys} == {"value/occlusion"}


@pytest.mark.parametrize("kind", [ProbeSet, States, np.asarray])
def test_probes_of_ones_own(kind, tmp_path):
    probes = ProbeSet.of_states(given := kind(np.zeros((2, 4), dtype=np.float32) + [[0.1], [0.2]]))
    callback = SaliencyCallback(folder=tmp_path / "maps", probes=given)
    DoubleDQN(DuelingMlpPolicy, "CartPole-v1", buffer_size=100).learn(52, callback)
    with np.load(tmp_path / "maps" / "step_0000000052.npz") as data:
        assert str(data["probe_hash"]) == probes.hash
        assert data["value"].shape == (2, 4)


def test_a_second_run_in_the_same_place_keeps_the_first_ones_files():
    for name in ("saliency", "saliency-2"):
        PPO("MlpPolicy", "CartPole-v1", n_steps=16, batch_size=16).learn(16, callback := SaliencyCallback(video_steps=0))
        assert callback.folder.name == name


def test_bad_arguments_are_refused_early():
    for kwargs in ({"budget": 0.0}, {"budget": 2.0}, {"every": 0}, {"probe_count": 0}, {"video_steps": -1}):
        with pytest.raises(ValueError, match=next(iter(kwargs))):
            SaliencyCallback(**kwargs)
    ppo = PPO("MlpPolicy", "CartPole-v1", n_steps=16, batch_size=16)
    with pytest.raises(ValueError, match="no head 'advantage'; it has: value, action"):
        ppo.learn(16, SaliencyCallback(heads=("advantage",)))
    with pytest.raises(ValueError, match="probes have shape"):
        ppo.learn(16, SaliencyCallback(probes=ProbeSet(np.zeros((2, 3), dtype=np.float32))))
    with pytest.raises(TypeError, match="no heads are known"):
        ARS("MlpPolicy", "CartPole-v1").learn(1, SaliencyCallback())
