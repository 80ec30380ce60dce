import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.envs import FakeImageEnv, IdentityEnv
from substitutions import FrameBufferOrTheirs, OneFrameBuffer, PQNForDQN, SyncEnvs, replace

HERE = Path(__file__).parent


class Theirs:
    pass


class Ours:
    pass


def test_a_class_is_replaced_in_the_modules_of_the_peers_and_nowhere_else(monkeypatch):
    peer, other = ModuleType("stable_baselines3.made_up"), ModuleType("made_up_package")
    User = type("User", (), {"__module__": peer.__name__, "make": lambda self, a=1, cls=Theirs: cls})
    for module in (peer, other):
        module.Theirs, module.User = Theirs, User
        monkeypatch.setitem(sys.modules, module.__name__, module)
    replace(Theirs, Ours)
    assert peer.Theirs is Ours
    assert other.Theirs is Theirs
    assert User().make() is Ours, "a default is replaced, too"


def test_frame_buffer_takes_arrays_and_leaves_the_rest_to_sb3():
    box, action = spaces.Box(0, 255, (2, 6, 5), np.uint8), spaces.Discrete(2)
    assert isinstance(FrameBufferOrTheirs(10, box, action), OneFrameBuffer)
    assert type(FrameBufferOrTheirs(10, spaces.Discrete(4), action)) is ReplayBuffer
    optimized = {"optimize_memory_usage": True, "handle_timeout_termination": False}
    assert type(FrameBufferOrTheirs(10, box, action, **optimized)) is ReplayBuffer


def test_pqn_takes_the_arguments_of_dqn():
    model = PQNForDQN("MlpPolicy", IdentityEnv(2), buffer_size=5, train_freq=3, gradient_steps=2, gamma=0.4)
    assert model.gamma == 0.4
    assert model.n_steps == 32


def test_envs_made_like_a_dummy_vec_env():
    env = SyncEnvs([lambda: FakeImageEnv(screen_height=8, screen_width=8)] * 2)
    assert env.num_envs == len(env.envs) == 2
    assert env.reset().shape == (2, 8, 8, 1)


THEIR_TESTS = """
import pytest
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.envs import IdentityEnv

@pytest.mark.parametrize("model_class", [DQN, PPO])
def test_made(model_class):
    model_class("MlpPolicy", IdentityEnv(2))

def test_of_dqn_not_made():
    assert "DQN" in DQN.__name__

def test_name():
    assert DQN.__name__ == "DQN"

def test_of_something_else():
    assert PPO
"""


@pytest.mark.slow
def test_a_made_up_suite_runs_on_our_class(tmp_path):
    for peer, tests in (("sb3", THEIR_TESTS), ("contrib", "def test_nothing(): pass")):
        (tmp_path / peer / "tests").mkdir(parents=True)
        (tmp_path / peer / "tests" / "test_made_up.py").write_text(tests)
    paths = {"--sb3": "sb3", "--contrib": "contrib", "--folder": "kept", "--results": "results.json"}
    options = [word for option, name in paths.items() for word in (option, str(tmp_path / name))]
    command = [sys.executable, str(HERE / "run.py"), *options, "--substitutions", "double-dqn"]
    for _ in range(2):  # the second call finds everything done
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False)
        assert done.returncode == 1, done.stderr
        assert "test_name" in done.stdout
    row = json.loads((tmp_path / "results.json").read_text())["substitutions"]["double-dqn"]
    assert (row["passed"], row["passed_without_use"], row["not_ours"]) == (1, 1, [])
    assert row["not_run"] == []
    (mended,) = row["ours_to_mend"]
    assert mended["test"] == "stable-baselines3/tests/test_made_up.py::test_name"
    assert "'DoubleDQN' == 'DQN'" in mended["error"]
