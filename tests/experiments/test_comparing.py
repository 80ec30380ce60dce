from pathlib import Path

import pytest
from event_folders import noise, probe_set, write_event, write_run

from saccade.experiments import USER_ERRORS, Console, OutputError, comparing
from saccade.experiments.comparing import compare, folder_name, told_apart

PROBES = probe_set(size=20)


def test_a_page_of_two_runs(tmp_path, capsys):
    runs = (write_run(tmp_path / "first", PROBES, (0, 10)), write_run(tmp_path / "second", PROBES, (5,)) / "saliency")
    assert compare(runs, output=tmp_path / "page.html", reporter=Console()) == tmp_path / "page.html"
    page = (tmp_path / "page.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "<title>Saliency maps: first, second</title>" in page
    assert "3 events" in capsys.readouterr().out
    assert [path.name for path in tmp_path.glob("*page*")] == ["page.html"]


def test_names_are_told_apart_and_may_be_given(tmp_path):
    run = write_run(tmp_path / "run", PROBES, (0,))
    compare((run, run), output=tmp_path / "twice.html")
    assert "<title>Saliency maps: run, run (2)</title>" in (tmp_path / "twice.html").read_text()
    compare((run, run), output=tmp_path / "named.html", names=("old", "<new>"))
    assert "<title>Saliency maps: old, &lt;new&gt;</title>" in (tmp_path / "named.html").read_text()
    assert told_apart(["a", "a (2)", "a", "a"]) == ["a", "a (2)", "a (3)", "a (4)"]
    assert folder_name(Path("/runs/Enduro/saliency")) == "Enduro"


def assert_refused(runs: tuple[Path, ...], output: Path, reason: str, names: tuple[str, ...] = ()) -> None:
    """One line, and nothing written."""
    before = sorted(output.parent.glob("*")) if output.parent.is_dir() else []
    with pytest.raises(USER_ERRORS, match=reason) as error:
        compare(runs, output=output, names=names)
    assert "\n" not in str(error.value)
    if output.parent.is_dir():
        assert sorted(output.parent.glob("*")) == before


def test_says_what_is_wrong_with_the_output(tmp_path):
    run = write_run(tmp_path / "run", PROBES, (0,))
    (tmp_path / "there.html").write_text("kept")
    assert_refused((run,), tmp_path / "there.html", "exists already and is not overwritten")
    assert (tmp_path / "there.html").read_text() == "kept"
    assert_refused((run,), tmp_path / "nowhere" / "page.html", "in a folder that exists")
    assert_refused((run,), tmp_path / "page.pdf", r"must end in \.html")


def test_says_what_is_wrong_with_the_runs(tmp_path):
    page = tmp_path / "page.html"
    run = write_run(tmp_path / "run", PROBES, (0,))
    (tmp_path / "empty").mkdir()
    other = write_run(tmp_path / "other", probe_set(size=20, seed=1), (0,))
    assert_refused((), page, "give one run folder at least")
    assert_refused((run, run), page, "names has 1 for 2 run folders", names=("one",))
    assert_refused((run, tmp_path / "empty"), page, "empty has no saliency events")
    (tmp_path / "looking" / "gaze").mkdir(parents=True)
    assert_refused((run, tmp_path / "looking"), page, "looking has gazes, and no saliency maps")
    assert_refused((run, other), page, r"run \(.*\) and other \(.*\) have maps of different probe states")
    assert_refused((run, write_run(tmp_path / "action", PROBES, (0,), heads=("action",))), page, "no head in common")
    write_event(tmp_path / "cut", PROBES, 0, {"value": noise(PROBES, 1)[:, :, :9]})
    assert_refused((run, tmp_path / "cut"), page, "the maps of cut are")


def test_a_damaged_event_leaves_no_page(tmp_path):
    folder = write_run(tmp_path / "run", PROBES, (0, 7)) / "saliency"
    path = folder / "step_0000000007.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 8] = bytes(8)  # in its maps, which are read after the page was begun
    path.write_bytes(data)
    assert_refused((tmp_path / "run",), tmp_path / "page.html", r"step_0000000007\.npz is damaged")


def test_a_full_disk_is_a_plain_line_and_leaves_no_page(tmp_path, monkeypatch):
    def full(file, runs, **_):
        file.write("<!doctype html>")
        raise OSError("No space left on device")

    monkeypatch.setattr(comparing, "write_comparison", full)
    run = write_run(tmp_path / "run", PROBES, (0,))
    assert_refused((run,), tmp_path / "page.html", r"page\.html cannot be written: No space")


def test_a_page_that_has_appeared_meanwhile_is_kept(tmp_path, monkeypatch):
    page = tmp_path / "page.html"
    monkeypatch.setattr(comparing, "write_comparison", lambda file, runs, **_: page.write_text("another's"))
    with pytest.raises(OutputError, match="exists already"):
        compare((write_run(tmp_path / "run", PROBES, (0,)),), output=page)
    assert page.read_text() == "another's"


def test_two_runs_of_100_events_stay_below_30_megabytes(page_of_200_events):
    assert page_of_200_events.stat().st_size < 30e6
