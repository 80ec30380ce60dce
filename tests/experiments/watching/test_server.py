"""What a page of one run is told."""

import base64
import hashlib
import html
import json
import re

import numpy as np
import pytest
from event_folders import noise, probe_set, write_event, write_looks, write_run

from saccade.experiments.watching.watched_run import WatchedRun
from saccade.saliency.pictures.layout import write_png

PROBES = probe_set(size=20)
HOSTILE = "<script>alert(1)</script>\"'&"
STEPS, SCORE = "time/total_timesteps", "eval/score_mean"


def told(ask, **known) -> dict:
    """What is new since an earlier answer."""
    answer = ask("state?" + "&".join(f"{name}={value}" for name, value in known.items()))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return answer.json()


def known(news: dict) -> dict:
    return {name: news[name] for name in ("epoch", "event", "score")}


def test_a_run_from_before_its_start_to_its_end(tmp_path, begin_run, ask_about):
    run = tmp_path / "run"
    ask = ask_about(WatchedRun(run, of_sweep=True))
    news = told(ask)
    assert news["note"].startswith("The run has not begun")
    assert (news["status"], news["events"], news["scores"], news["about"]["heads"]) == ("waiting", [], [], [])
    begin_run(run, [{STEPS: 10, SCORE: 1.5}])
    news = told(ask, **known(news))
    assert news["note"].startswith("There are no maps yet")
    assert news["status"].startswith("running, 10 of 1,000 env steps, score 1.5 at 10, last change")
    assert news["scores"] == [{"steps": 10, "figures": {"scores/evaluation": 1.5}}]

    write_run(run, PROBES, (0, 500))
    news = told(ask, **known(news))
    assert [event["steps"] for event in news["events"]] == [0, 500]
    assert (news["note"], news["scores"], news["more"]) == ("", [], False)
    image = ask(f"image/{news['events'][1]['maps']['value/jacobian']['id']}")
    assert image.text.startswith("data:image/")
    assert image.headers["content-type"].startswith("text/plain")

    again = told(ask, **known(news))
    assert (again["events"], again["scores"], again["epoch"]) == ([], [], news["epoch"])
    write_event(run / "saliency", PROBES, 1000, {"value": noise(PROBES, 9)}, {"trust/value/jacobian/deletion": 2.0})
    (run / "checkpoints" / "step_0000001000.zip").write_bytes(b"")
    with (run / "progress.csv").open("a") as log:
        log.write("1000,3.5,\n")
    end = told(ask, **known(again))
    assert [event["steps"] for event in end["events"]] == [1000]
    assert end["about"]["good"] == {"deletion": "higher is better, 1 is chance"}
    assert end["status"] == "done, 1,000 of 1,000 env steps, score 3.5 at 1,000"
    assert [event["steps"] for event in told(ask)["events"]] == [0, 500, 1000]  # for a page that was opened later


def test_each_event_is_read_once(tmp_path, ask_about, monkeypatch):
    from saccade.saliency.records.saliency_event import EventFile

    asked = []
    read = EventFile.read.__func__

    def counted(cls, path, with_maps=True):
        asked.append(path.name)
        return read(cls, path, with_maps)

    monkeypatch.setattr(EventFile, "read", classmethod(counted))
    run = write_run(tmp_path / "run", PROBES, (0, 1, 2))
    ask = ask_about(WatchedRun(run))
    for _ in range(4):
        names = [map["id"] for event in told(ask)["events"] for map in event["maps"].values()]
    assert all(ask(f"image/{name}").status_code == 200 for name in names)
    assert sorted(asked) == [f"step_{steps:010d}.npz" for steps in range(3)]


def test_a_half_written_event_is_shown_once_it_is_whole(tmp_path, ask_about):
    run = write_run(tmp_path / "run", PROBES, (0,))
    path = write_event(run / "saliency", PROBES, 9, {"value": noise(PROBES, 1)})
    whole = path.read_bytes()
    ask = ask_about(WatchedRun(run))
    for half in (b"", whole[:100], whole[:-1]):
        path.write_bytes(half)
        news = told(ask)
        assert ([event["steps"] for event in news["events"]], news["note"]) == ([0], "")
    path.write_bytes(whole)
    assert [event["steps"] for event in told(ask)["events"]] == [0, 9]


