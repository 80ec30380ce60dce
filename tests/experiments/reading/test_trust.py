"""explain and evaluate read a model without running its code, unless they are told to trust it."""

from pathlib import Path

import pytest

from saccade.experiments import RunConfig, RunFolderError, evaluate, explain, read_hyperparameters
from saccade.experiments.reading.checkpoint_files import checkpoint_file
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.run_record import RunRecord
from saccade.experiments.setup.models import build_model
from saccade.experiments.setup.run_envs import run_env
from saccade.saliency.errors import SavedPolicyError

OWN = """
from pathlib import Path
from saccade.policies import GlimpsePolicy

class Own(GlimpsePolicy):
    def __init__(self, *args, **kwargs):
        Path("it-ran").touch()
        super().__init__(*args, **kwargs)
"""


@pytest.fixture
def run_of_own_policy(monkeypatch) -> Path:
    """The folder of a run whose policy is of a module of the user's."""
    Path("own_policies.py").write_text(OWN)
    monkeypatch.syspath_prepend(str(Path.cwd()))
    entry = read_hyperparameters("glimpse-reinforce", env="Catch")
    config = RunConfig("Catch", hyperparameters={**entry, "policy": "own_policies.Own"}, n_envs=2, eager=True)
    folder = RunFolder(Path("run"))
    folder.make(RunRecord.new(config))
    env = run_env(config.env, config.spec, config.fitted, 2, 0)
    build_model(config.spec, config.fitted, env, 0, "cpu", eager=True).save(checkpoint_file(folder.checkpoints, 0))
    env.close()
    Path("it-ran").unlink()
    return folder.path


def test_an_own_policy_needs_trust(run_of_own_policy):
    message = r"step_0000000000\.zip needs the class own_policies\.Own, which is not of SB3.*pass trust=True \(--trust\)"
    with pytest.raises(RunFolderError, match=message):
        evaluate(run_of_own_policy, games=2, video_steps=0)
    with pytest.raises(SavedPolicyError, match=message):
        explain(run_of_own_policy, states=1, steps=2, video_steps=0, through_time=0, checks=False)
    assert not Path("it-ran").exists()
    assert not Path("run/evaluation").exists()
    scores = evaluate(run_of_own_policy, games=2, video_steps=0, trust=True)
    assert scores.figures()["env_steps"] == 0
    explain(run_of_own_policy, states=1, steps=2, video_steps=0, through_time=0, checks=False, trust=True)
    assert Path("it-ran").exists()
