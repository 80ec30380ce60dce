"""Folders as RL Zoo leaves them: which model, which env, and what is said."""

import json
import shutil
import sys
from contextlib import nullcontext
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.atari_wrappers import AtariWrapper
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecFrameStack, VecNormalize
from zoo_writing import dumped

from saccade.experiments import USER_ERRORS, EnvError, OutputError, ZooError, evaluate, explain
from saccade.experiments.zoo import evaluated_model
from saccade.experiments.zoo.layout import ZooFolder, chosen_model
from saccade.experiments.zoo.saved_model import SavedModel, is_saved_model, saved_model
from saccade.saliency import ProbeSet, load_policy

FEW = {"states": 2, "steps": 6, "video_steps": 0, "checks": False, "device": "cpu"}
SMALL = {"n_steps": 8, "batch_size": 8, "n_epochs": 1, "device": "cpu"}


def experiment(model: PPO, env: str, statistics: VecNormalize | None = None, args: dict | None = None, **config) -> Path:
    """RL Zoo's folder of a model."""
    folder = Path("logs/ppo") / f"{env}_1"
    (folder / env).mkdir(parents=True)
    model.save(folder / env)
    (folder / env / "args.yml").write_text(dumped({"algo": "ppo", "env": env, "env_kwargs": None, **(args or {})}))
    (folder / env / "config.yml").write_text(dumped({"policy": "MlpPolicy", "n_envs": 1, **config}))
    if statistics is not None:
        statistics.save(str(folder / env / "vecnormalize.pkl"))
    return folder


def test_each_way_to_name_a_folder_means_the_same_model(zoo_folder):
    inner, file = zoo_folder / "CartPole-v1", zoo_folder / "CartPole-v1.zip"
    for word in (zoo_folder, f"{zoo_folder}/", inner, file):
        assert is_saved_model(word)
        found = saved_model(word)
        assert (found.path, found.name, found.settings.env) == (file, "CartPole-v1", "CartPole-v1")
    explained = explain(f"{zoo_folder}/", **FEW)
    assert explained.about == f"{file} in CartPole-v1"
    assert json.loads(Path("explain-CartPole-v1/report.json").read_text())["notes"] == []
    assert evaluate(zoo_folder, games=1, video_steps=0).scores.shape == (1,)
    with pytest.raises(OutputError, match="exists already"):
        evaluate(zoo_folder, games=1, video_steps=0)
    assert evaluate(zoo_folder, games=2, video_steps=0, force=True).scores.shape == (2,)
    Path("evaluate-CartPole-v1/notes.txt").write_text("the user's own")
    with pytest.raises(OutputError, match="is not what this command writes"):
        evaluate(zoo_folder, games=1, video_steps=0, force=True)
    assert len(json.loads(Path("evaluate-CartPole-v1/scores.json").read_text())["scores"]) == 2


def test_a_clone_of_the_hubs_repository(zoo_files):
    folder = Path("ppo-CartPole-v1")
    folder.mkdir()
    for name, content in zoo_files.items():
        (folder / name).write_bytes(content)
    (folder / "ppo-CartPole-v1").mkdir()  # RL Zoo also unpacks the model
    assert saved_model(folder).path == folder / "ppo-CartPole-v1.zip"
    assert saved_model(folder).settings.env == "CartPole-v1"


def test_the_final_model_is_meant(zoo_folder):
    for name in ("best_model.zip", "rl_model_1000_steps.zip"):
        shutil.copy(zoo_folder / "CartPole-v1.zip", zoo_folder / name)
    assert saved_model(zoo_folder).path.name == "CartPole-v1.zip"
    assert saved_model(zoo_folder / "best_model.zip").settings.env == "CartPole-v1"
    (zoo_folder / "CartPole-v1.zip").unlink()
    with pytest.raises(ZooError, match=r"several models; give one of them: best_model.zip, rl_model_1000_steps.zip"):
        saved_model(zoo_folder)


@pytest.mark.parametrize(
    ("names", "env", "algo", "expected"),
    [
        (["x.zip"], None, None, "x.zip"),
        (["a.zip", "repo.zip"], None, None, "repo.zip"),
        (["ppo-ALE-Pong-v5.zip", "best_model.zip"], "ALE/Pong-v5", "ppo", "ppo-ALE-Pong-v5.zip"),
        (["Pong-v4.zip", "best_model.zip"], "Pong-v4", "dqn", "Pong-v4.zip"),
    ],
)
def test_which_model(names, env, algo, expected):
    assert chosen_model(names, env, algo, "repo") == (expected, sorted({*names} - {expected}))


