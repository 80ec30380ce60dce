"""Folders of runs as they look while the runs go on, and a client without a network."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from saccade.experiments.resuming.progress_csv import write_rows
from saccade.experiments.watching.server import application
from saccade.experiments.watching.watched_run import WatchedRun
from saccade.experiments.watching.watched_sweep import WatchedSweep

TOKEN = "a-token"
Ask = Callable[..., httpx.Response]


@pytest.fixture
def begin_run() -> Callable[..., Path]:
    """Makes the folder of a run with some rows in its log."""

    def begin(path: Path, rows: list[dict[str, Any]] | None = None, total: int = 1000, env: str = "Enduro", **options: Any) -> Path:
        (path / "checkpoints").mkdir(parents=True)
        content = {"options": {"env": env, "agent": "pqn", **options}, "wandb_id": "x"}
        content["hyperparameters"] = {"n_timesteps": total, "n_envs": 2}
        (path / "config.yml").write_text(yaml.safe_dump(content))
        if rows is not None:
            write_rows(path / "progress.csv", ["time/total_timesteps", "eval/score_mean", "rollout/ep_rew_mean"], rows)
        return path

    return begin


@pytest.fixture
def ask_about(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ask]:
    """Asks the server about a run or a sweep. Every answer looks at the folder."""
    monkeypatch.setattr("saccade.experiments.watching.watched_run.APART", 0.0)
    monkeypatch.setattr("saccade.experiments.watching.watched_run.AT_ONCE", 60.0)
    monkeypatch.setattr("saccade.experiments.watching.watched_sweep.APART", 0.0)

    def about(watched: WatchedRun | WatchedSweep, host: str = "127.0.0.1") -> Ask:
        app = application(watched, TOKEN, host)

        def ask(path: str, method: str = "GET", token: str = TOKEN, **headers: str) -> httpx.Response:
            async def once() -> httpx.Response:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                transport = httpx.ASGITransport(app=app)
                async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
                    return await client.request(method, f"/{token}/{path}", headers=named)

            return asyncio.run(once())

        return ask

    return about
