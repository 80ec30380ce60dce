"""Methods of the user's, named with their module."""

import sys
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import torch as th
from stable_baselines3 import PPO

from saccade.experiments import ConfigError, explain
from saccade.experiments.errors import EnvError
from saccade.experiments.explained.own_methods import with_own_methods
from saccade.saliency import METHODS, observation_tensors

OWN = """
import torch as th
from saccade.saliency import observation_tensors

def doubled(head, observations):
    x = observation_tensors(head.policy, observations).requires_grad_()
    return 2 * th.autograd.grad(head(x).sum(), x)[0]

jacobian = 3
def occlusion(head, observations):
    return observation_tensors(head.policy, observations)
"""


@pytest.fixture
def own_methods(tmp_path):
    """A module in the working directory."""
    Path("own_methods_of_a_test.py").write_text(OWN)
    with patch.dict(METHODS):
        yield "own_methods_of_a_test"
    sys.modules.pop("own_methods_of_a_test", None)


def test_a_method_of_a_module_is_explained_and_checked(own_methods):
    PPO("MlpPolicy", "CartPole-v1", policy_kwargs={"net_arch": [4]}).save("model")
    methods = ("jacobian", f"{own_methods}:doubled")
    explain("model.zip", env="CartPole-v1", methods=methods, states=4, steps=16, output="out", video_steps=0)
    with np.load("out/step_0000000000.npz") as maps:
        assert np.allclose(maps["value/doubled"], 2 * maps["value"].astype(float), rtol=1e-2)
    assert "doubled" in Path("out/report.md").read_text()


def test_what_is_no_method(own_methods):
    assert with_own_methods(["jacobian", f"{own_methods}:doubled", f"{own_methods}:doubled"]) == ["jacobian", "doubled", "doubled"]
    with pytest.raises(ConfigError, match="no function of that name"):
        with_own_methods([f"{own_methods}:jacobian"])
    with pytest.raises(ConfigError, match="has the name of another method"):
        with_own_methods([f"{own_methods}:occlusion"])
    with pytest.raises(EnvError, match="there is no method nowhere_at_all:map: there is no module nowhere_at_all"):
        with_own_methods(["nowhere_at_all:map"])


@pytest.mark.parametrize("form", [np.asarray, th.as_tensor])
def test_observations_become_tensors_whatever_they_were(form):
    policy = PPO("MlpPolicy", "CartPole-v1", policy_kwargs={"net_arch": [4]}).policy
    given = np.arange(8, dtype=np.float32).reshape(2, 4)
    assert th.equal(observation_tensors(policy, form(given)), th.from_numpy(given))