def test_a_run_that_goes_back_to_a_checkpoint_is_told_anew(tmp_path, ask_about):
    run = write_run(tmp_path / "run", PROBES, (0, 50, 100))
    ask = ask_about(WatchedRun(run))
    before = told(ask)
    (run / "saliency" / "after-50").mkdir()
    (run / "saliency" / "step_0000000100.npz").rename(run / "saliency" / "after-50" / "step_0000000100.npz")
    news = told(ask, **known(before))
    assert news["epoch"] != before["epoch"]
    assert [event["steps"] for event in news["events"]] == [0, 50]
    gone = before["events"][2]["maps"]["value/jacobian"]["id"]
    kept = before["events"][1]["maps"]["value/jacobian"]["id"]
    assert ask(f"image/{kept}").status_code == 200
    write_event(run / "saliency", PROBES, 100, {"value": noise(PROBES, 9)})
    assert [event["steps"] for event in told(ask, **known(news))["events"]] == [100]
    assert gone not in json.dumps(told(ask)["events"])


def test_a_large_folder_is_told_in_parts_the_newest_first(tmp_path, ask_about, monkeypatch):
    monkeypatch.setattr("saccade.experiments.watching.watched_run.AT_ONCE", -1.0)
    ask = ask_about(WatchedRun(write_run(tmp_path / "run", PROBES, (0, 1, 2))))
    news = told(ask)
    assert ([event["steps"] for event in news["events"]], news["more"]) == ([2], True)
    news = told(ask, **known(news))
    assert ([event["steps"] for event in news["events"]], news["more"]) == ([1], True)
    news = told(ask, **known(news))
    assert ([event["steps"] for event in news["events"]], news["more"]) == ([0], False)


def test_names_are_text_and_only_the_pages_own_script_may_run(tmp_path, ask_about):
    run = tmp_path / HOSTILE.replace("/", "-")
    write_event(run / "saliency", PROBES, 0, {HOSTILE.replace("/", ""): noise(PROBES, 1)}, {f"{HOSTILE}/a": 1.0})
    ask = ask_about(WatchedRun(run))
    answer = ask("")
    page = answer.text
    assert run.name not in page
    assert html.escape(run.name) in page
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"script-src 'sha256-{digest}'" in policy
    assert html.unescape(re.search(r'Policy" content="([^"]*)"', page)[1]) == policy
    news = ask("state")
    assert (news.json()["name"], news.headers["content-type"]) == (run.name, "application/json")


OUTSIDE = ("file/maps/..%2Fconfig.yml", "file/..%2F..%2Fetc/passwd", "file/maps/%2Fetc%2Fpasswd", "file/gaze/..%2Fconfig.yml")
ODD = ("image/..%2F..%2Fconfig.yml", "file/maps/..%5Cconfig.yml", "%2e%2e/", "run/0/")
INSIDE = (
    "config.yml",
    "saliency/step_0000000000.npz",
    "file/maps/config.yml",
    "file/maps/step_0000000000.npz",
    "file/maps/probes.npz",
)


@pytest.mark.parametrize("path", [*OUTSIDE, *ODD, *INSIDE, "file/checkpoints/step_0000000000.zip"])
def test_nothing_else_of_the_folder_is_served(tmp_path, begin_run, ask_about, path):
    run = write_run(begin_run(tmp_path / "run"), PROBES, (0,))
    ask = ask_about(WatchedRun(run))
    told(ask)
    assert ask(path).status_code == 404


