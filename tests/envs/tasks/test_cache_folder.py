"""One folder for all downloads, the same for every part of the suite."""

import os
import tempfile
from pathlib import Path

import pooch
import pytest

from saccade.envs.tasks import cache_folder, digits
from saccade.envs.tasks.several_digits import svhn
from saccade.saliency import cache_folder as of_saliency


@pytest.fixture
def no_home(monkeypatch, tmp_path):
    """A user without a home, in a folder of the test's own, and no network."""
    monkeypatch.chdir(tmp_path)
    for name in ("SACCADE_CACHE", "SACCADE_MNIST", "SACCADE_SVHN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)


def test_where_it_is(monkeypatch, tmp_path, no_home):
    def said() -> set[Path]:
        return {each.cache_folder() for each in (cache_folder, of_saliency)}

    assert said() == {Path(tempfile.gettempdir(), ".cache", "saccade")}
    monkeypatch.setattr(os.path, "expanduser", lambda path: path.replace("~", "/home/somebody"))
    assert said() == {Path("/home/somebody/.cache/saccade")}
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path))
    assert said() == {tmp_path}


def test_data_sets_are_downloaded_into_it(monkeypatch, no_home):
    asked = []

    def retrieve(address, *, path, **_):
        asked.append(path)
        raise OSError

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    digits._mnist.cache_clear()
    for load in (lambda: digits.load_digits("mnist"), lambda: svhn.street_numbers("train", None, 5)):
        with pytest.raises(digits.DigitsError, match="could not be downloaded"):
            load()
    assert set(asked) == {cache_folder.cache_folder() / "mnist", cache_folder.cache_folder() / "svhn"}
    assert all(path.is_absolute() for path in asked)
