import base64
import io
import re

import numpy as np
import pytest

from saccade.saliency import MapKey, ProbeSet
from saccade.saliency.page.comparison_page import ComparedRun, write_comparison
from saccade.saliency.page.gaze_page import MOST_EVENTS
from saccade.saliency.page.html_page import Below
from saccade.saliency.page.memory_page import MemoryRun, memories_below, memories_of, one_below_the_other
from saccade.saliency.pictures.layout import write_png
from saccade.saliency.records.memory_record import MemoryRecord
from saccade.saliency.records.recorded_events import RecordedEvents
from saccade.saliency.records.saliency_event import EventFile, SaliencyEvent


def folder_of(path, steps, memory=True):
    """Events of maps, with a square through time each."""
    probes = ProbeSet(np.ones((2, 3), np.float32))
    for step in steps:
        record = MemoryRecord({("value", "jacobian"): np.eye(4) * step + 1.0}, np.arange(4)) if memory else None
        SaliencyEvent(step, probes, {MapKey("value"): np.ones((2, 3), np.float32)}, memory=record).write(path)
    return path


def html_of(below: Below) -> str:
    file = io.StringIO()
    below.write(file)
    return file.getvalue()


def test_pictures_of_runs_stand_side_by_side_by_moment(tmp_path):
    runs = [("a", (0, 32)), ("</bdi><b>", (32, 64))]
    found = [memories_of(name, RecordedEvents.of(folder_of(tmp_path / str(i), steps))) for i, (name, steps) in enumerate(runs)]
    page = html_of(memories_below(found))
    assert "<b>" not in page
    rows = re.findall(r'<tr><th scope="row">([\d,]+)</th>\n(.*?)</tr>', page, re.DOTALL)
    assert [(moment, [cell.count("<img") for cell in row.split("</td>")[:-1]]) for moment, row in rows] == [
        ("0", [1, 0]),
        ("32", [1, 1]),
        ("64", [0, 1]),
    ]
    picture = (tmp_path / "0" / "step_0000000032_through_time.png").read_bytes()
    assert base64.b64encode(picture).decode() in rows[1][1]
    assert "<script" not in page


def test_explanations_have_theirs_and_runs_without_memory_have_none(tmp_path):
    events = RecordedEvents.of(folder_of(tmp_path / "plain", (0,), memory=False))
    assert memories_of("plain", events) is None
    write_png(tmp_path / "plain" / "through-time-value.png", np.zeros((4, 4, 3), np.uint8))
    assert memories_of("explained", events) == MemoryRun("explained", {0: [tmp_path / "plain" / "through-time-value.png"]})


def test_of_many_moments_some_are_shown(tmp_path):
    picture = tmp_path / "a.png"
    write_png(picture, np.zeros((2, 2, 3), np.uint8))
    page = html_of(memories_below([MemoryRun("run", {step: [picture] for step in range(30)})]))
    assert page.count("<img") == MOST_EVENTS
    assert f"{MOST_EVENTS} of 30 moments are shown" in page


def test_the_page_of_maps_takes_it_in(tmp_path):
    events = RecordedEvents.of(folder_of(tmp_path / "run", (0, 8)))
    memories, other = (
        memories_below([memories_of("run", events)]),
        Below(".x { color: red; }", lambda file: file.write("<p>gazes</p>")),
    )
    file = io.StringIO()
    write_comparison(file, [ComparedRun("run", events)], one_below_the_other([memories, other]))
    page = file.getvalue()
    assert page.index("How far back they look") < page.index("<p>gazes</p>")
    assert ".memories" in page
    assert ".x { color: red; }" in page
    assert one_below_the_other([]) is None


def test_a_record_with_known_lags(tmp_path):
    """Decisions at steps 2 and 4, each resting on what was seen two steps before."""
    norms = np.zeros((2, 5))
    norms[0, 0] = norms[1, 2] = 3.0
    record = MemoryRecord({("value", "jacobian"): norms, ("action", "jacobian"): 0 * norms}, np.array([2, 4]))
    assert record.figures() == {"through_time/value/jacobian/mean_lag": 2.0, "through_time/value/jacobian/peak_lag": 2.0}
    assert record.profile("value").tolist() == [0, 0, 3, 0, 0]
    kept = record.arrays()
    assert np.array_equal(kept["through_time/norms/value/jacobian"], norms)
    assert kept["through_time/profile/value/jacobian"].tolist() == [0, 0, 3, 0, 0]
    assert kept["through_time/outputs"].tolist() == [2, 4]
    assert record.sheet().shape[2] == 3
    file = EventFile.read(folder_of(tmp_path / "run", (7,)) / "step_0000000007.npz")
    assert file.map_keys == (MapKey("value"),)


def test_what_was_assumed_is_written_on_the_square():
    norms = {("value", "jacobian"): np.eye(3)}
    plain, doubted = (MemoryRecord(norms, np.arange(3), doubt=doubt).sheet() for doubt in ("", "nothing is known"))
    assert doubted.shape[0] >= plain.shape[0]
    assert not np.array_equal(doubted[: plain.shape[0]], plain) or doubted.shape != plain.shape


@pytest.mark.parametrize("shape", [(3, 600), (1, 1), (16, 64)])
def test_squares_of_all_sizes(shape):
    outputs = np.linspace(0, shape[1] - 1, num=shape[0]).astype(int)
    record = MemoryRecord({("value", "jacobian"): np.ones(shape)}, outputs, np.arange(shape[1]) == 0)
    assert record.sheet().ndim == 3
