import json

import numpy as np
import pytest
from event_folders import noise, probe_set, write_event, write_run

from saccade.saliency import MapKey, ProbeSet
from saccade.saliency.errors import RecordedEventsError
from saccade.saliency.records.recorded_events import RecordedEvents
from saccade.saliency.records.saliency_event import SaliencyEvent
from saccade.saliency.statistics.map_figures import map_figures
from saccade.saliency.statistics.map_statistics import norms
from saccade.saliency.statistics.similarity import drift
from saccade.saliency.whole_file import write_npz


def test_reads_what_the_callbacks_event_writes_from_the_run_or_the_folder_itself(tmp_path):
    probes = probe_set()
    value = noise(probes, 1)
    SaliencyEvent(12_345, probes, {MapKey("value"): value}).write(tmp_path / "saliency")
    for folder in (tmp_path, tmp_path / "saliency"):
        events = RecordedEvents.of(folder)
        assert (len(events), events.probe_hash, events.map_keys) == (1, probes.hash, (MapKey("value"),))
        (event,) = events
        assert event.env_steps == 12_345
        assert (event.maps[MapKey("value")] == value).all()


def test_events_come_in_the_order_of_training_also_where_the_names_have_outgrown_their_zeros(tmp_path):
    write_run(tmp_path, probe_set(size=8), (10_000_000_000, 9_999_999_999, 0))
    assert [event.env_steps for event in RecordedEvents.of(tmp_path)] == [0, 9_999_999_999, 10_000_000_000]


def test_figures_are_read_where_there_are_any_and_computed_elsewhere(tmp_path):
    probes = probe_set(size=8)
    first, second = noise(probes, 1), noise(probes, 2)
    write_event(tmp_path, probes, 0, {"value": first, "value/greydanus": second}, {"value/norm": 3.0, "trust/value": float("nan")})
    write_event(tmp_path, probes, 9, {"value": second, "value/greydanus": first})
    with_figures, without = RecordedEvents.of(tmp_path)
    assert with_figures.figures == {"value/norm": 3.0}  # what is not finite is not a point of a curve
    assert without.figures["value/norm"] == pytest.approx(float(norms(second).mean()))
    assert without.figures["value/drift"] == pytest.approx(float(drift(second, first).mean()))
    assert not [name for name in without.figures if "greydanus" in name]


def test_verdicts_are_kept_and_older_files_have_none(tmp_path):
    probes = probe_set(size=8)
    lines = {"value": "no better than random pixels, \u201cé\u201d", "value/greydanus": "passes"}
    maps = {MapKey("value"): noise(probes, 1), MapKey("value", "greydanus"): noise(probes, 2)}
    write_event(tmp_path, probes, 0, {str(key): signed for key, signed in maps.items()}, {})
    written = SaliencyEvent(9, probes, maps, verdicts=lines)
    written.write(tmp_path)
    older, newer = RecordedEvents.of(tmp_path)
    assert (older.verdicts, newer.verdicts) == ({}, lines)
    assert [row["verdict"] for row in written.rows()] == [lines["value"]] * 3 + [lines["value/greydanus"]] * 3
    assert "verdict" not in SaliencyEvent(9, probes, maps).rows()[0]
    with np.load(tmp_path / "step_0000000009.npz") as data:
        arrays = dict(data)
    assert arrays["format"] == 5
    for number in (2, 3):  # as versions before this one wrote them
        kept = {name: x for name, x in arrays.items() if name != "verdicts"}
        write_npz(tmp_path / "step_0000000009.npz", {**kept, "format": np.array(number)})
        assert list(RecordedEvents.of(tmp_path))[1].verdicts == {}
    write_npz(tmp_path / "step_0000000009.npz", {**arrays, "verdicts": np.array("[1]")})
    with pytest.raises(RecordedEventsError, match="verdicts are not lines by name"):
        RecordedEvents.of(tmp_path)


def test_computed_figures_are_those_of_the_event(tmp_path):
    probes = probe_set(size=8)
    maps = {MapKey("value"): noise(probes, 1), MapKey("advantage"): noise(probes, 2)}
    write_event(tmp_path, probes, 0, {str(key): signed for key, signed in maps.items()})
    (event,) = RecordedEvents.of(tmp_path)
    assert event.figures == map_figures(maps, None)


def test_a_map_of_zeros_has_no_entropy_and_a_head_may_come_later(tmp_path):
    probes = probe_set(size=8)
    write_event(tmp_path, probes, 0, {"value": np.zeros_like(noise(probes, 1))})
    write_event(tmp_path, probes, 1, {"value": noise(probes, 1), "advantage": noise(probes, 2)})
    first, second = RecordedEvents.of(tmp_path)
    assert first.figures == {"value/norm": 0.0}
    assert "advantage/drift" not in second.figures
    assert RecordedEvents.of(tmp_path).map_keys == (MapKey("value"), MapKey("advantage"))


