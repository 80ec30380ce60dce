"""What is taken from args.yml, config.yml and env_kwargs.yml."""

from pathlib import Path

import gymnasium as gym
import pytest
from gymnasium.wrappers import GrayscaleObservation, ResizeObservation
from sb3_contrib.common.wrappers import TimeFeatureWrapper
from stable_baselines3.common.atari_wrappers import AtariWrapper
from stable_baselines3.common.vec_env import VecEnvWrapper, VecExtractDictObs
from zoo_writing import dumped

from saccade.experiments import ZooError
from saccade.experiments.zoo.settings import ZooSettings
from saccade.experiments.zoo.wrapper_names import named_wrappers


def settings(trust: bool = False, **files) -> ZooSettings:
    """Of files with these entries: ``args={...}, config={...}, env_kwargs={...}``."""
    written = {}
    for name, entries in files.items():
        path = Path(f"{name}.yml")
        path.write_text(entries if isinstance(entries, str) else dumped(entries))
        written[path.name] = path
    return ZooSettings.read(written, trust)


def test_atari_of_the_zoo():
    found = settings(
        args={"algo": "ppo", "env": "BreakoutNoFrameskip-v4", "env_kwargs": None},
        config={"env_wrapper": ["stable_baselines3.common.atari_wrappers.AtariWrapper"], "frame_stack": 4, "normalize": False},
        env_kwargs={},
    )
    assert (found.env, found.algo, found.env_kwargs, found.normalised) == ("BreakoutNoFrameskip-v4", "ppo", {}, False)
    assert found.wrapping.env_wrappers == ((AtariWrapper, {}),)
    assert found.wrapping.frame_stack == 4
    assert found.wrapping.as_make_atari("BreakoutNoFrameskip-v4") == {"frame_stack": 4}
    assert found.wrapping.as_make_atari("ALE/Breakout-v5") is None  # repeats actions by itself


@pytest.mark.parametrize(
    ("normalize", "expected"),
    [
        (True, True),
        (False, False),
        (None, False),
        ("{'norm_obs': True, 'norm_reward': False}", True),
        ("{'norm_obs': False, 'norm_reward': True}", False),
        ("dict(norm_obs=False, norm_reward=True)", False),
        ("dict(norm_reward=False)", True),
        ({"norm_obs": False}, False),
    ],
)
def test_whether_observations_were_normalised(normalize, expected):
    assert settings(config={"normalize": normalize}).normalised == expected


@pytest.mark.parametrize(
    "normalize", ["__import__('os').mkdir('made')", "dict(a=open('made', 'w'))", "(" * 10_000, "a\0", 5, "dict(*x)"]
)
def test_normalize_that_is_no_plain_value(normalize):
    with pytest.raises(ZooError, match=r"config.yml: normalize is") as error:
        settings(config={"normalize": normalize})
    assert "\n" not in str(error.value)
    assert not Path("made").exists()


def test_the_command_lines_env_kwargs_go_before_the_files():
    config, args, chosen = {"env_kwargs": {"a": 1, "b": 2}}, {"env_kwargs": {"a": 3}}, {"render_mode": "human", "c": 5}
    assert settings(config=config).env_kwargs == {"a": 1, "b": 2}
    assert settings(config=config, args={"env_kwargs": None}).env_kwargs == {"a": 1, "b": 2}
    assert settings(config=config, args=args).env_kwargs == {"a": 3}
    assert settings(config=config, args=args, env_kwargs=chosen).env_kwargs == {"c": 5}
    assert settings(config={"env_kwargs": "dict(a=1)"}).env_kwargs == {"a": 1}


