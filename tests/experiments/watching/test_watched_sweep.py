import json

import pytest
from event_folders import probe_set, write_run

from saccade.experiments import SweepError
from saccade.experiments.sweeping.cells import Cell
from saccade.experiments.sweeping.sweep_folder import Plan, SweepFolder
from saccade.experiments.watching.watched_sweep import WatchedSweep

HOSTILE = "<img src=x onerror=alert(1)>"
STEPS, SCORE = "time/total_timesteps", "eval/score_mean"


@pytest.fixture
def folder(tmp_path):
    made = SweepFolder(tmp_path / "sweep")
    made.make(Plan({}, [Cell("a", {}), Cell(HOSTILE, {})], "group"))
    return made


def test_a_table_of_runs_that_leads_to_their_pages(folder, begin_run, ask_about):
    ask = ask_about(WatchedSweep(folder))
    assert ask("state").json()["status"] == "2 runs: 2 waiting"
    begin_run(folder.path / "a", [{STEPS: 1500, SCORE: 0.25}], total=20_000)
    news = ask("state").json()
    assert news["status"] == "2 runs: 1 waiting, 1 running"
    first, second = news["runs"]
    assert {name: first[name] for name in ("name", "state", "steps", "score", "address")} == {
        "name": "a", "state": "running", "steps": "1,500 of 20,000", "score": "0.25", "address": "run/0/"
    }  # fmt: skip
    assert first["changed"].endswith(" ago")
    assert (second["name"], second["steps"], second["state"]) == (HOSTILE, "", "waiting")

    write_run(folder.path / "a", probe_set(size=20), (0,))
    assert [event["steps"] for event in ask("run/0/state").json()["events"]] == [0]
    page = ask("run/1/").text
    assert HOSTILE not in page
    assert 'href="../../"' in page
    assert ask("run/1/state").json()["note"].startswith("The run has not begun")
    for path in ("run/2/", "run/-1/", "run/a/", "run/0/file/maps/probes.npz", "run/0", "logs/a.log", "sweep.json", "image/map-1-0"):
        assert ask(path).status_code == 404, path


def test_the_page_has_its_own_script_alone(folder, ask_about):
    answer = ask_about(WatchedSweep(folder))("")
    assert answer.text.count("<script>") == 1
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    assert "'sha256-" in answer.headers["content-security-policy"]


def test_runs_that_a_search_adds_appear_and_known_ones_stay(folder, begin_run, ask_about):
    sweep = WatchedSweep(folder)
    ask = ask_about(sweep)
    before = sweep.run(0)
    plan = folder.read()
    folder.write(Plan(plan.content, [*plan.cells, Cell("c", {})], plan.group, plan.token, plan.versions))
    assert [run["name"] for run in ask("state").json()["runs"]] == ["a", HOSTILE, "c"]
    assert sweep.run(0) is before


def test_a_damaged_plan(folder, ask_about):
    ask = ask_about(WatchedSweep(folder))
    (folder.path / "sweep.json").write_text("{")
    news = ask("state").json()
    assert "sweep.json cannot be read" in news["note"]
    assert len(news["runs"]) == 2
    with pytest.raises(SweepError, match="cannot be read"):
        WatchedSweep(folder)


@pytest.mark.parametrize("name", ["..", "../a", "a/b", "/etc", ".hidden", "logs"])
def test_a_plan_leads_nowhere_else(folder, name):
    plan = json.loads((folder.path / "sweep.json").read_text())
    (folder.path / "sweep.json").write_text(json.dumps({**plan, "runs": {name: {}}}))
    with pytest.raises(SweepError, match="is not a run"):
        WatchedSweep(folder)