def test_probes_lie_beside_the_events_or_are_not_known(tmp_path):
    probes = probe_set(size=8)
    write_run(tmp_path / "with", probes, (0,))
    write_run(tmp_path / "without", probes, (0,), states=False)
    assert RecordedEvents.of(tmp_path / "with").probes().hash == probes.hash
    assert RecordedEvents.of(tmp_path / "without").probes() is None


def test_probes_that_are_damaged_or_others_are_refused(tmp_path):
    folder = write_run(tmp_path, probe_set(size=8), (0,)) / "saliency"
    probe_set(size=8, seed=1).save(folder / "probes.npz")
    with pytest.raises(RecordedEventsError, match="holds other states"):
        RecordedEvents.of(tmp_path).probes()
    probes = probe_set(size=8)
    for spoil in (
        lambda path: path.write_bytes(b"PK"),
        ProbeSet(probes.observations, probes.frames[:1]).save,
        ProbeSet(probes.observations, probes.frames[..., 0]).save,
    ):
        spoil(folder / "probes.npz")
        with pytest.raises(RecordedEventsError, match=r"probes\.npz is damaged"):
            RecordedEvents.of(tmp_path).probes()


def test_a_folder_without_events(tmp_path):
    (tmp_path / "saliency").mkdir()
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RecordedEventsError, match="has no saliency events"):
            RecordedEvents.of(folder)


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "other arrays"])
def test_a_damaged_file_is_named(tmp_path, damage):
    folder = write_run(tmp_path, probe_set(size=8), (0, 7)) / "saliency"
    path = folder / "step_0000000007.npz"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "other arrays":
        write_npz(path, {"scores": np.zeros(3)})
    else:
        path.write_bytes(b"" if damage == "empty" else b"no zip file")
    with pytest.raises(RecordedEventsError, match=r"step_0000000007\.npz is damaged"):
        RecordedEvents.of(tmp_path)


def test_a_file_damaged_in_its_maps_is_named_when_they_are_read(tmp_path):
    probes = probe_set(size=8)
    path = write_event(tmp_path, probes, 7, {"value": noise(probes, 1)})
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 8] = bytes(8)
    path.write_bytes(data)
    with pytest.raises(RecordedEventsError, match=r"step_0000000007\.npz is damaged"):
        list(RecordedEvents.of(tmp_path))


ODD_FIGURES = ("no json", "[1]", json.dumps({"value/norm": "high"}), json.dumps({"value/norm": 10**400}), "[" * 100_000)


@pytest.mark.parametrize("figures", ODD_FIGURES, ids=("text", "list", "word", "huge", "deep"))
def test_figures_that_are_none_are_refused(tmp_path, figures):
    probes = probe_set(size=8)
    path = write_event(tmp_path, probes, 0, {})
    write_npz(
        path,
        {"probe_hash": np.array(probes.hash), "env_steps": np.array(0), "value": noise(probes, 1), "figures": np.array(figures)},
    )
    with pytest.raises(RecordedEventsError, match="figures are not numbers"):
        list(RecordedEvents.of(tmp_path))


def test_events_that_do_not_fit_each_other_are_refused(tmp_path):
    probes = probe_set(size=8)
    write_event(tmp_path / "shapes", probes, 0, {"value": noise(probes, 1)})
    write_event(tmp_path / "shapes", probes, 1, {"value": noise(probes, 1)[:, :, :5]})
    with pytest.raises(RecordedEventsError, match="of shape"):
        list(RecordedEvents.of(tmp_path / "shapes"))
    write_event(tmp_path / "hashes", probes, 0, {"value": noise(probes, 1)})
    write_event(tmp_path / "hashes", probe_set(size=8, seed=1), 1, {"value": noise(probes, 1)})
    with pytest.raises(RecordedEventsError, match="different probe states"):
        RecordedEvents.of(tmp_path / "hashes")
    write_event(tmp_path / "ranks", probes, 0, {"value": noise(probes, 1)[:, 0]})
    with pytest.raises(RecordedEventsError, match="maps are floats of"):
        list(RecordedEvents.of(tmp_path / "ranks"))
    write_event(tmp_path / "none", probes, 0, {})
    with pytest.raises(RecordedEventsError, match="hold no maps"):
        RecordedEvents.of(tmp_path / "none")


def test_an_event_of_a_later_format_is_refused(tmp_path):
    probes = probe_set(size=8)
    path = write_event(tmp_path, probes, 0, {"value": noise(probes, 1)})
    with np.load(path) as data:
        write_npz(path, {**data, "format": np.array(99)})
    with pytest.raises(RecordedEventsError, match="has format 99, and this version reads up to"):
        RecordedEvents.of(tmp_path)