def test_pictures_are_served_in_parts_too_and_no_links(tmp_path, begin_run, ask_about):
    run = begin_run(tmp_path / "run")
    write_looks(run / "gaze")
    write_png(run / "gaze" / "step_0000000000_paths.png", np.zeros((4, 4, 3), np.uint8))
    (run / "gaze" / "step_0000000000.mp4").write_bytes(b"0123456789")
    (tmp_path / "secret.png").write_bytes(b"secret")
    (run / "gaze" / "step_0000000000_heat_map.png").symlink_to(tmp_path / "secret.png")
    ask = ask_about(WatchedRun(run))
    assert told(ask)["note"] == ""
    below = ask("below").text
    addresses = [html.unescape(address) for address in re.findall(r'src="([^"]*)"', below)]
    assert [address.partition("?")[0] for address in addresses] == [
        "file/gaze/step_0000000000_paths.png",
        "file/gaze/step_0000000000.mp4",
    ]
    picture, film = (ask(address) for address in addresses)
    assert (picture.headers["content-type"], film.headers["content-type"]) == ("image/png", "video/mp4")
    part = ask(addresses[1], range="bytes=2-4")
    assert (part.status_code, part.content) == (206, b"234")
    assert ask("file/gaze/step_0000000000_heat_map.png").status_code == 404
    (run / "gaze" / "step_0000000000_paths.png").unlink()
    (run / "gaze" / "step_0000000000_paths.png").symlink_to(tmp_path / "secret.png")
    assert ask(addresses[0]).status_code == 404  # also before the next look


def test_a_run_whose_parts_are_links_to_elsewhere_shows_nothing(tmp_path, ask_about):
    real = write_run(tmp_path / "real", PROBES, (0,))
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "saliency").symlink_to(real / "saliency")
    (tmp_path / "link").symlink_to(real)
    for run in (WatchedRun(tmp_path / "linked", of_sweep=True), WatchedRun(tmp_path / "link", of_sweep=True)):
        assert told(ask_about(run))["events"] == []


def test_a_damaged_configuration_is_said(tmp_path, begin_run, ask_about):
    run = write_run(begin_run(tmp_path / "run"), PROBES, (0,))
    (run / "config.yml").write_text("options: [")
    news = told(ask_about(WatchedRun(run)))
    assert "config.yml" in news["note"]
    assert [event["steps"] for event in news["events"]] == [0]


def test_a_length_of_hundreds_of_digits_ends_no_answer(tmp_path, begin_run, ask_about):
    run = begin_run(tmp_path / "run", [{STEPS: 10, "rollout/ep_rew_mean": 1}], total=10**400)
    news = told(ask_about(WatchedRun(run)))
    assert news["status"].startswith("running, 10 of 10,000,000,")
    assert news["scores"] == [{"steps": 10, "figures": {"scores/training_return": 1.0}}]


def test_folders_of_callbacks(tmp_path, ask_about):
    maps = write_run(tmp_path / "run", PROBES, (0,)) / "saliency"
    news = told(ask_about(WatchedRun(maps)))
    assert ([event["steps"] for event in news["events"]], news["status"], news["name"]) == ([0], "", "run")
    write_looks(tmp_path / "looks")
    ask = ask_about(WatchedRun(tmp_path / "looks"))
    assert (told(ask)["events"], told(ask)["note"]) == ([], "")
    assert "Where the agents look" in ask("below").text


@pytest.mark.parametrize("query", ["event=x", "score=1.5", "event="])
def test_odd_questions(tmp_path, ask_about, query):
    ask = ask_about(WatchedRun(write_run(tmp_path / "run", PROBES, (0,))))
    assert ask(f"state?{query}").status_code == 400
    assert len(told(ask, epoch="<b>", event=-5, score=10**30)["events"]) == 1


def test_a_run_that_is_done_without_maps_says_so(tmp_path, begin_run, ask_about):
    run = begin_run(tmp_path / "run", [{STEPS: 1000, SCORE: 1.5}])
    (run / "checkpoints" / "step_0000001000.zip").write_bytes(b"")
    news = told(ask_about(WatchedRun(run)))
    assert news["status"].startswith("done")
    assert news["note"] == "This run is done and has no maps."
