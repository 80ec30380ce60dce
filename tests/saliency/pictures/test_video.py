import sys

import cv2
import numpy as np
import pytest

from saccade.saliency.pictures.video import ffmpeg_name, write_mp4
from saccade.saliency.whole_file import part_of, write_text

FRAME = np.full((16, 16, 3), 120, np.uint8)


@pytest.mark.parametrize("name", ["lr:0.001", "frame%03d", "-y", "with space", "größe-図", "two\nlines", "'quoted\"", "n" * 251])
def test_any_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / name
    folder.mkdir()
    path = folder.relative_to(tmp_path) / f"{name[:251]}.mp4"
    write_mp4(path, [FRAME, FRAME])
    assert [file.name for file in folder.iterdir()] == [path.name]
    assert b"ftyp" in path.read_bytes()[:16]


def test_a_relative_name_with_a_colon_is_a_file_for_ffmpeg(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert ffmpeg_name(type(tmp_path)("http://x")) == f"file:{tmp_path}/http:/x"


def test_frames_of_other_sizes_are_fitted_and_odd_ones_are_kept_whole(tmp_path):
    frames = [np.full((21, 33, 3), 40, np.uint8), np.full((42, 20, 3), 40, np.uint8), np.full((3, 3, 3), 40, np.uint8)]
    write_mp4(tmp_path / "film.mp4", frames)
    film = cv2.VideoCapture(str(tmp_path / "film.mp4"))
    shown = [film.read()[1] for _ in frames]
    assert not film.read()[0]
    film.release()
    assert [frame.shape for frame in shown] == [(22, 34, 3)] * 3
    assert shown[0][:20, :32].max() < 70  # as it was
    assert shown[1][10, 5].max() < 70  # made smaller
    assert shown[1][10, 25].min() > 200  # white beside it
    assert shown[2][15, 25].min() > 200


def test_no_frames_make_no_file_and_a_drawing_that_fails_leaves_none(tmp_path):
    write_mp4(tmp_path / "film.mp4", [])

    def frames():
        yield FRAME
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_mp4(tmp_path / "film.mp4", frames())
    assert list(tmp_path.iterdir()) == []


def test_a_name_of_the_greatest_length_can_be_written(tmp_path):
    name = f"{'ä' * 125}.json"  # 255 bytes
    write_text(tmp_path / name, "{}")
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert part_of(tmp_path / name).name.endswith("ä.json")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize("room", [1_000, 20_000, 50_000])
def test_a_full_disk_leaves_no_half_a_video(tmp_path, room):
    """A limit on the size of files stands for the disk. The encoder writes the table of the frames last."""
    import resource

    drawn = np.random.default_rng(0).integers(0, 255, (30, 64, 64, 3), dtype=np.uint8)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        with pytest.raises(OSError, match=r"film.mp4 to its end; is there room on the disk\?$"):
            write_mp4(tmp_path / "film.mp4", drawn)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
    write_mp4(tmp_path / "film.mp4", drawn)
    assert (tmp_path / "film.mp4").stat().st_size > 50_000
