"""Run folders and a model of saccade 0.1.0 before its code moved: they load, go on, and are explained, evaluated and compared."""

import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch as th
import yaml

from saccade.agents import DoubleDQN
from saccade.experiments import ErrorRate, GameScores, compare, evaluate, explain, resume
from saccade.policies import DuelingMlpPolicy

ARCHIVES = Path(__file__).resolve().parents[1] / "first_house"


@pytest.fixture(autouse=True)
def unpacked(elsewhere: None) -> None:
    """The folder first_house in the working directory."""
    for archive in ARCHIVES.glob("*.tar.xz"):
        with tarfile.open(archive) as kept:
            kept.extractall(filter="data")


def test_a_model_gives_the_values_it_gave():
    model = DoubleDQN.load("first_house/cartpole/model.zip", device="cpu")
    assert isinstance(model.policy, DuelingMlpPolicy)
    observations = th.tensor([[0.1, -0.2, 0.03, 0.4], [0, 0, 0.1, 0]])
    expected = [[0.061460889875888824, 0.23736944794654846], [0.022431418299674988, 0.3449338674545288]]
    with th.no_grad():
        values = model.policy.q_net(observations)
    assert th.allclose(values, th.tensor(expected), rtol=1e-5, atol=1e-6)


def test_a_model_is_explained():
    told = explain("first_house/cartpole/model.zip", env="CartPole-v1", states=2, steps=8, video_steps=0, output=Path("out"))
    assert {row.head for row in told.trust} == {"value", "advantage"}
    assert Path("out/report.md").is_file()


def test_recorded_events_are_compared():
    page = compare([Path("first_house/cartpole")] * 2)
    assert "<title>Saliency maps: cartpole, cartpole (2)</title>" in page.read_text()


@pytest.mark.usefixtures("small_events")
def test_a_stopped_run_goes_on_with_its_replay_buffer():
    run = Path("first_house/breakout-dueling-dqn")
    told: list[str] = []

    class Kept:
        shows_progress = False
        say = staticmethod(told.append)

    result = resume(run, total_timesteps=162, reporter=Kept())
    assert (result.env_steps, result.stopped) == (162, False)
    assert not any("no replay buffer was saved" in line for line in told)
    assert not (run / "checkpoints" / "replay_buffer.pkl").exists()
    assert yaml.safe_load((run / "config.yml").read_text())["options"]["total_timesteps"] == 162


def test_a_run_of_atari_is_evaluated_and_explained():
    run = Path("first_house/breakout-dueling-dqn")
    scores = evaluate(run, games=1, video_steps=2, sticky_actions=0)
    assert isinstance(scores, GameScores)
    assert scores.env_steps == 122
    told = explain(run, states=2, steps=6, video_steps=2, checks=False)
    assert np.isclose(sum(told.shares["value"]), 1)
    assert Path("explain-breakout-dueling-dqn/report.md").is_file()


def test_a_run_with_a_gaze_goes_on_and_is_evaluated_and_explained():
    run = Path("first_house/catch-glimpse-reinforce")
    config = yaml.safe_load((run / "config.yml").read_text())
    assert isinstance(config["options"]["env_kwargs"], list)  # words, as that version wrote them
    n_envs, before = config["hyperparameters"]["n_envs"], 184
    result = resume(run, total_timesteps=before + 23 * n_envs)
    assert result.env_steps == before + 23 * n_envs
    scores = evaluate(run, games=8)
    assert isinstance(scores, ErrorRate)
    assert (scores.episodes, scores.gaze) == (8, "learned")
    told = explain(run, heads=("class",), states=2, steps=6, video_steps=0, checks=False, through_time=4)
    assert told.lags.keys() == {"class"}
