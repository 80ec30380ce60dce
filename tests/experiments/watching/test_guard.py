"""Who gets an answer, and who does not."""

import pytest
from event_folders import probe_set, write_run

from saccade.experiments.watching.watched_run import WatchedRun


@pytest.fixture
def run(tmp_path):
    return WatchedRun(write_run(tmp_path / "run", probe_set(count=1, size=20), (0,)))


@pytest.mark.parametrize("path", ["", "state", "image/map-1-0", "below"])
def test_nobody_gets_anything_without_the_token(run, ask_about, path):
    ask = ask_about(run)
    assert ask("").status_code == 200
    for token in ("a-toke", "a-token-", "A-TOKEN", "é", "x", "%00"):
        answer = ask(path, token=token)
        assert (answer.status_code, answer.text[:9]) == (404, "not found")
    assert ask("", token="a-token/..").status_code == 404


def test_the_token_is_in_no_answer(run, ask_about):
    ask = ask_about(run)
    for path in ("", "state", "below", "nothing", "?x"):
        answer = ask(path)
        assert "a-token" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:9999", "LOCALHOST", "127.0.0.1", "[::1]:8000", "localhost."])
def test_names_of_this_machine(run, ask_about, host):
    assert ask_about(run)("state", host=host).status_code == 200


FOREIGN = ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "0.0.0.0")
ODD = ("", "a@localhost", "localhost:8000:1", "localhost:x", "127.0.0.1 ", "[::1", "2130706433")


@pytest.mark.parametrize("host", [*FOREIGN, *ODD])
def test_other_host_names_are_refused(run, ask_about, host):
    answer = ask_about(run)("state", host=host)
    assert (answer.status_code, "does not answer to that host name" in answer.text) == (421, True)


def test_with_a_host_of_its_own_it_answers_to_addresses_too_but_to_no_other_name(run, ask_about):
    ask = ask_about(run, host="0.0.0.0")
    for host, status in (("192.168.0.7:8000", 200), ("[fe80::1]:8000", 200), ("localhost:8000", 200), ("evil.example:8000", 421)):
        assert ask("state", host=host).status_code == status
    named = ask_about(run, host="Lab.example")
    assert named("state", host="lab.example:8000").status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:8000", "http://127.0.0.1:8001", "http://localhost:8000"]
)
def test_other_origins_are_refused(run, ask_about, origin):
    ask = ask_about(run)
    assert ask("state", origin=origin).status_code == 403
    assert ask("state", origin="http://127.0.0.1:8000").status_code == 200


def test_every_answer_has_the_headers(run, ask_about):
    ask = ask_about(run)
    answers = [ask(path) for path in ("", "state", "image/map-1-0", "below", "nothing")]
    answers += [ask("", token="x"), ask("", host="evil.example"), ask("state", origin="null"), ask("state", method="POST")]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 404, 404, 421, 403, 405]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_the_server_only_reads(run, ask_about, method):
    assert ask_about(run)("state", method=method).status_code == 405


def test_head_has_no_body(run, ask_about):
    ask = ask_about(run)
    for answer in (ask("", method="HEAD"), ask("", method="HEAD", token="x")):
        assert answer.content == b""
