"""Errors of constructors: the user's keyword arguments are named, and bugs of ours keep their traceback."""

from typing import Any

import pytest

from saccade.experiments import AGENTS, ConfigError, EnvError, RunConfig
from saccade.experiments.setup.env_kwargs import check_memory
from saccade.experiments.setup.models import build_model
from saccade.experiments.setup.run_envs import make_memory_env, run_env
from saccade.experiments.setup.values.culprit import made_with


class Thing:
    """Fails as constructors do, and remembers how many were closed."""

    closed = 0

    def __init__(self, width: Any = 1, depth: Any = 1, inner: Any = None) -> None:
        self.size = len(width) if isinstance(width, str) else width + depth
        if inner is not None:
            sum(inner.values())

    def close(self) -> None:
        Thing.closed += 1


def made(**keywords: Any) -> Thing:
    return made_with(lambda given: Thing(**given), keywords, "the thing")


def test_the_argument_without_which_it_works_is_named():
    with pytest.raises(ConfigError, match=r"^the thing cannot be made with depth=None: TypeError: unsupported operand") as told:
        made(width=3, depth=None)
    assert isinstance(told.value.__cause__, TypeError)


def test_what_was_made_to_find_out_is_closed():
    before = Thing.closed
    with pytest.raises(ConfigError):
        made(depth=None)
    assert Thing.closed == before + 1
    assert made(width=3).size == 4


def test_nested_arguments_have_their_path_and_several_wrong_ones_their_dict():
    with pytest.raises(ConfigError, match=r"with inner.b='x': TypeError"):
        made(inner={"a": 1, "b": "x"})
    with pytest.raises(ConfigError, match=r"with inner=\{'a': None, 'b': 'x'\}: TypeError"):
        made(inner={"a": None, "b": "x"})


def test_a_bug_that_no_argument_causes_keeps_its_traceback():
    def broken(given: dict[str, Any]) -> None:
        raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        made_with(broken, {"width": 3}, "the thing")


def test_too_little_memory_is_said_as_such():
    def large(given: dict[str, Any]) -> None:
        if given.get("width", 1) > 2 or given.get("envs", 1) > 2:
            raise MemoryError("Unable to allocate")

    with pytest.raises(
        ConfigError, match=r"^the thing does not fit into memory with width=9: Unable to allocate; give a smaller one$"
    ):
        made_with(large, {"width": 9}, "the thing")
    with pytest.raises(ConfigError, match=r"^the thing does not fit into memory: Unable to allocate; give fewer n_envs$"):
        made_with(lambda given: large({"width": 9}), {}, "the thing")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"policy_kwargs.net_arch": 64},
            "set: policy_kwargs: net_arch is 64; it must be a list of whole numbers, such as [64] or None",
        ),
        (
            {"policy_kwargs.optimizer_class": "torch.optim.LBFGS"},
            "set: policy_kwargs: optimizer_class LBFGS asks for the loss several times a step",
        ),
    ],
)
def test_wrong_types_are_seen_before_anything_is_made(changes, line):
    with pytest.raises(ConfigError) as told:
        RunConfig(env="Quadrant", set=changes)
    assert str(told.value).startswith(line)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"policy_kwargs.net_arch": ["a"]}, "policy_kwargs.net_arch=['a']: TypeError: "),
        (
            {"policy_kwargs.optimizer_kwargs": {"foo": 1, "bar": 2}},
            "policy_kwargs.optimizer_kwargs={'foo': 1, 'bar': 2}: TypeError: ",
        ),
        ({"policy_kwargs.activation_fn": "torch.nn.Linear"}, "policy_kwargs.activation_fn='torch.nn.Linear': TypeError: "),
    ],
)
def test_what_a_policy_does_not_take_is_named(changes, named):
    config = RunConfig(env="Quadrant", n_envs=2, set=changes)
    env = run_env(config.env, config.spec, config.fitted, 2, 0)
    with pytest.raises(ConfigError) as told:
        build_model(config.spec, config.fitted, env, 0, "cpu")
    assert str(told.value).startswith(f"agent 'pqn' cannot be made with {named}")


def test_pictures_that_cannot_fit_into_memory_are_refused_before_they_are_made():
    with pytest.raises(
        EnvError, match=r"^ClutteredMNIST: a batch of 256 with size=100000 needs [\d,]+ GiB of memory at least, and \d+ GiB"
    ):
        run_env("ClutteredMNIST", AGENTS["glimpse-reinforce"], {"env_kwargs": {"size": 100_000}, "gaze_kwargs": {}}, 256, 0)
    with pytest.raises(EnvError, match=r"Pong: a batch of 8 with screen_size=\[100000, 84000\]"):
        check_memory("Pong", {"screen_size": [100_000, 84_000], "frame_stack": 4}, 8)
    check_memory("Pong", {"screen_size": 84}, 1024)
    check_memory("Catch", {"size": "a"}, 8)  # the env says what is wrong


def test_an_env_that_fails_in_its_constructor_names_the_argument(monkeypatch):
    class Broken(Exception):
        pass

    def task(name, env_kwargs, *rest, **copies):
        if env_kwargs.get("noise") == 0.5:
            raise Broken("the noise")
        return Thing()

    monkeypatch.setattr("saccade.experiments.setup.run_envs.task_env", task)
    with pytest.raises(EnvError, match=r"^Reorder cannot be made with env_kwargs.noise=0.5: Broken: the noise$"):
        make_memory_env("Reorder", 2, 0, {"length": 5, "noise": 0.5})
