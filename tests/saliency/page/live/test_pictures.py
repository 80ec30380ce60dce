from pathlib import Path

import numpy as np
from event_folders import probe_set, write_looks, write_run

from saccade.saliency.page.live.pictures import LivePictures
from saccade.saliency.pictures.layout import write_png
from saccade.saliency.records.growing_folder import plain_files

HOSTILE = "<script>alert(1)</script>"


def picture(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    write_png(path, np.zeros((4, 4, 3), np.uint8))


def looked(pictures: LivePictures, run: Path) -> LivePictures:
    pictures.look(plain_files(run / "saliency"), plain_files(run / "gaze"), float("inf"))
    return pictures


def test_gazes_the_newest_first_with_pictures_that_come_after_them(tmp_path):
    pictures = LivePictures(HOSTILE, tmp_path / "saliency", tmp_path / "gaze")
    assert looked(pictures, tmp_path).written() == ""
    first, second = (write_looks(tmp_path / "gaze", steps).stem for steps in (5, 1_200))
    picture(tmp_path / "gaze" / f"{first}_paths.png")
    before = looked(pictures, tmp_path).version
    written = pictures.written()
    assert written.index(">1,200<") < written.index(">5<")
    assert HOSTILE not in written
    assert written.count("<img") == 1
    picture(tmp_path / "gaze" / f"{second}_heat_map.png")
    (tmp_path / "gaze" / f"{second}.mp4").write_bytes(b"film")
    assert looked(pictures, tmp_path).version != before
    written = pictures.written()
    assert written.count("<img") == 2
    assert f'<video controls loop muted preload="metadata" src="file/gaze/{second}.mp4?' in written
    assert pictures.file("gaze", f"{second}.mp4") == tmp_path / "gaze" / f"{second}.mp4"


def test_pictures_of_memory(tmp_path):
    run = write_run(tmp_path / "run", probe_set(size=20), (0, 10))
    pictures = LivePictures("run", run / "saliency", run / "gaze")
    version = looked(pictures, run).version
    assert looked(pictures, run).version == version
    for steps in (0, 10):
        picture(run / "saliency" / f"step_{steps:010d}_through_time.png")
    written = looked(pictures, run).written()
    assert "How far back they look" in written
    assert written.index("step_0000000010_through_time.png") < written.index("step_0000000000_through_time.png")


def test_only_pictures_that_a_page_names_are_found(tmp_path):
    run = write_run(tmp_path / "run", probe_set(size=20), (0,))
    picture(run / "saliency" / "step_0000000000_through_time.png")
    (run / "saliency" / "step_0000000000.txt").write_text("no picture")
    (tmp_path / "outside.png").write_bytes(b"secret")
    (run / "saliency" / "step_0000000001_through_time.png").symlink_to(tmp_path / "outside.png")
    pictures = looked(LivePictures("run", run / "saliency", run / "gaze"), run)
    assert pictures.file("maps", "step_0000000000_through_time.png") is not None
    others = (
        "probes.npz",
        "step_0000000000.npz",
        "step_0000000000.txt",
        "../config.yml",
        "step_0000000001_through_time.png",
        "",
        ".",
    )
    assert [pictures.file("maps", name) for name in others] == [None] * len(others)
    assert pictures.file("elsewhere", "step_0000000000_through_time.png") is None
    assert pictures.file("gaze", "step_0000000000_through_time.png") is None
