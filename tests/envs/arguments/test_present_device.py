import gymnasium as gym
import pytest
import torch as th

import saccade.envs
from saccade.envs.arguments.present_device import present_device
from saccade.envs.registration import TASKS

assert saccade.envs  # registers the ids
EXTRA = {"ClutteredMNIST": {"dataset": "digits"}, "TranslatedMNIST": {"dataset": "digits"}}


def test_a_device_that_is_here():
    assert present_device("cpu") == present_device(th.device("cpu")) == th.device("cpu")


@pytest.mark.parametrize("device", ["gpu9", "cuda:77", "meta", "", None, ["cpu"]])
def test_a_device_that_is_not_here_names_those_that_are(device):
    with pytest.raises(ValueError, match=r"^there is no device .* here; there is: cpu"):
        present_device(device)


@pytest.mark.parametrize("task", TASKS)
def test_every_task_refuses_it_before_anything_else(task):
    with pytest.raises(ValueError, match=r"^there is no device 'gpu9' here; there is: cpu"):
        gym.make_vec(f"saccade/{task}-v0", num_envs=2, device="gpu9", **EXTRA.get(task, {}))
