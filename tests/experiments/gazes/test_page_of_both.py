"""One page for runs that have maps, gazes, or both."""

import pytest
from event_folders import probe_set, write_run
from gaze_folders import with_gazes
from told import Told

from saccade.experiments import compare
from saccade.saliency.errors import RecordedEventsError

PROBES, OTHERS = probe_set(size=20), probe_set(size=20, seed=1)


def test_maps_with_gazes_below(tmp_path):
    both = with_gazes(write_run(tmp_path / "both", PROBES, (0, 10)))
    page = compare((both, write_run(tmp_path / "maps", PROBES, (0,)))).read_text()
    assert "<title>Saliency maps: both, maps</title>" in page
    assert page.index('id="map-1-0-0"') < page.index("Where the agents look</h2>") < page.index("Heat map of all gazes at 0")
    assert page.count("Heat map of all gazes") == 1
    assert "img-src data:; media-src data:" in page
    assert ".gazes td" in page


def test_maps_of_the_runs_that_have_maps_and_the_gazes_of_all(tmp_path):
    both, gazes = with_gazes(write_run(tmp_path / "both", PROBES, (0,))), with_gazes(tmp_path / "gazes")
    told = Told()
    page = compare((both, gazes), reporter=told).read_text()
    assert "<title>Saliency maps: both</title>" in page
    assert page.count("Heat map of all gazes") == 2
    assert "gazes has no maps; the page has its gazes alone" in told.lines


def test_gazes_alone_if_no_run_has_maps(tmp_path):
    runs = [with_gazes(tmp_path / name) for name in ("a", "b")]
    page = compare(runs).read_text()
    assert "<title>Gazes: a, b</title>" in page
    assert page.count("Heat map of all gazes") == 2
    assert "<script" not in page
    compare(runs[:1], force=True)  # it knows its own page


def test_gazes_alone_if_the_maps_are_of_other_states(tmp_path):
    first, second = (with_gazes(write_run(tmp_path / name, probes, (0,))) for name, probes in (("a", PROBES), ("b", OTHERS)))
    told = Told()
    page = compare((first, second), reporter=told).read_text()
    assert "<title>Gazes: a, b</title>" in page
    assert any("the page has the gazes alone: a (" in line for line in told.lines)
    with pytest.raises(RecordedEventsError, match="maps of different probe states"):
        compare((first, write_run(tmp_path / "c", OTHERS, (0,))), output="other.html")


@pytest.mark.parametrize(("believed", "shown"), [("probability", True), ("Q", False)])
def test_only_probabilities_are_beliefs_in_the_right_answer(tmp_path, believed, shown):
    page = compare((with_gazes(tmp_path / "run", believed),)).read_text()
    assert ("<br>belief 0.90" in page) == shown
