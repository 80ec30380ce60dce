"""The commands of the how-to pages, run in order in an empty folder with the files that the page shows, with fewer steps."""

import re
import sys
from pathlib import Path
from unittest.mock import patch

import gymnasium as gym
import pytest
from stable_baselines3 import DQN, PPO

from saccade.envs import make_atari
from saccade.saliency import METHODS
from saccade.scripts.command import main

ROOT = Path(__file__).resolve().parents[3]
HOW_TO = ROOT / "docs" / "how-to"
SHORT_TRAINING = ["--n-envs", "2", "--eager", "--eval-games", "0", "--wandb", "disabled", "--no-progress", "--total-timesteps"]
FILE = re.compile(r"```\w+\n# ([\w-]+\.(?:py|yml))\b[^\n]*\n(.*?)```", re.DOTALL)

pytestmark = [pytest.mark.slow, pytest.mark.integration, pytest.mark.timeout(300), pytest.mark.usefixtures("elsewhere")]


def shortened(words: list[str]) -> list[str]:
    """A training of a few steps; an explanation of a few states."""
    if words[0] == "train":
        if "--total-timesteps" in words:
            at = words.index("--total-timesteps")
            words = words[:at] + words[at + 2 :]
        return [*words, *SHORT_TRAINING, "2048" if "Quadrant" in words else "64"]
    return [*words, "--video-steps", "4"]


def model_for(page: str) -> None:
    """What the page's code blocks leave behind."""
    if page == "my-env":
        PPO("MlpPolicy", "my_envs:Corridor-v0", n_steps=64).save("ppo")
    if page == "my-policy":
        from my_policies import SmallDuelingPolicy

        DQN(SmallDuelingPolicy, make_atari("Pong"), buffer_size=100).save("small")


@pytest.mark.parametrize("page", ["my-env", "my-method-or-check", "my-policy", "reading-a-map"])
def test_commands_run(page, tmp_path, monkeypatch, capsys):
    text = (HOW_TO / f"{page}.md").read_text()
    monkeypatch.syspath_prepend(str(tmp_path))
    shown = dict(FILE.findall(text))
    for name, content in shown.items():
        (tmp_path / name).write_text(content)
    lines = re.findall(r"^    (?:\w+=\S+ )*saccade (.*)$", text, re.MULTILINE)
    assert lines
    with patch.dict(gym.registry), patch.dict(METHODS):
        model_for(page)
        for line in lines:
            main(shortened(line.split()))
    for name in shown:
        sys.modules.pop(Path(name).stem, None)
    if any("explain" in line for line in lines):
        assert list(tmp_path.rglob("report.md"))
