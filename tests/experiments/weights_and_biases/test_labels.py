import sys
from types import ModuleType

import pytest

from saccade.experiments import RunConfig
from saccade.experiments.weights_and_biases.labels import LONGEST, Labels


def test_seeds_share_a_group_and_spellings_a_name():
    first, second = Labels.of(RunConfig(env="enduro")), Labels.of(RunConfig(env="ALE/Enduro-v5", seed=1))
    assert (first.name, second.name) == ("Enduro pqn seed 0", "Enduro pqn seed 1")
    assert first.group == second.group == "Enduro pqn"
    assert first.tags == ("Enduro", "pqn")
    assert first.job_type == "train"


@pytest.mark.parametrize(
    ("changes", "group"),
    [
        ({}, "ClutteredMNIST glimpse-reinforce"),
        ({"env_kwargs": {"dataset": "digits"}}, "ClutteredMNIST dataset=digits glimpse-reinforce"),
        ({"env_kwargs": {"size": 100, "distractors": 8}}, "ClutteredMNIST distractors=8 size=100 glimpse-reinforce"),
        ({"env_kwargs": {"device": "cpu"}}, "ClutteredMNIST glimpse-reinforce"),
        ({"gaze": "random"}, "ClutteredMNIST gaze=random glimpse-reinforce"),
        ({"set": {"gamma": 0.9}}, "ClutteredMNIST gamma=0.9 glimpse-reinforce"),
        ({"agent": "glimpse-ppo"}, None),
    ],
)
def test_what_makes_another_env_is_in_the_name(changes, group, tmp_path):
    if group is None:
        changes, group = {**changes, "env": "Catch"}, "Catch glimpse-ppo"
    labels = Labels.of(RunConfig(**{"env": "ClutteredMNIST", **changes}))
    assert labels.group == group
    assert labels.name == f"{group} seed 0"


def test_a_long_name_keeps_the_seed(monkeypatch):
    monkeypatch.setitem(sys.modules, "mine", ModuleType("mine"))
    labels = Labels.of(RunConfig(env="mine:" + "x" * 200 + "-v0", seed=7))
    assert len(labels.name) == len(labels.group) == LONGEST
    assert labels.name.endswith("seed 7")
    assert len(labels.tags[0]) == 64
