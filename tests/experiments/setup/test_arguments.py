from pathlib import Path

import pytest

from saccade.experiments import RunConfig, compare, explain
from saccade.experiments.errors import ConfigError
from saccade.experiments.setup.arguments import LONGEST_NAME, as_path, as_paths, to_path


@pytest.mark.parametrize("name", ["lr:0.001", "größe", "-x", "a b", "n" * LONGEST_NAME, "deep/" * 60 + "x", "raw-\udcff"])
def test_names_that_a_file_can_have(name):
    assert to_path(name) == Path(name) == as_path(Path(name)) == as_paths(name)[0]


def test_no_path_stays_none():
    assert as_path(None) is None


@pytest.mark.parametrize("name", ["n" * 256, "ü" * 128, "a/" + "n" * 300 + "/b"])
def test_a_name_that_is_too_long_is_said_before_anything_is_made(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for call in (
        lambda: explain("model.zip", output=name),
        lambda: explain(name),
        lambda: compare(name),
        lambda: compare("run", output=f"{name}.html"),
        lambda: RunConfig(env="Pong", output=Path(name)),
    ):
        with pytest.raises(ConfigError, match="bytes; give one of at most 255"):
            call()
    assert list(tmp_path.iterdir()) == []


def test_other_names_that_no_file_has(monkeypatch):
    with pytest.raises(ConfigError, match="null character"):
        to_path("a\0b")

    def encode(name):
        return name.encode("ascii")

    monkeypatch.setattr("saccade.experiments.setup.arguments.os.fsencode", encode)
    with pytest.raises(ConfigError, match=r"the name 'gr\\xf6\\xdfe' cannot be written in ascii; set LC_ALL"):
        to_path("größe")
