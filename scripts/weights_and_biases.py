"""A Weights & Biases run that never asks, never waits for long and never ends a training run."""

import netrc
import os
from numbers import Real
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlparse

import wandb
from stable_baselines3.common.logger import KVWriter

from saccade.saliency.errors import first_line

Mode = Literal["online", "offline", "disabled"]
PATIENCE = 30  # seconds for the first contact


def start_run(folder: Path, mode: Mode | None, config: dict[str, Any], name: str, run_id: str, project: str) -> None:
    """
    Start logging to ``folder/wandb``: online where a key is configured, else offline with a line on how to upload.

    :param folder: of the run
    :param mode: None decides by ``WANDB_MODE``, then by whether there is a key
    :param config: shown with the run
    :param name: of the run
    :param run_id: the same when a run is resumed, so that its curves go on
    :param project: of the user's account
    """
    wanted = mode or os.environ.get("WANDB_MODE") or ("online" if _has_key() else "offline")
    if wanted == "disabled":
        return
    if wanted == "online" and not _has_key():
        print("W&B: no API key is configured (wandb login), so this run is logged offline", flush=True)
        wanted = "offline"
    for attempt in (wanted, "offline"):
        try:
            run = wandb.init(
                project=project,
                name=name,
                id=run_id,
                resume="allow",
                dir=folder.absolute(),
                config=config,
                mode="online" if attempt == "online" else "offline",
                settings=wandb.Settings(silent=True, init_timeout=PATIENCE, finish_timeout=2 * PATIENCE),
            )
        # W&B documents no closed set (its own errors, those of its service's socket, of its settings); training matters more.
        except Exception as error:
            print(f"W&B: {attempt} logging did not start ({first_line(error)})", flush=True)
            wandb.teardown()  # or the run's id would count as in use
            continue
        run.define_metric("global_step", hidden=True)
        run.define_metric("*", step_metric="global_step")
        where = run.url if attempt == "online" else f"offline; upload it with: wandb sync {Path(run.dir).parent}"
        print(f"W&B: {where}", flush=True)
        return


class WandbWriter(KVWriter):
    """Sends what SB3 logs to the active W&B run, with ``global_step`` as a value of its own (W&B drops steps that go back)."""

    def __init__(self) -> None:
        self.failed = False

    def write(self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0) -> None:
        if wandb.run is None:
            return
        scalars = {
            key: value for key, value in key_values.items() if isinstance(value, Real) and "wandb" not in (key_excluded[key] or ())
        }
        try:
            wandb.run.log({"global_step": step, **scalars})
        except Exception as error:  # W&B documents no closed set; a run of days must not end because its logger did
            if not self.failed:
                print(f"W&B: logging failed ({error}); training goes on, progress.csv has everything", flush=True)
            self.failed = True

    def close(self) -> None:
        """The run outlives SB3's logger."""


def finish_run() -> None:
    """Close the active run, if any."""
    if wandb.run is not None:
        try:
            wandb.run.finish()
        except Exception as error:  # W&B documents no closed set; the run folder has everything
            print(f"W&B: the run did not close properly ({error})", flush=True)


def _has_key() -> bool:
    if os.environ.get("WANDB_API_KEY"):
        return True
    hosts = {urlparse(url).hostname or "" for url in (wandb.Settings().base_url, "https://api.wandb.ai")}
    try:
        keys = netrc.netrc(os.environ.get("NETRC"))
        return any(keys.authenticators(host) is not None for host in hosts)
    except (OSError, netrc.NetrcParseError):
        return False
