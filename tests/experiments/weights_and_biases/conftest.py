"""W&B as a new process finds it, and a server on this machine in place of W&B's."""

import http.server
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from told import Told

wandb = pytest.importorskip("wandb")


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def fresh_wandb(elsewhere, monkeypatch) -> Iterator[Path]:
    """A home without settings. What W&B changes in the process is put back after the test."""
    for name in ("excepthook", "exit"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    monkeypatch.setenv("WANDB_SERVICE", "")
    monkeypatch.delenv("WANDB_SERVICE")
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(Path("config").absolute()))
    wandb.teardown()
    yield Path("config/settings").absolute()
    wandb.teardown()


class Server(http.server.ThreadingHTTPServer):
    """Counts what comes in. It answers everything with one status, or nothing at all."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, status: int | None) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.status, self.asked, self.ended = status, 0, threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address) -> None:
        """A client that has hung up is not news."""


class Answer(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.asked += 1
        if self.server.status is None:
            self.server.ended.wait(60)
            return
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def server(request, monkeypatch) -> Iterator[Server]:
    """A server that W&B is set to, with a key; its parameter is the status of its answers."""
    made = Server(request.param)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    monkeypatch.setenv("WANDB_BASE_URL", made.url)
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    yield made
    made.ended.set()
    made.shutdown()
    made.server_close()