def test_a_folder_of_several_experiments(zoo_folder):
    shutil.copytree(zoo_folder, zoo_folder.with_name("CartPole-v1_2"))
    for folder in (zoo_folder.parent, zoo_folder.parent.parent):
        assert is_saved_model(folder)
        with pytest.raises(ZooError, match=r"several models of RL Zoo; give one of them: .*CartPole-v1_1, .*CartPole-v1_2"):
            explain(folder, **FEW)


def test_what_is_no_folder_of_the_zoo(tmp_path):
    Path("empty").mkdir()
    assert ZooFolder.of(Path("empty")) is None
    assert not is_saved_model("empty")
    for run in (explain, evaluate):
        with pytest.raises(USER_ERRORS, match="not a run folder"):
            run("empty")


def test_normalised_then_stacked_as_the_zoo_trains(monkeypatch):
    env = VecNormalize(make_vec_env("CartPole-v1", 1))
    model = PPO("MlpPolicy", VecFrameStack(env, 3), **SMALL).learn(16)
    folder = experiment(model, "CartPole-v1", env, normalize="dict(norm_obs=True, norm_reward=False)", frame_stack=3)
    saved = saved_model(folder)
    place = saved.place(load_policy(saved.path, "cpu"))
    made = place.make(1, 0, None)
    assert place.notes == ["It sees, from the env on: normalised observations, then stacks of 3 observations."]
    raw = make_vec_env("CartPole-v1", 1)
    raw.seed(0)
    expected = env.normalize_obs(raw.reset())
    np.testing.assert_allclose(made.reset()[:, 8:], expected, rtol=1e-6)
    statistics = folder / "CartPole-v1/vecnormalize.pkl"
    explain(folder, output="found", **FEW)
    explain(folder, output="given", vec_normalize=statistics, **FEW)
    statistics.unlink()
    plain = explain(folder, output="plain", **FEW)
    assert plain.notes[0].startswith("It was trained on normalised observations, but no statistics lie beside it, so")
    assert plain.notes[1] == "It sees, from the env on: stacks of 3 observations."
    found, given, raw = (ProbeSet.load(Path(name, "probes.npz")).observations for name in ("found", "given", "plain"))
    np.testing.assert_array_equal(found, given)
    assert not np.allclose(found, raw)
    assert "unnormalised" not in Path("found/report.md").read_text()


def test_rewards_alone_need_no_statistics():
    env = VecNormalize(make_vec_env("CartPole-v1", 1), norm_obs=False)
    folder = experiment(PPO("MlpPolicy", env, **SMALL), "CartPole-v1", env, normalize="{'norm_obs': False, 'norm_reward': True}")
    for trust in (False, True):
        assert saved_model(folder, trust).notes == ()
        assert saved_model(folder, trust).statistics is None


def test_wrappers_and_env_kwargs_of_the_zoo():
    from rl_zoo3.wrappers import HistoryWrapper

    env = HistoryWrapper(gym.make("MountainCarContinuous-v0", goal_velocity=0.1), horizon=2)
    folder = experiment(
        PPO("MlpPolicy", env, **SMALL),
        "MountainCarContinuous-v0",
        args={"env_kwargs": {"goal_velocity": 0.1}},
        env_wrapper=[{"rl_zoo3.wrappers.HistoryWrapper": {"horizon": 2}}],
    )
    saved = saved_model(folder)
    policy = load_policy(saved.path, "cpu")
    made = saved.place(policy).make(1, 0, None)
    assert made.reset().shape == (1, 6)
    assert made.get_attr("goal_velocity") == [0.1]
    assert saved.place(policy, env_kwargs={"goal_velocity": 0.2}).make(1, 0, None).get_attr("goal_velocity") == [0.2]
    with pytest.raises(USER_ERRORS, match="the model sees"):
        explain(folder, env="Pendulum-v1", **FEW)
    shutil.copy(saved.path, "alone.zip")  # 6 numbers are three times 2, but no stack of 3: the bounds are others
    with pytest.raises(USER_ERRORS, match=r"the model sees .*\(shapes \(6,\) and \(2,\)\)"):
        explain("alone.zip", env="MountainCarContinuous-v0", **FEW)


