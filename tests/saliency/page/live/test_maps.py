import os
from pathlib import Path

import numpy as np
from event_folders import noise, probe_set, write_event, write_run

from saccade.saliency.page.live.maps import LiveMaps
from saccade.saliency.page.map_sprite import map_sprite
from saccade.saliency.records.growing_folder import YOUNG, plain_files
from saccade.saliency.statistics.map_statistics import magnitude

PROBES = probe_set(size=20)
LONG = float("inf")


def look(maps: LiveMaps, until: float = LONG) -> bool:
    return maps.look(plain_files(maps.folder), until)


def steps(maps: LiveMaps, after: int = 0) -> list[int]:
    return [row["steps"] for row in maps.rows(after)]


def aged(path: Path) -> None:
    os.utime(path, (path.stat().st_mtime - 2 * YOUNG,) * 2)


def test_rows_images_and_states_are_those_of_the_static_page(tmp_path):
    run = write_run(tmp_path / "run", PROBES, (0, 100))
    maps = LiveMaps("run", run / "saliency")
    assert not look(maps)
    assert steps(maps) == [0, 100]
    row = maps.rows(0)[1]
    shown = row["maps"]["advantage/jacobian"]
    sprite = map_sprite(magnitude(noise(PROBES, 11)))  # as write_run makes the second head of the second event
    assert maps.image(shown["id"]) == sprite.image
    assert (shown["scales"], shown["tops"]) == (sprite.scales, sprite.tops)
    assert "value/norm" in row["figures"]
    about = maps.about()
    assert (about["heads"], about["methods"], about["phases"]) == (["value", "advantage"], ["jacobian"], [0.1, 0.5, 0.9])
    assert about["sights"] == [
        {"tile": {"count": 3, "height": 20, "width": 20, "columns": 2}, "picture": {"height": 210, "width": 160}}
    ]
    assert maps.image("ground").startswith("data:image/png;base64,")
    assert maps.image("pictures") is not None
    for name in ("map-9-0", "map--0", "map-1-7", "../probes.npz", "", "ground-1"):
        assert maps.image(name) is None


def test_only_what_is_new_is_told_and_the_states_may_come_after_the_first_event(tmp_path):
    write_event(tmp_path, PROBES, 0, {"value": noise(PROBES, 1)}, {})
    maps = LiveMaps("run", tmp_path)
    look(maps)
    assert maps.about()["sights"][0]["picture"] is None
    assert maps.image("ground") is None
    PROBES.save(tmp_path / "probes.npz")
    newest = maps.newest()
    write_event(tmp_path, PROBES, 50, {"value": noise(PROBES, 2)}, {})
    look(maps)
    assert steps(maps, newest) == [50]
    assert maps.about()["sights"][0]["picture"] == {"height": 210, "width": 160}
    assert maps.image("ground") is not None
    assert maps.rows(maps.newest()) == []


def test_images_that_were_dropped_are_drawn_again(tmp_path):
    maps = LiveMaps("run", write_run(tmp_path / "run", PROBES, (0, 1, 2)) / "saliency", most_kept=1)
    look(maps)
    names = [map["id"] for row in maps.rows(0) for map in row["maps"].values()]
    first = [maps.image(name) for name in names]
    assert len(set(first)) == 6
    assert [maps.image(name) for name in names] == first
    for path in maps.folder.glob("step_*.npz"):
        path.unlink()
    assert sum(maps.image(name) is None for name in names) == 4


def test_events_of_other_states_or_sizes_are_left_out_with_a_line(tmp_path):
    others = probe_set(size=20, seed=1)
    write_run(tmp_path, PROBES, (100,))
    folder = tmp_path / "saliency"
    aged(write_event(folder, others, 50, {"value": noise(others, 1)}))
    aged(write_event(folder, PROBES, 40, {"value": noise(PROBES, 1)[:, :, :10]}))
    aged(write_event(folder, PROBES, 30, {}))
    maps = LiveMaps("run", folder)
    look(maps)
    assert steps(maps) == [100]
    said = " ".join(maps.problems())
    for reason in ("50.npz is about other probe states", "the maps of step_0000000040.npz are", "30.npz holds no maps"):
        assert reason in said
    for path in folder.glob("*100.npz"):
        path.unlink()
    others.save(folder / "probes.npz")
    look(maps)  # as after a run that was made anew in the same place
    assert 50 in steps(maps)
    assert maps.events.generation == 1


def test_states_of_another_run_are_said_and_the_maps_shown_without_them(tmp_path):
    write_run(tmp_path, PROBES, (0,), states=False)
    probe_set(size=20, seed=1).save(tmp_path / "saliency" / "probes.npz")
    maps = LiveMaps("run", tmp_path / "saliency")
    look(maps)
    assert (steps(maps), maps.about()["sights"][0]["picture"]) == ([0], None)
    assert "holds other states" in maps.problems()[0]


def test_a_pickle_in_an_event_is_refused(tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.write_text, (tmp_path / "ran", ""))

    np.savez(path := tmp_path / "step_0000000001.npz", env_steps=np.array(1), probe_hash=np.array([Trap()], dtype=object))
    aged(path)
    maps = LiveMaps("run", tmp_path)
    look(maps)
    assert not (tmp_path / "ran").exists()
    assert steps(maps) == []
    assert "is damaged or not a saliency event" in maps.problems()[0]