def test_wrappers_with_arguments_of_old_and_new_packages():
    names = [
        "sb3_contrib.common.wrappers.TimeFeatureWrapper",
        {"gym.wrappers.resize_observation.ResizeObservation": {"shape": [64, 64]}},
        {"gym.wrappers.gray_scale_observation.GrayScaleObservation": {"keep_dim": True}},
    ]
    assert named_wrappers(names, gym.Wrapper, "here", False) == (
        (TimeFeatureWrapper, {}),
        (ResizeObservation, {"shape": (64, 64)}),
        (GrayscaleObservation, {"keep_dim": True}),
    )
    (history,) = named_wrappers({"utils.wrappers.HistoryWrapper": {"horizon": 2}}, gym.Wrapper, "here", False)
    assert (history[0].__module__, history[1]) == ("rl_zoo3.wrappers", {"horizon": 2})
    vector = {"stable_baselines3.common.vec_env.VecExtractDictObs": {"key": "image"}}
    assert named_wrappers(vector, VecEnvWrapper, "here", False) == ((VecExtractDictObs, {"key": "image"}),)
    assert named_wrappers(None, gym.Wrapper, "here", False) == ()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("os.system", "names os.system, which is not used, because it can run code"),
        ("minigrid.wrappers.FlatObsWrapper", "which is not used"),
        ("gymnasium.wrappers.RecordVideo", "which is not used, because it can run code or write files"),
        ("stable_baselines3.common.monitor.Monitor", "write files"),
        ("stable_baselines3.PPO", "is not a Wrapper that can be used"),
        ("rl_zoo3.utils.gym", "is not a Wrapper that can be used"),
        ("gymnasium.wrappers.None_", "cannot be imported"),
        ("stable_baselines3.nowhere.Wrapper", "cannot be imported"),
        ("AtariWrapper", "which is not used"),
        (["a", 5], "which is not used"),
        ([5], "which is not a wrapper's name"),
        ({"a": {}, "b": {}}, "which is not a wrapper's name"),
        ({"gymnasium.wrappers.ResizeObservation": {"shape": [10**6, 5]}}, "has shape 1,000,000; at most 2,000 is taken"),
        ({"gym.wrappers.FrameStack": {"num_stack": 10**9}}, "has stack_size 1,000,000,000"),
    ],
)
def test_what_is_no_wrapper_of_known_packages(given, message):
    with pytest.raises(ZooError, match=message) as error:
        named_wrappers(given, gym.Wrapper, "here", False)
    assert "\n" not in str(error.value)


def test_wrappers_of_any_package_with_trust(monkeypatch, tmp_path):
    Path("own_wrappers.py").write_text("import gymnasium\nclass Own(gymnasium.Wrapper):\n    pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    config = {"env_wrapper": "own_wrappers.Own"}
    with pytest.raises(ZooError, match=r"names own_wrappers.Own, which is not used"):
        settings(config=config)
    assert settings(trust=True, config=config).wrapping.env_wrappers[0][0].__name__ == "Own"


def test_what_is_not_read_is_said():
    found = settings(config="policy_kwargs: !!python/object/apply:os.mkdir [made]\nframe_stack: 2\n")
    assert found.notes == ("config.yml: policy_kwargs has !!python/object/apply:os.mkdir, which is not read.",)
    assert found.wrapping.frame_stack == 2
    assert not Path("made").exists()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"args": {"env": 5}}, "args.yml: env is 5; it must be a name"),
        ({"config": {"frame_stack": "many"}}, "frame_stack is 'many'"),
        ({"config": {"frame_stack": 10**9}}, "frame_stack is 1000000000"),
        ({"env_kwargs": "{a: b, 5: 6}"}, "it must be keyword arguments by name"),
        ({"args": "env_kwargs: {a: !!python/name:os.system ''}"}, "env_kwargs: a has the value"),
        ({"config": "env_wrapper: !!python/name:os.system ''"}, "not a wrapper's name"),
        ({"config": "env_wrapper: {gymnasium.wrappers.TimeLimit: {n: !!python/name:os.system ''}}"}, "which is not made"),
        (
            {"config": {"env_wrapper": {"stable_baselines3.common.atari_wrappers.AtariWrapper": {"noop_max": 10**9}}}},
            "noop_max 1,000",
        ),
        ({"config": "normalize: !!python/name:os.system ''"}, "which is not read, because it can run code"),
    ],
)
def test_entries_that_cannot_be(files, message):
    with pytest.raises(ZooError, match=message) as error:
        settings(**files)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("given", ["own_envs", 5, {"own_envs": 1}, [5], [None]])
def test_packages_that_are_no_list_of_names(given):
    with pytest.raises(ZooError, match=r"args\.yml: gym_packages is .*; it must be a list of names"):
        settings(args={"algo": "ppo", "env": "CartPole-v1", "gym_packages": given})
