"""What W&B is set to comes before what we would choose. Nothing here starts W&B's service."""

from pathlib import Path

import pytest

from saccade.experiments.weights_and_biases.labels import Labels
from saccade.experiments.weights_and_biases.own_settings import OwnSettings

LABELS = Labels("Enduro pqn seed 0", "Enduro pqn", ("Enduro", "pqn"))

pytestmark = pytest.mark.usefixtures("fresh_wandb")


def arguments(project: str | None = None) -> dict:
    return OwnSettings.read().arguments(LABELS, project, "abcd1234", Path("run"))


def test_our_choice_where_nothing_is_set():
    assert arguments() == {
        "name": "Enduro pqn seed 0",
        "group": "Enduro pqn",
        "job_type": "train",
        "tags": ["Enduro", "pqn"],
        "dir": Path("run").absolute(),
        "project": "saccade",
        "id": "abcd1234",
        "resume": "allow",
    }
    assert OwnSettings.read().mode(None) == "online"


def test_the_environment_comes_first(monkeypatch):
    own = {"PROJECT": "mine", "NAME": "a", "RUN_GROUP": "b", "JOB_TYPE": "c", "TAGS": "d,e", "DIR": str(Path("w").absolute())}
    for name, value in own.items():
        monkeypatch.setenv(f"WANDB_{name}", value)
    found = arguments()
    assert [found[name] for name in ("project", "name", "group", "job_type", "tags")] == ["mine", "a", "b", "c", ["d", "e"]]
    assert found["dir"] == str(Path("w").absolute())
    assert "entity" not in found  # left to W&B
    assert arguments("given")["project"] == "given"  # an option of ours


def test_the_environment_is_read_again(monkeypatch):
    assert arguments()["project"] == "saccade"
    monkeypatch.setenv("WANDB_PROJECT", "later")
    assert arguments()["project"] == "later"


@pytest.mark.parametrize(("written", "mode"), [("offline", "offline"), ("disabled", "disabled"), ("dryrun", "offline")])
def test_the_settings_file(fresh_wandb, monkeypatch, written, mode):
    fresh_wandb.parent.mkdir()
    fresh_wandb.write_text(f"[default]\nmode = {written}\nproject = of-the-file\nbase_url = https://wandb.example.org\n")
    own = OwnSettings.read()
    assert own.mode(None) == mode
    assert own.mode("online") == "online"
    assert own.found.base_url == "https://wandb.example.org"
    assert arguments()["project"] == "of-the-file"
    monkeypatch.setenv("WANDB_MODE", "online")
    assert OwnSettings.read().mode(None) == "online"


def test_a_sweep_says_project_and_id_by_itself(monkeypatch):
    monkeypatch.setenv("WANDB_SWEEP_ID", "sweep")
    assert not {"project", "id", "resume"} & arguments("given").keys()


def test_the_key_is_that_of_the_server(monkeypatch, tmp_path):
    assert not OwnSettings.read().has_key()
    file = tmp_path / ".netrc"
    file.write_text("machine api.wandb.ai\n login user\n password x\n")
    file.chmod(0o600)
    assert OwnSettings.read().has_key()
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    assert not OwnSettings.read().has_key()  # it is of another server
    file.write_text("machine 127.0.0.1:9\n login user\n password x\n")
    assert OwnSettings.read().has_key()
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:8")
    assert not OwnSettings.read().has_key()
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    assert OwnSettings.read().has_key()
