"""What plugs into ours plugs into stock stable-baselines3 and RL Zoo."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from stable_baselines3 import DQN

from saccade.agents import FrameReplayBuffer
from saccade.envs import make_atari
from saccade.policies import DuelingCnnPolicy, SoftAttentionDuelingPolicy
from saccade.saliency import SaliencyCallback

ROOT = Path(__file__).resolve().parents[1]


def test_everything_of_ours_in_stock_dqn_at_once(tmp_path):
    env = make_atari("Seaquest", 2, seed=0)
    model = DQN(DuelingCnnPolicy, env, replay_buffer_class=FrameReplayBuffer, buffer_size=300, learning_starts=50, batch_size=8)
    model.learn(120, SaliencyCallback(folder=tmp_path / "maps", video_steps=0, probe_count=2))
    assert len(list((tmp_path / "maps").glob("*.png"))) == 2
    observations = np.stack([env.reset()[0] for _ in range(3)])
    model.save(tmp_path / "model.zip")
    expected = model.predict(observations, deterministic=True)[0]
    assert np.array_equal(DQN.load(tmp_path / "model.zip").predict(observations, deterministic=True)[0], expected)
    env.close()


@pytest.mark.integration
@pytest.mark.slow
def test_rl_zoo_runs_our_hyperparameter_file(tmp_path):
    """The file as it is, with a buffer that SB3's own replay can hold."""
    saved = trained_by_rl_zoo(tmp_path, ROOT / "hyperparams" / "dueling-dqn.yml")
    assert isinstance(DQN.load(saved, buffer_size=1).policy, DuelingCnnPolicy)


@pytest.mark.integration
@pytest.mark.slow
def test_rl_zoo_runs_soft_attention(tmp_path):
    """DQN with the policy of our agent and its arguments. RL Zoo knows no PQN."""
    plain, soft = (
        yaml.safe_load((ROOT / "hyperparams" / f"{name}.yml").read_text())["atari"]
        for name in ("dueling-dqn", "soft-attention-pqn")
    )
    file = tmp_path / "soft.yml"
    file.write_text(yaml.safe_dump({"atari": {**plain, "policy": soft["policy"], "policy_kwargs": soft["policy_kwargs"]}}))
    policy = DQN.load(trained_by_rl_zoo(tmp_path, file), buffer_size=1).policy
    assert isinstance(policy, SoftAttentionDuelingPolicy)
    assert policy.attention_kwargs["masked"]


def trained_by_rl_zoo(tmp_path: Path, file: Path) -> Path:
    """The model that RL Zoo's DQN saves after a few updates."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "rl_zoo3.train",
            "--algo",
            "dqn",
            "--env",
            "EnduroNoFrameskip-v4",
            "--n-timesteps",
            "240",
            "--conf-file",
            str(file),
            "--log-folder",
            str(tmp_path),
            "--eval-freq",
            "-1",
            "--hyperparams",
            "buffer_size:500",
            "learning_starts:100",
            "n_envs:2",
            "--seed",
            "1",
        ],
        capture_output=True,
        text=True,
        timeout=170,
        cwd=tmp_path,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert re.search(r"n_updates\s+\|\s+[1-9]", done.stdout) or "Saving to" in done.stdout
    (saved,) = tmp_path.glob("dqn/EnduroNoFrameskip-v4_1/EnduroNoFrameskip-v4.zip")
    return saved
