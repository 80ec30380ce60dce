"""A run that goes on keeps one folder of events, in the order of its env steps."""

from pathlib import Path

import pytest

from saccade.experiments.resuming.events_kept import events, keep_one_folder


def event(folder: Path, env_steps: int, text: str = "") -> None:
    folder.mkdir(exist_ok=True)
    for end in (".npz", ".png", "_heat_map.png"):
        (folder / f"step_{env_steps:010d}{end}").write_text(text)


def steps(folder: Path) -> list[int]:
    return sorted({step for step, _ in events(folder)})


def test_later_events_are_set_aside(tmp_path):
    folder = tmp_path / "saliency"
    for env_steps in (0, 100, 200, 300):
        event(folder, env_steps)
    (folder / "probes.npz").touch()
    assert keep_one_folder(folder, 150) == folder / "after-150"
    assert steps(folder) == [0, 100]
    assert steps(folder / "after-150") == [200, 300]
    assert (folder / "probes.npz").exists()
    event(folder, 200)
    assert keep_one_folder(folder, 150) == folder / "after-150-2"  # nothing is written over
    assert keep_one_folder(folder, 150) is None


def test_folders_of_older_parts_become_one(tmp_path):
    folder, second, tenth = (tmp_path / name for name in ("saliency", "saliency-2", "saliency-10"))
    event(folder, 0, "first")
    event(folder, 100, "first")
    event(second, 100, "second")
    event(second, 200, "second")
    event(tenth, 400, "tenth")
    (folder / "probes.npz").touch()
    (tenth / "probes.npz").touch()  # the same states
    (second / "probes.npz").touch()
    (tmp_path / "saliency-notes").mkdir()
    assert keep_one_folder(folder, 300) == folder / "after-300"
    assert steps(folder) == [0, 100, 200]
    assert (folder / "step_0000000100.npz").read_text() == "first"
    assert (second / "step_0000000100.npz").exists()  # the same step twice: neither is lost
    assert not tenth.exists()
    assert (tmp_path / "saliency-notes").exists()


@pytest.mark.parametrize("name", ["saliency-paper-2026", "saliency-02", "saliency-1", "saliency-2x"])
def test_folders_of_the_users_stay_as_they_are(tmp_path, name):
    folder, own = tmp_path / "saliency", tmp_path / name
    event(folder, 0, "the run's")
    event(own, 0, "the user's")
    event(own, 100, "the user's")
    before = sorted(own.iterdir())
    assert keep_one_folder(folder, 1000) is None
    assert sorted(own.iterdir()) == before
    assert steps(folder) == [0]


def test_a_numbered_folder_without_events_is_the_users(tmp_path):
    event(tmp_path / "saliency", 0, "the run's")
    own = tmp_path / "saliency-2026" / "step_0000000000.png"
    own.parent.mkdir()
    own.write_text("the user's")
    assert keep_one_folder(tmp_path / "saliency", 1000) is None
    assert own.read_text() == "the user's"


def test_of_an_older_part_only_copies_are_deleted(tmp_path):
    folder, part = tmp_path / "saliency", tmp_path / "saliency-2"
    event(folder, 0, "first")
    event(part, 100, "second")
    (part / "notes.md").write_text("the user's")
    for name, text in (("step_0000000000.png", "first"), ("step_0000000000_heat_map.png", "drawn over"), ("probes.npz", "others")):
        (part / name).write_text(text)
    (folder / "probes.npz").write_text("first")
    assert keep_one_folder(folder, 1000) is None
    assert steps(folder) == [0, 100]
    assert sorted(file.name for file in part.iterdir()) == ["notes.md", "probes.npz", "step_0000000000_heat_map.png"]


def test_a_run_that_begins_again_makes_its_first_event_again(tmp_path):
    event(tmp_path / "gaze", 0)
    assert keep_one_folder(tmp_path / "gaze", 0) == tmp_path / "gaze" / "after-0"
    assert steps(tmp_path / "gaze") == []


def test_a_run_without_events(tmp_path):
    assert keep_one_folder(tmp_path / "saliency", 10) is None
    assert not list(tmp_path.iterdir())