def test_atari_of_the_zoo_is_played_by_make_atari():
    env = VecFrameStack(make_vec_env("PongNoFrameskip-v4", 1, wrapper_class=AtariWrapper), 3)
    model = PPO("CnnPolicy", env, policy_kwargs={"features_extractor_kwargs": {"features_dim": 8}}, **SMALL)
    wrapper = ["stable_baselines3.common.atari_wrappers.AtariWrapper"]
    folder = experiment(model, "PongNoFrameskip-v4", env_wrapper=wrapper, frame_stack=3)
    explained = explain(folder, **FEW)
    assert not explained.notes  # three grey frames: config.yml says it, so nobody has to
    probes = ProbeSet.load(Path("explain-PongNoFrameskip-v4/probes.npz")).observations
    assert probes.shape == (2, 3, 84, 84)
    saved = saved_model(folder)
    ours = saved.place(load_policy(saved.path, "cpu")).make(1, 0, None)
    assert type(ours).__name__ == "GymnasiumVecEnv"
    sticky = saved.place(load_policy(saved.path, "cpu"), env="ALE/Pong-v5").make(1, 0, None)
    assert sticky.reset().shape == (1, 3, 84, 84)
    assert sticky.get_attr("spec")[0].id == "ALE/Pong-v5"
    for made in (ours, sticky):
        made.close()


@pytest.mark.parametrize("args", [{"gym_packages": ["own_envs"]}, {"env": "own_envs:Own-v0"}])
def test_modules_that_a_strangers_file_names_are_imported_with_trust_only(args, zoo_folder, monkeypatch, tmp_path):
    text = "import gymnasium\ngymnasium.register('Own-v0', 'gymnasium.envs.classic_control:CartPoleEnv')\n"
    Path("own_envs.py").write_text(f"from pathlib import Path\nPath('imported').touch()\n{text}")
    monkeypatch.syspath_prepend(str(tmp_path))
    (zoo_folder / "CartPole-v1/args.yml").write_text(dumped({"algo": "ppo", "env": "Own-v0", **args}))
    with pytest.raises(EnvError, match=r"wants to import own_envs for its env .*Own-v0; .* say env own_envs:Own-v0, or trust"):
        explain(zoo_folder, **FEW)
    assert not Path("imported").exists()
    saved = saved_model(zoo_folder, trust=True)
    saved.place(load_policy(saved.path, "cpu")).make(1, 0, None).close()
    assert Path("imported").exists()
    del sys.modules["own_envs"], gym.registry["Own-v0"]


def test_an_env_that_imports_what_its_keywords_name(zoo_folder):
    args = {"algo": "ppo", "env": "GymV26Environment-v0", "env_kwargs": {"env_id": "own_envs:Own-v0"}}
    (zoo_folder / "CartPole-v1/args.yml").write_text(dumped(args))
    with pytest.raises(EnvError, match=r"wants to import gym for its env GymV26Environment-v0"):
        explain(zoo_folder, **FEW)


def test_an_env_of_old_gym(zoo_folder):
    (zoo_folder / "CartPole-v1/args.yml").write_text(dumped({"env": "HalfCheetahBulletEnv-v0"}))
    with pytest.raises(EnvError, match=r"the env 'HalfCheetahBulletEnv-v0' cannot be made: .* doesn't exist"):
        explain(zoo_folder, **FEW)
    assert saved_model(zoo_folder).place(load_policy(zoo_folder / "CartPole-v1.zip", "cpu"), "CartPole-v1").name == "CartPole-v1"


def test_a_plain_zip_has_no_settings(cartpole_zip):
    assert saved_model(cartpole_zip) == SavedModel(cartpole_zip, "CartPole-v1", str(cartpole_zip))
    assert saved_model("nowhere").path == Path("nowhere")  # load_policy says that there is no such file


@pytest.mark.parametrize("failure", [RuntimeError("no encoder"), KeyboardInterrupt()])
def test_scores_are_kept_without_their_video(zoo_folder, monkeypatch, failure):
    def fails(*_):
        raise failure

    monkeypatch.setattr(evaluated_model, "film_play", fails)
    with pytest.raises(KeyboardInterrupt, match="scores are kept") if isinstance(failure, KeyboardInterrupt) else nullcontext():
        evaluate(zoo_folder, games=1, video_steps=2)
    assert {path.name for path in Path("evaluate-CartPole-v1").iterdir()} == {"scores.csv", "scores.json"}
