import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from saccade.experiments import RunConfig, read_hyperparameters
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.run_record import RunRecord
from saccade.experiments.setup.hyperparameters import extended
from saccade.experiments.weights_and_biases.labels import DIGITS, LONGEST, Labels, group_of


def test_seeds_share_a_group_and_spellings_a_name():
    first, second = RunConfig(env="enduro"), RunConfig(env="ALE/Enduro-v5", seed=1, device="cpu", eval_every=7, wandb="offline")
    assert group_of(first) == group_of(second)
    assert group_of(first)[:-DIGITS] == "Enduro pqn "
    labels = [Labels.of(config, group_of(config)) for config in (first, second)]
    assert [each.name for each in labels] == ["Enduro pqn seed 0", "Enduro pqn seed 1"]
    assert labels[0].group == labels[1].group == group_of(first)
    assert labels[0].tags == ("Enduro", "pqn")
    assert labels[0].job_type == "train"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "ClutteredMNIST glimpse-reinforce"),
        ({"env_kwargs": {"dataset": "digits"}}, "ClutteredMNIST dataset=digits glimpse-reinforce"),
        ({"env_kwargs": {"size": 100, "distractors": 8}}, "ClutteredMNIST distractors=8 size=100 glimpse-reinforce"),
        ({"env_kwargs": {"device": "cpu"}}, "ClutteredMNIST glimpse-reinforce"),
        ({"gaze": "random"}, "ClutteredMNIST gaze=random glimpse-reinforce"),
        ({"set": {"gamma": 0.9}}, "ClutteredMNIST gamma=0.9 glimpse-reinforce"),
        ({"env": "Catch", "agent": "glimpse-ppo"}, "Catch glimpse-ppo"),
    ],
)
def test_what_the_user_has_changed_is_in_the_name(changes, words):
    config = RunConfig(**{"env": "ClutteredMNIST", **changes})
    labels = Labels.of(config, group_of(config))
    assert labels.group[:-DIGITS] == f"{words} "
    assert labels.name == f"{words} seed 0"


def test_runs_that_differ_in_more_than_their_seed_are_in_groups_of_their_own():
    own = {**read_hyperparameters("glimpse-reinforce", env="saccade/Catch-v0"), "gamma": 0.5}
    changes = [
        *({}, {"n_envs": 8}, {"n_envs": 16}, {"total_timesteps": 5000}, {"eager": True}, {"hyperparameters": own}),
        *({"set": {"gamma": 0.9}}, {"gaze": "random"}, {"env_kwargs": {"size": 30}}, {"agent": "glimpse-ppo"}),
    ]
    Path("trained.zip").touch()
    changes.append({"weights_from": "trained.zip"})
    assert len({group_of(RunConfig("Catch", **each)) for each in changes}) == len(changes)
    assert group_of(RunConfig("Catch", weights_from="trained.zip")).startswith(
        "Catch weights_from=trained-e3b0c442 glimpse-reinforce "
    )
    assert group_of(RunConfig("Catch", n_envs=own["n_envs"])) == group_of(RunConfig("Catch"))  # said, but not changed


def test_where_digits_lie_makes_no_other_group(tmp_path):
    configs = [RunConfig("ClutteredMNIST", env_kwargs=each) for each in ({}, {"device": "cpu"}, {"data": str(tmp_path)})]
    assert len({group_of(config) for config in configs}) == 1


def test_long_names_keep_the_seed_and_long_groups_stay_apart(monkeypatch):
    monkeypatch.setitem(sys.modules, "mine", ModuleType("mine"))
    one, other = (RunConfig(env="mine:" + "x" * 200 + f"-v{version}", seed=7) for version in (0, 1))
    labels = Labels.of(one, group_of(one))
    assert len(labels.name) == len(labels.group) == LONGEST
    assert labels.name.endswith("seed 7")
    assert len(labels.tags[0]) == 64
    assert group_of(one) != group_of(other)


def test_a_run_that_goes_on_keeps_its_group():
    folder = RunFolder(Path("run"))
    folder.make(RunRecord.new(RunConfig("Catch")))
    began, record = group_of(RunConfig("Catch")), folder.read({"total_timesteps": 99_000_000})
    longer = RunRecord(**{**vars(record), "hyperparameters": extended(record.hyperparameters, 99_000_000)})
    assert group_of(longer.config) != began
    folder.write(longer)
    assert Labels.of(longer.config, folder.read().wandb_group).group == began


def test_a_run_from_before_groups_had_a_hash_keeps_its_group():
    folder = RunFolder(Path("run"))
    folder.make(RunRecord.new(RunConfig("Catch", env_kwargs={"size": 30}, seed=2)))
    content = folder.read_content()
    del content["wandb_group"]
    (folder.path / "config.yml").write_text(yaml.safe_dump(content))
    record = folder.read()
    assert Labels.of(record.config, record.wandb_group).group == "Catch size=30 glimpse-reinforce"
    folder.write(record)
    assert "wandb_group" not in folder.read_content()


def test_a_run_keeps_its_name_when_the_weights_that_it_began_with_are_gone():
    Path("trained.zip").touch()
    record = RunRecord.new(RunConfig("Catch", weights_from="trained.zip"))
    Path("trained.zip").unlink()
    assert Labels.of(record.config, record.wandb_group, record.began_with).name == (
        "Catch weights_from=trained-e3b0c442 glimpse-reinforce seed 0"
    )
