"""A hub of the test's own on 127.0.0.1, and folders as RL Zoo leaves them."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest
from stable_baselines3 import PPO
from zoo_writing import dumped

COMMITS = {"main": "a" * 40, "old": "b" * 40}


@dataclass
class Hub:
    """
    What the server has, and how it misbehaves.

    :ivar files: {repository: {file: bytes}}
    :ivar answers: {path or a part of it: (status, headers, body)} instead of what is right
    :ivar asked: (method, path) of all requests
    """

    address: str
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    sizes: dict[str, int | None] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        self.asked.append((method, path))
        for part, given in self.answers.items():
            if part in f"{method} {path}":
                return given
        words = path.partition("?")[0].strip("/").split("/")
        if words[:2] == ["api", "models"] and len(words) == 6:
            return self._described("/".join(words[2:4]), words[5])
        if len(words) >= 5 and words[2] == "resolve":
            return self._file("/".join(words[:2]), words[3], "/".join(words[4:]))
        return 404, {}, b"{}"

    def _described(self, repo: str, revision: str) -> tuple[int, dict[str, str], bytes]:
        if repo not in self.files:
            return 401, {"X-Error-Code": "RepoNotFound"}, b"{}"
        if revision not in COMMITS and revision not in COMMITS.values():
            return 404, {"X-Error-Code": "RevisionNotFound"}, b"{}"
        siblings = [{"rfilename": name, "size": self.sizes.get(name, len(content))} for name, content in self.files[repo].items()]
        told = {"id": repo, "sha": COMMITS.get(revision, revision), "siblings": siblings}
        return 200, {"Content-Type": "application/json"}, json.dumps(told).encode()

    def _file(self, repo: str, revision: str, name: str) -> tuple[int, dict[str, str], bytes]:
        commit = {"X-Repo-Commit": COMMITS.get(revision, revision)}
        if name not in self.files.get(repo, {}):
            return 404, {"X-Error-Code": "EntryNotFound", **commit}, b""
        content = self.files[repo][name]
        return 200, {"ETag": f'"{hashlib.sha256(content).hexdigest()}"', **commit}, content


def serve(hub_of: Callable[[str], Hub]) -> tuple[ThreadingHTTPServer, Hub]:
    """A server in a thread."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, headers, body = hub.answer(self.command, self.path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub = hub_of(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.01}).start()
    return server, hub


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A hub that huggingface_hub takes for its own, with an empty cache."""
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    server, made = serve(Hub)
    monkeypatch.setenv("HF_ENDPOINT", made.address)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def cartpole_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model."""
    path = tmp_path_factory.mktemp("model") / "CartPole-v1.zip"
    model = PPO("MlpPolicy", gym.make("CartPole-v1"), policy_kwargs={"net_arch": [8]}, n_steps=8, batch_size=8, device="cpu")
    model.save(path)
    return path


@pytest.fixture
def zoo_files(cartpole_zip: Path) -> dict[str, bytes]:
    """What RL Zoo puts on the hub."""
    return {
        "ppo-CartPole-v1.zip": cartpole_zip.read_bytes(),
        "args.yml": dumped({"algo": "ppo", "env": "CartPole-v1", "env_kwargs": None, "gym_packages": []}).encode(),
        "config.yml": dumped({"n_envs": 8, "normalize": False, "policy": "MlpPolicy", "n_timesteps": 1e5}).encode(),
        "env_kwargs.yml": b"{}\n",
        "train_eval_metrics.zip": b"PK\x05\x06" + bytes(18),
        "results.json": b"{}",
        "README.md": b"# PPO",
    }


@pytest.fixture
def zoo_folder(tmp_path: Path, zoo_files: dict[str, bytes]) -> Path:
    """An experiment as RL Zoo leaves it on disk."""
    folder = tmp_path / "rl-trained-agents" / "ppo" / "CartPole-v1_1"
    (folder / "CartPole-v1").mkdir(parents=True)
    (folder / "CartPole-v1.zip").write_bytes(zoo_files["ppo-CartPole-v1.zip"])
    for name in ("args.yml", "config.yml"):
        (folder / "CartPole-v1" / name).write_bytes(zoo_files[name])
    return folder
