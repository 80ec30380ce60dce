"""YAML of Python objects is read, and nothing in it is made."""

import os
from collections import OrderedDict
from pathlib import Path

import pytest
import yaml
from zoo_writing import dumped

from saccade.experiments import ZooError
from saccade.experiments.zoo.zoo_yaml import Unread, read_zoo_yaml


def read(text: str) -> dict:
    Path("config.yml").write_text(text)
    return read_zoo_yaml(Path("config.yml"))


def test_what_rl_zoo_writes_is_read_as_it_was():
    entries = {
        "env_wrapper": ["stable_baselines3.common.atari_wrappers.AtariWrapper"],
        "frame_stack": 4,
        "learning_rate": "lin_2.5e-4",
        "n_timesteps": 1e7,
        "nested": OrderedDict(a=(1, 2), b=None),
        "normalize": True,
    }
    text = dumped(entries)
    assert "!!python/object/apply:collections.OrderedDict" in text
    assert "!!python/tuple" in text
    assert read(text) == entries
    assert read(text) == yaml.load(text, Loader=yaml.UnsafeLoader)
    assert read("{}\n") == {}


def test_one_entry_that_two_names_share():
    kwargs = {"a": 1}
    text = dumped({"env_kwargs": kwargs, "eval_env_kwargs": kwargs})
    assert "&id001" in text
    assert read(text) == {"env_kwargs": kwargs, "eval_env_kwargs": kwargs}


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.mkdir [made]",
        "!!python/object/new:os.mkdir [made]",
        "!!python/object/apply:subprocess.run [[mkdir, made]]",
        "!!python/name:os.system ''",
        "!!python/module:antigravity ''",
        "!!python/object:collections.OrderedDict {}",
        "!own {a: 1}",
    ],
)
def test_objects_are_not_made(tag):
    with pytest.raises(ZooError, match=r"holds !.*, which is not read, because it can run code"):
        read(tag)
    found = read(f"frame_stack: 4\npolicy_kwargs: {tag}\n")
    assert found["frame_stack"] == 4
    assert isinstance(found["policy_kwargs"], Unread)
    assert not os.path.exists("made")


LAUGHS = [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
BOMB = "\n".join(["a0: &a0 [x, x]", *LAUGHS])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "more than 20,000 values"),
        ("a: &a [*a]", "a value contains itself"),
        ("a: " + "[" * 60 + "]" * 60, "nested more than 50 deep"),
        ("a: " + "[" * 30_000, "nested more than 50 deep"),
        ("a: " + "x" * 64_100, "at most 64,000 are read"),
        ("[1, 2]", "no entries by name"),
        ("", "no entries by name"),
        ("a: [", "not YAML as RL Zoo writes it"),
        ("a: !!int ''", "not YAML as RL Zoo writes it"),
        ("a: !!bool maybe", "not YAML as RL Zoo writes it"),
        ("a: !!timestamp soon", "not YAML as RL Zoo writes it"),
        ("? {a: 1}\n: 2", "not YAML as RL Zoo writes it"),
        ("!!python/object/apply:collections.OrderedDict {a: 1}", "another form"),
        ("!!python/object/apply:collections.OrderedDict [[1]]", "not YAML as RL Zoo writes it"),
        ("a: 1\n---\nb: 2", "not YAML as RL Zoo writes it"),
        ("a: \x00", "cannot be read"),
    ],
)
def test_what_is_too_much_or_damaged_is_one_line(text, message):
    with pytest.raises(ZooError, match=message) as error:
        read(text)
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_text():
    Path("config.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ZooError, match=r"config.yml cannot be read"):
        read_zoo_yaml(Path("config.yml"))
