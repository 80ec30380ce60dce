"""Parts of processes that are gone are deleted; those of living ones stay."""

import os
import time
from pathlib import Path

from saccade.experiments.resuming.leftover_parts import OLD, delete_leftover_parts

GONE = 2**22 + 7  # no process has a number above 2**22


def grow_old(path: Path) -> None:
    changed = time.time() - OLD - 60
    os.utime(path, (changed, changed))


def test_only_what_nobody_writes_any_more(tmp_path):
    places = [tmp_path, tmp_path / "checkpoints", tmp_path / "checkpoints" / "replay", tmp_path / "saliency"]
    for place in places:
        place.mkdir(exist_ok=True)
        (place / f".part-{GONE}-ab-x.npz").touch()
        (place / f".part-{os.getpid()}-ab-x.npz").touch()
        (place / "step_0000000001.npz").touch()
    (tmp_path / "evaluation" / f".part-{GONE}-ab-films").mkdir(parents=True)
    (tmp_path / "evaluation" / f".part-{GONE}-ab-films" / "film.mp4").touch()
    (tmp_path / "wandb").mkdir()
    (tmp_path / "wandb" / f".part-{GONE}-x").touch()
    for part in [*tmp_path.rglob("*/.part-*"), *tmp_path.rglob("film.mp4"), *tmp_path.glob(".part-*")]:
        grow_old(part)
    delete_leftover_parts(tmp_path)
    for place in places:
        assert sorted(file.name for file in place.iterdir() if file.is_file()) == [
            f".part-{os.getpid()}-ab-x.npz",
            "step_0000000001.npz",
        ]
    assert not list((tmp_path / "evaluation").iterdir())
    assert list((tmp_path / "wandb").iterdir())  # not ours


def test_a_process_of_another_machine_may_be_writing_still(tmp_path):
    report = tmp_path / "evaluation" / f".part-{GONE}-ab-step.json"
    film = tmp_path / "evaluation" / f".part-{GONE}-ab-films" / "film.mp4"
    of_training = tmp_path / "checkpoints" / "replay" / f".part-{GONE}-ab-x.npz"
    for file in (report, film, of_training):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    grow_old(film.parent)  # the folder is old, but not the film in it
    delete_leftover_parts(tmp_path)
    assert report.exists()
    assert film.exists()
    assert not of_training.exists()  # whoever deletes holds the lock of the training
    grow_old(report)
    delete_leftover_parts(tmp_path)
    assert not report.exists()
    assert film.exists()
