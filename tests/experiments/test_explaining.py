"""Models that this project did not make, and its own agents, explained."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from sb3_contrib import ARS, MaskablePPO, RecurrentPPO
from sb3_contrib.common.wrappers import ActionMasker
from stable_baselines3 import A2C, DQN, PPO, SAC
from stable_baselines3.common.env_util import make_atari_env, make_vec_env
from stable_baselines3.common.envs import SimpleMultiObsEnv
from stable_baselines3.common.vec_env import VecFrameStack, VecNormalize

from saccade.agents import REINFORCE
from saccade.experiments import USER_ERRORS, Console, OutputError, RunConfig, compare, explain, train
from saccade.experiments.model_envs.model_env import ModelEnv, looks
from saccade.experiments.setup.gazes.gaze_envs import make_gaze_env
from saccade.saliency import ProbeSet
from saccade.saliency.explanation import Explanation


def short(model: str | Path, env: str | None, **changes: Any) -> Explanation:
    """An explanation in the folder out."""
    few = {"states": 2, "steps": 12, "video_steps": 3, "through_time": 6, "output": Path("out"), "device": "cpu"}
    return explain(Path(model), env=env, **{**few, **changes})


def report() -> dict:
    return json.loads(Path("out/report.json").read_text())


def maps() -> dict[str, np.ndarray]:
    with np.load("out/step_0000000000.npz") as data:
        return dict(data)


def test_stock_ppo_of_the_docs(capsys):
    """The first example of SB3's documentation, with fewer steps."""
    model = PPO("MlpPolicy", make_vec_env("CartPole-v1", n_envs=2), n_steps=16, batch_size=32)
    model.learn(total_timesteps=32)
    model.save("ppo_cartpole")
    short("ppo_cartpole.zip", "CartPole-v1", methods=("jacobian", "occlusion"), reporter=Console())
    assert set(maps()) >= {"value", "action", "value/occlusion", "action/occlusion"}
    assert maps()["value"].shape == (2, 4)
    assert [row["head"] for row in report()["trust"]] == ["value", "value", "action", "action"]
    for name in ("report.md", "probes.npz", "step_0000000000.png", "step_0000000000.mp4"):
        assert Path("out", name).stat().st_size > 0
    assert "maps: out" in capsys.readouterr().out
    assert not list(Path().glob(".part*"))


def test_stock_recurrent_ppo_of_the_docs():
    model = RecurrentPPO("MlpLstmPolicy", "CartPole-v1", n_steps=16, batch_size=16)
    model.learn(16)
    model.save("ppo_recurrent")
    short("ppo_recurrent.zip", "CartPole-v1", heads=("entropy",))
    with np.load("out/through-time-entropy.npz") as data:
        norms, outputs = data["norms"], data["outputs"]
    assert (len(norms), norms.shape[1]) == (6, outputs[-1] + 1)  # up to the end of the episode
    assert not norms[np.arange(norms.shape[1]) > outputs[:, None]].any()
    assert norms[5, outputs[5] - 1] > 0
    assert report()["mean_lag"]["entropy"] > 0
    for name in ("through-time-entropy.png", "through-time-entropy.mp4"):
        assert Path("out", name).stat().st_size > 0


@pytest.mark.slow
def test_stock_dqn_on_atari_and_a_comparison_on_the_same_states():
    """As SB3's documentation trains it, with its wrappers; a second model on the states of the first."""
    env = VecFrameStack(make_atari_env("PongNoFrameskip-v4", n_envs=1, seed=0), n_stack=4)
    for name in ("one", "two"):
        DQN("CnnPolicy", env, buffer_size=100).save(name)
    short("one.zip", "PongNoFrameskip-v4", heads=("q", "gap"), methods=("jacobian", "sarfa"), causal=2)
    assert maps()["q"].shape == (2, 4, 84, 84)
    assert "gap/sarfa" in maps()
    assert sum(report()["frame_shares"]["q"]) == pytest.approx(1)
    assert set(report()["causal_check"]) == {"q", "gap"}
    assert ProbeSet.load(Path("out/probes.npz")).frames.shape == (2, 210, 160, 3)
    short("two.zip", None, probes=Path("out/probes.npz"), output=Path("second"), checks=False)
    compare((Path("out"), Path("second")), output=Path("page.html"))
    assert Path("page.html").stat().st_size > 0


def test_colours_are_no_frames_and_a_check_of_the_heads_that_have_a_map():
    class Red(gym.Env):
        observation_space, action_space = gym.spaces.Box(0, 255, (36, 36, 3), np.uint8), gym.spaces.Discrete(3)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return self.observation_space.sample(), {}

        def step(self, action):
            return self.observation_space.sample(), 1.0, False, False, {}

    gym.register("Red-v0", Red)
    PPO("CnnPolicy", Red()).save("red")
    short("red.zip", "Red-v0", methods=("sarfa", "jacobian"), causal=2)
    assert report()["frame_shares"] == {}
    assert report()["causal_check"].keys() == {"action"}  # SARFA has no map of the value


