import base64
import hashlib
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from event_folders import noise, probe_set, write_event, write_run
from small_policies import observed, small_policy

from saccade.saliency import MapKey, ProbeSet, explain
from saccade.saliency.errors import RecordedEventsError
from saccade.saliency.page.comparison_page import GOOD, ComparedRun, good_of, write_comparison
from saccade.saliency.records.recorded_events import RecordedEvents
from saccade.saliency.records.saliency_event import SaliencyEvent

HOSTILE = "<img src=x onerror=alert(1)>\"'</script>&amp;\u2028é"


class Blocks(HTMLParser):
    """Text of the elements script, style and title as a browser would find it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {}
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._inside = dict(attrs).get("id") or tag

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        self.text[self._inside] = self.text.get(self._inside, "") + data


def page_of(*runs: tuple[str, Path]) -> Blocks:
    file = io.StringIO()
    write_comparison(file, [ComparedRun(name, RecordedEvents.of(path)) for name, path in runs])
    return Blocks(file.getvalue())


def test_what_the_page_is_told(tmp_path):
    probes = probe_set(count=3, size=20)
    a = write_run(tmp_path / "a", probes, (0, 100))
    b = write_run(tmp_path / "b", probes, (50,), heads=("value", "value/greydanus"))
    told = json.loads(page_of(("a", a), ("b", b)).text["comparison"])
    assert (told["heads"], told["methods"]) == (["value", "advantage"], ["jacobian", "greydanus"])
    assert told["sights"][0]["tile"] == {"count": 3, "height": 20, "width": 20, "columns": 2}
    assert told["sights"][0]["picture"] == {"height": 210, "width": 160}
    assert told["phases"] == [0.1, 0.5, 0.9]
    assert [event["steps"] for event in told["runs"][0]["events"]] == [0, 100]
    assert sorted(told["runs"][1]["events"][0]["maps"]) == ["value/greydanus", "value/jacobian"]
    assert "overlap/rank_correlation" in told["runs"][0]["events"][0]["figures"]


def test_verdicts_and_the_direction_of_every_curve_of_the_checks(tmp_path):
    probes = probe_set(size=20)
    maps = {MapKey("value"): noise(probes, 1), MapKey("value", "greydanus"): noise(probes, 2)}
    lasts = ("deletion", "insertion_grey", "deletion_blur/lead_over_random_blocks", "gini", "deletion_centred")
    figures = {f"trust/value/jacobian/{last}": 0.5 for last in lasts}
    SaliencyEvent(0, probes, maps, figures=figures, verdicts={"value/greydanus": HOSTILE, "gone": "x"}).write(tmp_path)
    told = json.loads(page_of(("a", tmp_path)).text["comparison"])
    assert told["runs"][0]["events"][0]["verdicts"] == {"value/greydanus": HOSTILE}
    assert told["good"] == {
        "deletion": "higher is better, 1 is chance",
        "insertion_grey": "lower is better, 1 is chance",
        "lead_over_random_blocks": "above 0 the map is better than random blocks; the band is a 95 % interval over games or states",
        "deletion_centred": GOOD["deletion_centred"],  # of events before 0.2.0
    }


def test_every_figure_of_the_checks_has_a_direction_or_is_known_to_have_none():
    names = explain(small_policy("dqn"), observed(small_policy("dqn"), 8)).trust[0].figures()
    ends = ("_low", "_high", "_std")
    without = {name for name in names if not good_of(name.rpartition("/")[2]) and not name.endswith(ends)}
    assert without == {"gini", "entropy"}


def test_the_learning_curve_of_each_run_that_has_one(tmp_path):
    probes, file = probe_set(size=20), io.StringIO()
    events = RecordedEvents.of(write_run(tmp_path / "a", probes, (0, 100)))
    scores = [(10, 1.5), (20, float("nan")), (30, 2.5)]
    write_comparison(file, [ComparedRun(HOSTILE, events, scores), ComparedRun("without", events)])
    blocks = Blocks(file.getvalue())
    told = json.loads(blocks.text["comparison"])["runs"]
    assert told[0]["scores"] == [{"steps": steps, "figures": {"scores/evaluation": mean}} for steps, mean in (scores[0], scores[2])]
    assert told[1]["scores"] == []
    assert not set("<>&\u2028\u2029") & set(blocks.text["comparison"])


def test_each_state_is_there_once_and_each_map_once(tmp_path):
    probes = probe_set(size=20)
    blocks = page_of(("a", write_run(tmp_path / "a", probes, (0, 100))), ("b", write_run(tmp_path / "b", probes, (0,))))
    told = json.loads(blocks.text["comparison"])
    ids = [shown["id"] for run in told["runs"] for event in run["events"] for shown in event["maps"].values()]
    assert len(ids) == len(set(ids)) == 6
    assert sorted(name for name in blocks.text if name.startswith("map-")) == sorted(ids)
    assert all(blocks.text[name].startswith("data:image/") for name in [*ids, "ground", "pictures"])


def test_names_of_runs_are_text_wherever_they_stand(tmp_path):
    run = write_run(tmp_path / "a", probe_set(size=20), (0,))
    plain, hostile = page_of(("a", run)), page_of((HOSTILE, run))
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert json.loads(hostile.text["comparison"])["runs"][0]["name"] == HOSTILE
    assert hostile.text["title"] == f"Saliency maps: {HOSTILE}"
    assert not set("<>&\u2028\u2029") & set(hostile.text["comparison"])


def test_names_of_heads_are_text_as_well(tmp_path):
    probes = probe_set(size=20)
    write_event(tmp_path, probes, 0, {"</script><b>": noise(probes, 1)}, {"</script>/<!--": 1.0})
    told = json.loads(page_of(("a", tmp_path)).text["comparison"])
    assert told["heads"] == ["<"]  # what follows the slash is the method
    assert told["runs"][0]["events"][0]["figures"] == {"</script>/<!--": 1.0}


def test_a_name_that_is_no_unicode_does_not_stop_the_page(tmp_path):
    page = page_of(("run-\udcff", write_run(tmp_path, probe_set(size=20), (0,))))
    assert json.loads(page.text["comparison"])["runs"][0]["name"] == "run-\ufffd"


def test_the_policy_lets_the_pages_own_script_and_style_alone(tmp_path):
    blocks = page_of(("a", write_run(tmp_path, probe_set(size=20), (0,))))
    policy = next(attrs["content"] for tag, attrs in blocks.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(blocks.text[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_needs_nothing_from_elsewhere(tmp_path):
    blocks = page_of(("a", write_run(tmp_path, probe_set(size=20), (0,))))
    linked = [value for _, attrs in blocks.tags for name, value in attrs.items() if name in ("src", "href", "srcset", "action")]
    assert linked == ["data:,"]
    namespace = "http://www.w3.org/2000/svg"  # a name, which nobody fetches
    code = (blocks.text["script"] + blocks.text["style"]).replace(namespace, "")
    assert not re.search(r"https?:|url\(|@import|fetch\(|import\(", code)


def test_without_the_states_there_is_no_ground(tmp_path):
    blocks = page_of(("a", write_run(tmp_path, probe_set(size=20), (0,), states=False)))
    assert json.loads(blocks.text["comparison"])["sights"][0]["picture"] is None
    assert "ground" not in blocks.text


def test_one_run_that_knows_the_states_is_enough(tmp_path):
    probes = probe_set(size=20)
    a = write_run(tmp_path / "a", probes, (0,), states=False)
    assert json.loads(page_of(("a", a), ("b", write_run(tmp_path / "b", probes, (0,)))).text["comparison"])["sights"][0]["picture"]


def test_vectors_and_colour_images(tmp_path):
    random = np.random.default_rng(0)
    for name, observations in (("vector", random.random((2, 5), np.float32)), ("rgb", random.random((2, 3, 9, 6), np.float32))):
        probes = ProbeSet(observations)
        told = json.loads(page_of((name, write_run(tmp_path / name, probes, (0,)))).text["comparison"])
        (sight,) = told["sights"]
        assert (sight["tile"]["height"], sight["tile"]["width"]) == ((1, 5) if name == "vector" else (9, 6))
        assert sight["picture"] == {"height": sight["tile"]["height"], "width": sight["tile"]["width"]}


def test_each_entry_of_dict_observations_has_its_own_size(tmp_path):
    random = np.random.default_rng(0)
    observations = {"eye": random.random((2, 9, 6, 3)), "far": random.random((2, 4, 8, 1)), "speed": random.random((2, 5))}
    probes = ProbeSet(observations, axes={"eye": "HWC", "far": "HWC", "speed": "D"})
    maps = {f"{head}@{key}": x.astype(np.float32) for head in ("value", "q") for key, x in probes.pictures().items()}
    write_event(tmp_path / "saliency", probes, 0, maps)
    probes.save(tmp_path / "saliency" / "probes.npz")
    blocks = page_of(("a", tmp_path))
    told = json.loads(blocks.text["comparison"])
    assert told["heads"] == ["value@eye", "value@far", "value@speed", "q@eye", "q@far", "q@speed"]
    assert told["sight_of_head"] == [0, 1, 2, 0, 1, 2]
    sizes = [(sight["tile"]["height"], sight["tile"]["width"]) for sight in told["sights"]]
    assert sizes == [(9, 6), (4, 8), (1, 5)]
    assert {"ground", "ground-1", "ground-2", "pictures-2"} <= set(blocks.text)
    assert "value@far/jacobian" in told["runs"][0]["events"][0]["maps"]


def test_maps_that_are_not_finite_are_told_apart_from_zeros(tmp_path):
    probes = probe_set(count=2, size=20)
    value = noise(probes, 1)
    value[0, 0, 0, 0] = np.nan
    write_event(tmp_path, probes, 0, {"value": value})
    (event,) = json.loads(page_of(("a", tmp_path)).text["comparison"])["runs"][0]["events"]
    assert [scale is None for scale in event["maps"]["value/jacobian"]["scales"]] == [True, False]


def test_runs_that_do_not_fit_are_refused_by_name(tmp_path):
    probes = probe_set(size=20)
    a = write_run(tmp_path / "a", probes, (0,))
    other = write_run(tmp_path / "other", probe_set(size=20, seed=1), (0,))
    with pytest.raises(RecordedEventsError, match=r"a \(.*\) and other \(.*\) have maps of different probe states .*; compare"):
        page_of(("a", a), ("other", other))
    action = write_run(tmp_path / "action", probes, (0,), heads=("action",))
    with pytest.raises(RecordedEventsError, match="no head in common"):
        page_of(("a", a), ("action", action))
    write_event(tmp_path / "cut", probes, 0, {"value": noise(probes, 1)[:, :, :10]})
    with pytest.raises(RecordedEventsError, match="the maps of cut are"):
        page_of(("a", a), ("cut", tmp_path / "cut"))
    probes.save(tmp_path / "cut" / "probes.npz")
    with pytest.raises(RecordedEventsError, match="do not belong to their probes"):
        page_of(("cut", tmp_path / "cut"))
