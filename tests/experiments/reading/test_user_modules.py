"""Modules of envs and policies in the folder one stands in."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import gymnasium as gym
import pytest
from stable_baselines3 import PPO

from saccade.experiments import ConfigError, EnvError, RunConfig, evaluate, explain
from saccade.experiments.reading.dotted_names import class_named
from saccade.experiments.reading.user_modules import import_env_module
from saccade.experiments.setup.env_names import check_env_name

CARTPOLE = "'gymnasium.envs.classic_control:CartPoleEnv'"
FEW = {"states": 2, "steps": 4, "video_steps": 0, "trust": False, "device": "cpu"}


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Modules, envs and places to search are afterwards as they were."""
    modules, envs, path = set(sys.modules), set(gym.registry), list(sys.path)
    yield
    assert sys.path == path
    for name in set(gym.registry) - envs:
        del gym.registry[name]
    for name in set(sys.modules) - modules:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if file.startswith(str(Path.cwd())):
            del sys.modules[name]


def test_a_module_beside_one(monkeypatch):
    Path("own_games.py").write_text(f"import gymnasium\ngymnasium.register('Own-v0', {CARTPOLE})\n")
    PPO("MlpPolicy", "CartPole-v1", n_steps=8, batch_size=8, device="cpu").save("model")
    assert explain("model.zip", env="own_games:Own-v0", **FEW).about == "model.zip in own_games:Own-v0"
    assert evaluate("model.zip", env="own_games:Own-v0", games=1, video_steps=0).scores.shape == (1,)


def test_a_package_whose_env_is_in_another_module():
    Path("own_package").mkdir()
    Path("own_package/__init__.py").write_text("import gymnasium\ngymnasium.register('Far-v0', 'far_away:Far')\n")
    Path("far_away.py").write_text("from gymnasium.envs.classic_control import CartPoleEnv\nclass Far(CartPoleEnv):\n    pass\n")
    import_env_module("own_package:Far-v0")
    assert type(gym.make("own_package:Far-v0").unwrapped).__name__ == "Far"


@pytest.mark.parametrize("installed", [False, True])
def test_a_model_may_have_classes_of_it(installed, monkeypatch):
    folder = Path("site-packages") if installed else Path()
    folder.mkdir(exist_ok=True)
    (folder / "own_parts.py").write_text(
        "import gymnasium\n"
        "from stable_baselines3.common.torch_layers import FlattenExtractor\n"
        f"gymnasium.register('Parts-v0', {CARTPOLE})\n"
        "class Own(FlattenExtractor):\n"
        "    pass\n"
    )
    with monkeypatch.context() as patched:
        patched.syspath_prepend(str(folder.absolute()))
        own = importlib.import_module("own_parts").Own
        kwargs = {"features_extractor_class": own}
        PPO("MlpPolicy", "CartPole-v1", n_steps=8, batch_size=8, device="cpu", policy_kwargs=kwargs).save("model")
    del sys.modules["own_parts"], gym.registry["Parts-v0"]  # as in another process
    with monkeypatch.context() as patched:
        if installed:
            patched.syspath_prepend(str(folder.absolute()))
        assert explain("model.zip", env="own_parts:Parts-v0", **FEW).about == "model.zip in own_parts:Parts-v0"


def test_training_finds_it_too():
    Path("own_pictures.py").write_text(
        "import gymnasium, numpy\n"
        "class Picture(gymnasium.Env):\n"
        "    observation_space = gymnasium.spaces.Box(0, 255, (36, 36, 3), numpy.uint8)\n"
        "    action_space = gymnasium.spaces.Discrete(2)\n"
        "gymnasium.register('Picture-v0', Picture)\n"
    )
    assert RunConfig("own_pictures:Picture-v0", "pqn").env == "own_pictures:Picture-v0"


@pytest.mark.parametrize("package", [False, True])
def test_a_policy_beside_one(package):
    text = "from stable_baselines3.common.policies import ActorCriticCnnPolicy\nclass Own(ActorCriticCnnPolicy):\n    pass\n"
    if package:
        Path("policies_beside").mkdir()
        Path("policies_beside/small.py").write_text(text)
        Path("policies_beside/__init__.py").touch()
    else:
        Path("policy_beside.py").write_text(text)
    name = "policies_beside.small.Own" if package else "policy_beside.Own"
    assert class_named(name, "policy").__module__ == name.rpartition(".")[0]


def test_files_beside_one_take_the_place_of_no_others():
    Path("json.py").write_text("raise RuntimeError('shadowed')\n")
    Path("rl_zoo3").mkdir()
    Path("rl_zoo3/__init__.py").write_text("raise RuntimeError('shadowed')\n")
    Path("reads_json.py").write_text(f"import json, gymnasium\njson.loads('1')\ngymnasium.register('Json-v0', {CARTPOLE})\n")
    import_env_module("reads_json:Json-v0")
    import_env_module("rl_zoo3:CartPole-v1")
    assert "Json-v0" in gym.registry


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no module broken, neither installed nor in "),
        ("import not_installed", "the env 'broken:X-v0' cannot be made: importing broken says: No module named 'not_installed'"),
        ("1 / 0", "the env 'broken:X-v0' cannot be made: importing broken says: division by zero"),
        ("def", "the env 'broken:X-v0' cannot be made: importing broken says: invalid syntax"),
    ],
)
def test_what_is_wrong_with_it_is_one_line(text, message):
    if text is not None:
        Path("broken.py").write_text(text)
    for check in (import_env_module, check_env_name, lambda env: RunConfig(env, "pqn")):
        with pytest.raises(EnvError, match=message) as error:
            check("broken:X-v0")
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("env", ["no.such.package:X-v0", "not a name:X-v0", "..:X-v0", ":X-v0"])
def test_what_is_no_modules_name(env):
    with pytest.raises(ConfigError, match="cannot be made: "):
        import_env_module(env)