@pytest.mark.filterwarnings("ignore:.*share an object")  # gymnasium's advice to the author of SB3's env
def test_dict_observations_continuous_actions_and_normalisation():
    PPO("MultiInputPolicy", SimpleMultiObsEnv()).save("mixed")
    gym.register("MultiObs-v0", SimpleMultiObsEnv)
    short("mixed.zip", "MultiObs-v0", methods=("jacobian", "greydanus"), checks=False)
    assert [len(maps()[name]) for name in ("value@img", "value@vec")] == [2, 2]
    env = VecNormalize(make_vec_env("Pendulum-v1", 2))
    model = A2C("MlpPolicy", env).learn(20)
    model.save("a2c")
    env.save("vecnormalize.pkl")
    short("a2c.zip", "Pendulum-v1", heads=("value", "action_0"), vec_normalize=Path("vecnormalize.pkl"), output=Path("normal"))
    short("a2c.zip", "Pendulum-v1", output=Path("plain"))
    seen = [ProbeSet.load(Path(name, "probes.npz")).observations for name in ("normal", "plain")]
    assert not np.allclose(*seen)


@pytest.mark.parametrize(
    "agent",
    [
        "pqn",
        *(
            pytest.param(agent, marks=pytest.mark.slow)
            for agent in ("glimpse-ppo", "dueling-dqn", "double-dqn", "prioritized-dueling-dqn")
        ),
    ],
)
@pytest.mark.usefixtures("small_events")
def test_agents_of_the_suite_on_atari(agent):
    train(
        RunConfig(
            "Pong",
            agent,
            n_envs=2,
            total_timesteps=64,
            output=Path("run"),
            wandb="disabled",
            progress=False,
            eval_games=0,
            eager=agent != "glimpse-ppo",
        )
    )
    short("run", None)
    expected = {"glimpse-ppo": {"class", "gaze_x", "gaze_y", "value"}, "double-dqn": {"q"}}
    assert set(maps()) >= expected.get(agent, {"value", "advantage"})
    checkpoint = next(Path("run/checkpoints").glob("step_*.zip"))
    short(checkpoint, "Pong", output=Path("again"), checks=False)


def test_reinforce_on_digits():
    train(
        RunConfig(
            "ClutteredMNIST",
            env_kwargs={"dataset": "digits"},
            n_envs=8,
            total_timesteps=64,
            output=Path("run"),
            wandb="disabled",
            progress=False,
            eval_games=0,
        )
    )
    short("run", None, heads=("class", "gaze_x"))
    assert report()["mean_lag"].keys() == {"class", "gaze_x"}
    checkpoint = next(Path("run/checkpoints").glob("step_*.zip"))
    short(checkpoint, "ClutteredMNIST", env_kwargs={"dataset": "digits"}, output=Path("again"), checks=False)


def test_a_gaze_as_it_was_wrapped():
    digits = {"dataset": "digits", "glimpses": 3}
    REINFORCE("GlimpsePolicy", make_gaze_env("ClutteredMNIST", 2, 0, digits, {"tiles": (2, 3)})).save("tiles")
    with pytest.raises(USER_ERRORS, match="one of 6 tiles; say how they lie"):
        short("tiles.zip", "ClutteredMNIST", env_kwargs=digits, checks=False)
    short("tiles.zip", "ClutteredMNIST", env_kwargs=digits, checks=False, gaze_kwargs={"tiles": [2, 3]})
    assert set(maps()) >= {"class", "gaze"}

    model = REINFORCE("GlimpsePolicy", make_gaze_env("ClutteredMNIST", 2, 0, digits, {"relative": True}))
    env = ModelEnv.for_policy(model.policy, "ClutteredMNIST", digits, {"relative": True}, None).make(1, 0, None)
    assert not env.reset()["gaze"].any()
    for place in (0.5, 1.0):
        assert (env.step(np.array([[0, 0.5, 0.5]], np.float32))[0]["gaze"] == place).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heads": ("speed",)}, "no head 'speed'; it has: value, action, entropy, action_0"),
        ({"methods": ("lime",)}, "no method 'lime'; it must be one of: jacobian"),
        ({"methods": ("greydanus",)}, "blurring needs images"),
        ({"methods": ()}, "needs one name at least"),
        ({"env": "Acrobot-v1"}, "the model sees Box.* but Acrobot-v1 has Box"),
        ({"env": "MountainCarContinuous-v0"}, "the model sees"),
        ({"env": "Nonsense-v7"}, "unknown Atari game 'Nonsense-v7'"),
        ({"env": None}, "say where the model plays with env"),
        ({"states": 0}, "states is 0"),
        ({"states": 20}, "only 12 steps"),
        ({"steps": 0}, "steps is 0"),
        ({"causal": -1}, "causal is -1"),
        ({"gaze_kwargs": {"relative": True}}, "policies with a gaze"),
        ({"vec_normalize": Path("model.zip")}, "holds no VecNormalize"),
        ({"env": None, "probes": Path("none.npz")}, "there is no file none.npz"),
        ({"env": None, "probes": Path("text.zip")}, "holds no probe states"),
        ({"seed": -1}, "seed is -1"),
        ({"vec_normalize": Path("none.pkl")}, "there is no file none.pkl"),
        ({"env_kwargs": {"render_mode": "human"}}, "takes no render_mode"),
        ({"device": "cuda:77"}, "there is no device"),
        ({"causal": 5}, "causal needs an env with images"),
        ({"output": Path("not/there")}, "not is not a folder"),
        ({"model": Path("missing.zip")}, "there is no file"),
        ({"model": Path("text.zip")}, r"not a \.zip"),
        ({"model": Path("ars.zip")}, "no heads are known for ARSPolicy"),
        ({"model": Path("empty")}, "not a run folder"),
    ],
)
def test_bad_input_is_told_in_a_line_and_writes_nothing(changes, message):
    PPO("MlpPolicy", "CartPole-v1").save("model")
    ARS("MlpPolicy", "CartPole-v1").save("ars")
    Path("text.zip").write_text("hello")
    Path("empty").mkdir()
    before = set(Path().rglob("*"))
    with pytest.raises(USER_ERRORS, match=message) as error:
        short(**{"model": "model.zip", "env": "CartPole-v1", **changes})
    assert "\n" not in str(error.value)
    assert set(Path().rglob("*")) == before


