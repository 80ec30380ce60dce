"""Each option of a gaze arrives at the gaze under its own name, whichever wrapper takes it."""

import inspect

import gymnasium as gym
import pytest
from gymnasium.envs.registration import EnvSpec

from saccade.envs import GazeWrapper, VectorGazeWrapper, gaze_wrappers
from saccade.envs.gaze import Gaze


def teacher(images):
    raise NotImplementedError


# A value of its own for each, in the order of the wrappers. They need not fit together: nothing but their names is looked at.
OPTIONS = {
    "tiles": 5,
    "relative": True,
    "first": (0.125, 0.25),
    "forced": "center",
    "reach": 0.5,
    "memory": 3,
    "step": 0.375,
    "pixels": 7.0,
    "within": 0.75,
    "taught": teacher,
}


class Arrived(Exception):
    """The gaze was asked for."""


@pytest.fixture
def arrived(monkeypatch):
    """The arguments with which a gaze is made, by name, as its own signature reads them."""
    read = inspect.signature(Gaze)

    def made(*args, **kwargs):
        bound = read.bind(*args, **kwargs).arguments
        raise Arrived({name: value for name, value in bound.items() if name not in ("actions", "image")})

    monkeypatch.setattr(gaze_wrappers, "Gaze", made)


def single():
    return gym.make("saccade/Catch-v0")


def batch():
    return gym.make_vec("saccade/Catch-v0", num_envs=2)


@pytest.mark.parametrize(("wrapper", "env"), [(GazeWrapper, single), (VectorGazeWrapper, batch)])
def test_every_option_arrives_under_its_own_name(wrapper, env, arrived):
    assert list(inspect.signature(wrapper).parameters)[1:] == list(OPTIONS)
    for given in ((OPTIONS.values(), {}), ((), OPTIONS)):  # by position and by name
        with pytest.raises(Arrived) as found:
            wrapper(env(), *given[0], **given[1])
        assert found.value.args[0] == OPTIONS


def test_the_spec_of_a_wrapped_env_has_every_option():
    given = {"tiles": 3, "relative": True, "first": (0.25, 0.5), "reach": 0.75, "step": 0.375, "within": 0.9}
    spec = GazeWrapper(single(), **given).spec
    assert isinstance(spec, EnvSpec)
    kept = spec.additional_wrappers[-1].kwargs
    assert kept == {**dict.fromkeys(OPTIONS), "memory": False, **given}
