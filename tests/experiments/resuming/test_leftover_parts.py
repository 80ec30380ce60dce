"""Parts of processes that are gone are deleted; those of living ones stay."""

import os

from saccade.experiments.resuming.leftover_parts import delete_leftover_parts

GONE = 2**22 + 7  # no process has a number above 2**22


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
    delete_leftover_parts(tmp_path)
    for place in places:
        assert sorted(file.name for file in place.iterdir() if file.is_file()) == [
            f".part-{os.getpid()}-ab-x.npz",
            "step_0000000001.npz",
        ]
    assert not list((tmp_path / "evaluation").iterdir())
    assert list((tmp_path / "wandb").iterdir())  # not ours