def test_an_actor_with_critics():
    SAC("MlpPolicy", "Pendulum-v1", buffer_size=10, policy_kwargs={"net_arch": [8]}).save("sac")
    told = short("sac.zip", "Pendulum-v1", heads=("q", "action_0"), methods=("jacobian", "occlusion"), video_steps=0)
    assert {str(key) for key in told.maps} == {"q", "action_0", "q/occlusion", "action_0/occlusion"}
    assert told.notes == []


@pytest.mark.parametrize("masked", [True, False])
def test_play_without_masks_is_said(masked):
    """A model trained behind ActionMasker, whose registered env itself has masks or none."""

    class Masked(gym.Wrapper):
        def action_masks(self):
            return np.array([self.unwrapped.steps_beyond_terminated is not None, True])  # never the first action

    name = f"Masked{masked}-v0"
    gym.register(
        name, lambda render_mode=None: (Masked if masked else gym.Wrapper)(gym.make("CartPole-v1", render_mode=render_mode))
    )
    model = MaskablePPO("MlpPolicy", ActionMasker(gym.make("CartPole-v1"), lambda env: [0, 1]), policy_kwargs={"net_arch": [8]})
    model.save("masked")
    told = short("masked.zip", name, heads="action", video_steps=0, trust=False)
    gym.registry.pop(name)
    text = Path("out/report.md").read_text()
    assert ("explained without masks" in text) == (not masked)
    assert len(told.notes) == (not masked)
    masks = ProbeSet.load(Path("out/probes.npz")).masks
    assert masks is None if not masked else masks.tolist() == [[False, True]] * 2


def test_one_name_and_paths_as_texts():
    env = VecNormalize(make_vec_env("Pendulum-v1", 1))
    model = A2C("MlpPolicy", env)
    model.save("a2c")
    env.save("vecnormalize.pkl")
    told = short("a2c.zip", "Pendulum-v1", heads="value", methods="occlusion", vec_normalize="vecnormalize.pkl", output="out")
    assert [(row.head, row.method) for row in told.trust] == [("value", "occlusion")]
    again = short("a2c.zip", None, heads=None, probes="out/probes.npz", output="again", checks=False)
    assert "value" in {key.head for key in again.maps}
    compare("out", output="page.html", names="only")
    assert "<title>Saliency maps: only</title>" in Path("page.html").read_text()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="nobody may write to /proc, where there is one")
def test_an_output_that_cannot_be_made_is_found_before_anything_is_played(monkeypatch):
    PPO("MlpPolicy", "CartPole-v1").save("model")
    monkeypatch.setattr("saccade.experiments.explaining.Player", None)
    with pytest.raises(OutputError, match=r"/proc/out cannot be made: .*; choose another output"):
        short("model.zip", "CartPole-v1", output=Path("/proc/out"))


def test_a_policy_looks_if_its_reader_says_that_it_chooses_a_gaze(monkeypatch):
    policy = PPO("MlpPolicy", "CartPole-v1").policy
    for chooses in (False, True):
        reader = SimpleNamespace(chooses_gaze=chooses, sees_whole_image=False)
        monkeypatch.setattr("saccade.experiments.model_envs.model_env.head_reader", lambda _, reader=reader: reader)
        assert looks(policy) == chooses


def test_states_of_another_env_and_what_is_there_already():
    PPO("MlpPolicy", "CartPole-v1").save("model")
    ProbeSet(np.zeros((2, 3), np.float32)).save(Path("probes.npz"))
    with pytest.raises(USER_ERRORS, match=r"observations have the shape \(2, 3\)"):
        short("model.zip", None, probes=Path("probes.npz"))
    Path("out").mkdir()
    with pytest.raises(USER_ERRORS, match="exists already and is not overwritten"):
        short("model.zip", "CartPole-v1")
