"""The command from its words to Ctrl-C."""

import _thread
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest
from event_folders import probe_set, write_run
from told import Told

from saccade.experiments import USER_ERRORS, watch
from saccade.experiments.watching import watch as module
from saccade.experiments.watching.serving import served
from saccade.experiments.watching.watched_run import WatchedRun
from saccade.scripts.command import main


@pytest.fixture(autouse=True)
def _ctrl_c_is_heard():
    """Also where the tests themselves run in the background of a shell, which lets them ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "run", probe_set(count=1, size=20), (0,))


def body(address: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=5) as answer:
        return answer.read().decode()


class Visitor(Told):
    """Asks for the page as soon as the address is told, and then presses Ctrl-C."""

    def __init__(self) -> None:
        super().__init__()
        self.page, self.left = "", 0.0
        self._thread = threading.Thread(target=self._visit)

    def say(self, line: str) -> None:
        super().say(line)
        if line.endswith("Ctrl-C ends it"):
            self._thread.start()

    def _visit(self) -> None:
        try:
            address = next(line for line in self.lines if "http://" in line and not line.startswith("warning")).split()[-1]
            self.page = body(address.replace("0.0.0.0", "127.0.0.1"))
            time.sleep(0.3)  # the main thread waits for the server by now
        finally:
            self.left = time.monotonic()
            _thread.interrupt_main()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_address_is_told_and_ctrl_c_ends_it_at_once(run, host, monkeypatch, capfd):
    opened = []
    monkeypatch.setattr(module, "has_screen", lambda: True)
    monkeypatch.setattr("webbrowser.open", opened.append)
    visitor = Visitor()
    watch(run, host=host, reporter=visitor)
    assert time.monotonic() - visitor.left < 2.5
    assert "<title>run</title>" in visitor.page
    name, address = visitor.lines[0].split()
    assert (name, opened) == ("run:", [address])
    assert address.startswith(f"http://{host}:")
    assert len(address.rstrip("/").rpartition("/")[2]) >= 32
    assert len(visitor.lines) == 2
    assert capfd.readouterr() == ("", "")
    with pytest.raises(urllib.error.URLError):
        body(address)
    assert "saccade watch" not in [thread.name for thread in threading.enumerate()]


def test_no_two_addresses_have_the_same_token(run):
    addresses = []
    for _ in range(2):
        with served(WatchedRun(run), "127.0.0.1", 0) as (address, _):
            addresses.append(address.rstrip("/").rpartition("/")[2])
    assert addresses[0] != addresses[1]


def test_another_host_is_warned_of_in_one_line(run, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "127.0.0.1")
    visitor = Visitor()
    watch(run, host="0.0.0.0", browser=False, reporter=visitor)
    assert visitor.lines[0].startswith("warning: other machines can reach the page")
    assert len(visitor.lines) == 3
    assert "<title>run</title>" in visitor.page


def refused(capsys, *words: object) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["watch", *map(str, words)])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_what_is_wrong_is_said_in_one_line(tmp_path, run, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "sweep.json").write_text("{")
    assert refused(capsys, tmp_path / "nowhere").startswith("error: there is no folder ")
    assert refused(capsys, tmp_path / "run" / "saliency" / "probes.npz").startswith("error: there is no folder ")
    assert "empty is not the folder of a run (it has no config.yml and no events) or of a sweep" in refused(
        capsys, tmp_path / "empty"
    )
    assert "sweep.json cannot be read" in refused(capsys, tmp_path / "sweep")
    assert "--port is 70000; it must be between" in refused(capsys, run, "--port", 70_000)
    assert "--host 'no such host' is not an address of this machine" in refused(capsys, run, "--host", "no such host")
    assert "--host '' is not an address" in refused(capsys, run, "--host", "")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused(capsys, run, "--port", port)
    assert line.startswith(f"error: --port {port} cannot be used on 127.0.0.1: ")
    assert line.endswith("leave it out for a free one")


def test_without_the_extra(run, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert refused(capsys, run) == ("error: watch needs starlette and uvicorn; install them with pip install 'saccade-rl[watch]'")


def test_the_function_raises_what_the_command_says(tmp_path):
    with pytest.raises(USER_ERRORS, match="there is no folder"):
        watch(tmp_path / "nowhere")
