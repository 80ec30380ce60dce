"""A wrong option is said before a file or folder that is there already: replacing that would not help."""

from pathlib import Path

import pytest
from stable_baselines3 import PPO

from saccade.experiments import USER_ERRORS, OutputError, explain, plot


@pytest.fixture
def model() -> Path:
    PPO("MlpPolicy", "CartPole-v1", device="cpu", policy_kwargs={"net_arch": [2]}).save("model")
    return Path("model.zip")


@pytest.mark.parametrize("output", [None, "there"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"env": "CartPole-v1", "heads": "advantage"}, "no head 'advantage'"),
        ({"env": "Endurro"}, "unknown Atari game 'Endurro'"),
        ({"env": "CartPole-v1", "methods": "saliency"}, "no method 'saliency'"),
        ({"env": "CartPole-v1", "states": 9, "steps": 4}, "give more steps"),
        ({}, "say where the model plays"),
    ],
)
def test_explain(model, monkeypatch, output, options, message):
    monkeypatch.setattr("saccade.experiments.explaining.Player", None)  # nothing is played
    for name in ("there", "explain-model"):
        Path(name).mkdir()
    with pytest.raises(USER_ERRORS, match=message):
        explain(model, output=output, **options)
    with pytest.raises(OutputError, match="exists already"):
        explain(model, env="CartPole-v1", output=output)


def test_plot(tmp_path):
    (tmp_path / "scores.png").write_text("a picture")
    with pytest.raises(USER_ERRORS, match=r"there is no folder runs/nothing; give the folders"):
        plot("runs/nothing")
    (tmp_path / "scores.png").unlink()
    Path("run").mkdir()
    for runs in (["runs/nothing"], ["run", "runs/nothing"]):
        with pytest.raises(USER_ERRORS, match=r"there is no folder runs/nothing; give the folders"):
            plot(runs)
    assert not list(tmp_path.glob("scores*"))
