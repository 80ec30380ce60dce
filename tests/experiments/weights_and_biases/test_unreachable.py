"""W&B that does not answer, or is set to stay off line. Its server is one of this machine."""

import socket
import time
from pathlib import Path

import pytest

from saccade.experiments.weights_and_biases import WandbRun, wandb_run
from saccade.experiments.weights_and_biases.labels import Labels

wandb = pytest.importorskip("wandb")

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("fresh_wandb")]


def start(told, mode=None) -> WandbRun | None:
    return WandbRun.start(Path("run"), mode, {}, Labels("name", "group", ("tag",)), "abcd1234", None, told)


def check_offline(run: WandbRun | None, told, seconds: float) -> None:
    assert run is not None
    run.write({"loss": 1.0}, {"loss": ()}, 1)
    run.finish()
    waits, failed, offline = told.lines
    assert waits.startswith("W&B: waiting for http://127.0.0.1")
    assert waits.endswith("--wandb offline goes without")
    assert failed.startswith("W&B: online logging did not start (")
    assert "wandb sync" in offline
    assert seconds < 15
    assert list(Path("run/wandb").glob("offline-run-*/*.wandb"))


@pytest.mark.parametrize("server", [None, 500], indirect=True, ids=["never answers", "status 500"])
def test_a_server_that_does_not_serve(server, told, monkeypatch):
    monkeypatch.setattr(wandb_run, "PATIENCE", 2)
    began = time.monotonic()
    run = start(told)
    check_offline(run, told, time.monotonic() - began)
    assert server.asked


def test_a_server_that_refuses(told, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens
        monkeypatch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
        monkeypatch.setattr(wandb_run, "PATIENCE", 2)
        began = time.monotonic()
        run = start(told)
        check_offline(run, told, time.monotonic() - began)


@pytest.mark.parametrize("server", [200], indirect=True)
@pytest.mark.parametrize("mode", ["offline", "disabled"])
def test_nothing_goes_out_after_wandb_offline_or_disabled(server, told, fresh_wandb, mode):
    fresh_wandb.parent.mkdir()
    fresh_wandb.write_text(f"[default]\nmode = {mode}\n")
    run = start(told)
    assert (run is None) == (mode == "disabled")
    if run is not None:
        run.write({"loss": 1.0}, {"loss": ()}, 1)
        run.finish()
    wandb.teardown()  # its service sends the last of what it sends
    assert server.asked == 0
    assert "wandb sync" in "".join(told.lines) or mode == "disabled"


@pytest.mark.parametrize("server", [200], indirect=True)
def test_a_setting_that_wandb_cannot_read_is_said(server, told, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "sideways")
    assert start(told) is None
    assert told.lines[0].startswith("W&B: nothing is logged there, because its settings cannot be read (")
    assert "\n" not in told.lines[0]


class Broken:
    """A run whose every method fails."""

    def __getattr__(self, name):
        raise ConnectionResetError("the service is gone")


def test_nothing_that_fails_later_ends_a_training(told):
    run = WandbRun(Broken(), told)
    for step in range(3):
        run.write({"loss": 1.0}, {"loss": ()}, step)
    run.finish()
    assert told.lines == [
        "W&B: logging failed (the service is gone); training goes on, progress.csv has everything",
        "W&B: the run did not close properly (the service is gone)",
    ]


@pytest.mark.parametrize(("seconds", "said"), [(0.5, 1), (0.0, 0)])
def test_waiting_for_what_is_to_be_sent_is_said_if_it_takes_long(seconds, said, told, monkeypatch):
    class Sending:
        def finish(self) -> None:
            time.sleep(seconds)

    monkeypatch.setattr(wandb_run, "SILENCE", 0.1)
    WandbRun(Sending(), told).finish()
    time.sleep(0.2)
    assert told.lines == [f"W&B: waiting for what is still to be sent, at most {wandb_run.AT_THE_END} s"] * said
