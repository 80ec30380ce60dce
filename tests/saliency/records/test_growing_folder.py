import os
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from saccade.saliency.errors import RecordedEventsError
from saccade.saliency.records.growing_folder import YOUNG, GrowingFolder, plain_files

LONG = float("inf")


class Reading:
    """Reads texts, and keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, path: Path, serial: int) -> str:
        self.asked.append(path.name)
        text = path.read_text()
        if not text.endswith("."):
            raise RecordedEventsError(f"{path.name} is half written")
        return text


def look(folder: GrowingFolder[str], until: float = LONG) -> bool:
    return folder.look(plain_files(folder.folder), until)


def texts(folder: GrowingFolder[str]) -> list[str]:
    return [read.item for read in folder.in_order()]


def test_each_file_is_read_once_the_newest_first(tmp_path):
    reading = Reading()
    folder = GrowingFolder(tmp_path / "saliency", reading)
    assert not look(folder)  # the folder is not there yet
    (tmp_path / "saliency").mkdir()
    for steps, text in ((5, "five."), (100, "hundred.")):
        (tmp_path / "saliency" / f"step_{steps:010d}.npz").write_text(text)
    (tmp_path / "saliency" / "step_0000000007.png").write_text("a picture")
    (tmp_path / "saliency" / ".part-1-step_0000000007.npz").write_text("a part.")
    for _ in range(3):
        assert not look(folder)
    assert reading.asked == ["step_0000000100.npz", "step_0000000005.npz"]
    assert texts(folder) == ["five.", "hundred."]
    (tmp_path / "saliency" / "step_0000000200.npz").write_text("new.")
    look(folder)
    assert reading.asked[2:] == ["step_0000000200.npz"]
    assert [read.serial for read in folder.in_order()] == [2, 1, 3]
    assert folder.generation == 0


def test_what_there_is_no_time_for_is_left_but_one_file_is_always_read(tmp_path):
    for steps in range(3):
        (tmp_path / f"step_{steps}.npz").write_text(f"{steps}.")
    folder = GrowingFolder(tmp_path, Reading())
    assert look(folder, until=0)
    assert texts(folder) == ["2."]
    assert look(folder, until=0)
    assert not look(folder, until=0)
    assert texts(folder) == ["0.", "1.", "2."]


def test_a_half_written_file_is_read_again_and_one_that_stays_so_is_told(tmp_path):
    file = tmp_path / "step_1.npz"
    file.write_text("hal")
    reading = Reading()
    folder = GrowingFolder(tmp_path, reading)
    look(folder)
    assert texts(folder) == folder.problems() == []  # it is young, and may be in the making
    file.write_text("half.")
    look(folder)
    assert texts(folder) == ["half."]
    file.write_text("damaged")
    old = time.time() - 2 * YOUNG
    os.utime(file, (old, old))
    look(folder)
    assert (texts(folder), folder.problems()) == ([], ["step_1.npz is half written"])
    before = len(reading.asked)
    look(folder)
    assert len(reading.asked) == before  # it has not changed
    file.unlink()
    look(folder)
    assert folder.problems() == []


def test_what_is_gone_or_another_file_is_forgotten(tmp_path):
    for steps in (1, 2):
        (tmp_path / f"step_{steps}.npz").write_text(f"{steps}.")
    folder = GrowingFolder(tmp_path, Reading())
    look(folder)
    (tmp_path / "step_2.npz").rename(tmp_path / "moved")
    look(folder)
    assert (texts(folder), folder.generation) == (["1."], 1)
    (tmp_path / "step_2.npz").write_text("made anew.")
    look(folder)
    assert (texts(folder), folder.generation) == (["1.", "made anew."], 1)
    (tmp_path / "part").write_text("another one.")
    (tmp_path / "part").replace(tmp_path / "step_1.npz")
    look(folder)
    assert (texts(folder), folder.generation) == (["another one.", "made anew."], 2)


@pytest.mark.skipif(os.name != "posix", reason="needs links and pipes")
def test_links_and_pipes_are_no_files_of_the_folder(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "step_1.npz").write_text("secret.")
    (inside / "step_1.npz").symlink_to(outside / "step_1.npz")
    (inside / "step_2.npz").mkdir()
    os.mkfifo(inside / "step_3.npz")  # to read it would wait for ever
    (inside / "linked").symlink_to(outside)
    assert plain_files(inside) == plain_files(inside / "linked") == plain_files(tmp_path / "missing") == {}
    assert list(plain_files(outside)) == ["step_1.npz"]


def test_a_part_that_gets_its_name_meanwhile_hides_no_other_file(tmp_path, monkeypatch):
    """The folder is listed, and a file of the list is gone before it is looked at."""
    for steps in range(3):
        (tmp_path / f"step_{steps}.npz").write_text(f"{steps}.")
    folder = GrowingFolder(tmp_path, Reading())
    look(folder)
    (tmp_path / ".part-1-step_9.npz").write_text("9.")
    scandir = os.scandir

    @contextmanager
    def listed_early(path):
        with scandir(path) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
        (tmp_path / ".part-1-step_9.npz").rename(tmp_path / "step_9.npz")
        yield listed  # the part is the first one

    monkeypatch.setattr(os, "scandir", listed_early)
    look(folder)
    monkeypatch.undo()
    assert (texts(folder), folder.generation) == (["0.", "1.", "2."], 0)
    look(folder)
    assert (texts(folder), folder.generation) == (["0.", "1.", "2.", "9."], 0)
