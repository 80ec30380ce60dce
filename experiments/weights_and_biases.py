"""A Weights & Biases run that never asks, never waits for long and never ends a training run. wandb is imported when it is used."""

import netrc
import os
from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from stable_baselines3.common.logger import KVWriter

from ..saliency.errors import first_line
from .process_state import has_active_wandb_run, noted
from .reporting import Reporter
from .run_config import WandbMode

PATIENCE = 30  # seconds for the first contact


class WandbRun(KVWriter):
    """
    A W&B run in progress, which gets what SB3 logs. ``global_step`` is a separate value, because W&B drops steps that go back.

    :param run: as ``wandb.init`` gave it
    :param reporter: gets one line if logging fails
    """

    def __init__(self, run: Any, reporter: Reporter) -> None:
        self.run, self.reporter = run, reporter
        self.failed = False

    @classmethod
    def start(
        cls,
        folder: Path,
        mode: WandbMode | None,
        config: Mapping[str, Any],
        name: str,
        run_id: str,
        project: str,
        reporter: Reporter,
    ) -> "WandbRun | None":
        """
        Start logging to ``folder/wandb``: online where a key is configured, else offline with a line on how to upload.

        :param folder: of the run
        :param mode: None decides by ``WANDB_MODE``, then by whether there is a key
        :param config: shown with the run
        :param name: of the run
        :param run_id: the same for all parts of a resumed run, so that they share curves
        :param project: of the user's account
        :param reporter: gets a line on where the run is
        :return: None if nothing is logged
        """
        wanted = mode or os.environ.get("WANDB_MODE")
        if wanted == "disabled":
            return None
        import wandb  # here, because it takes a second and many runs do not need it

        has_key = _has_key(wandb.Settings().base_url)
        wanted = wanted or ("online" if has_key else "offline")
        if wanted == "online" and not has_key:
            reporter.say("W&B: no API key is configured (wandb login), so this run is logged offline")
            wanted = "offline"
        for attempt in (wanted, "offline"):
            others = False
            try:
                with noted():
                    others = has_active_wandb_run()
                    run = wandb.init(
                        project=project,
                        name=name,
                        id=run_id,
                        resume="allow",
                        # Another active run is the user's, or that of a training in another thread.
                        reinit="create_new" if others else "default",
                        dir=folder.absolute(),
                        config=dict(config),
                        mode="online" if attempt == "online" else "offline",
                        settings=wandb.Settings(silent=True, init_timeout=PATIENCE, finish_timeout=2 * PATIENCE),
                    )
            # W&B documents no closed set (its own errors, those of its service's socket, of its settings); training matters more.
            except Exception as error:
                reporter.say(f"W&B: {attempt} logging did not start ({first_line(error)})")
                if not others:
                    wandb.teardown()  # or the run's id would count as in use; it would also end the runs of others
                continue
            run.define_metric("global_step", hidden=True)
            run.define_metric("*", step_metric="global_step")
            where = run.url if attempt == "online" else f"offline; upload it with: wandb sync {Path(run.dir).parent}"
            reporter.say(f"W&B: {where}")
            return cls(run, reporter)
        return None

    def write(self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0) -> None:
        scalars = {
            key: value for key, value in key_values.items() if isinstance(value, Real) and "wandb" not in (key_excluded[key] or ())
        }
        try:
            self.run.log({"global_step": step, **scalars})
        except Exception as error:  # W&B documents no closed set; a run of days must not end because its logger did
            if not self.failed:
                self.reporter.say(f"W&B: logging failed ({error}); training goes on, progress.csv has everything")
            self.failed = True

    def close(self) -> None:
        """SB3's logger is closed before the run is: see :meth:`finish`."""

    def finish(self) -> None:
        """Close the run."""
        try:
            self.run.finish()
        except Exception as error:  # W&B documents no closed set; the run folder has everything
            self.reporter.say(f"W&B: the run did not close properly ({error})")


def _has_key(base_url: str) -> bool:
    if os.environ.get("WANDB_API_KEY"):
        return True
    hosts = {urlparse(url).hostname or "" for url in (base_url, "https://api.wandb.ai")}
    try:
        keys = netrc.netrc(os.environ.get("NETRC"))
        return any(keys.authenticators(host) is not None for host in hosts)
    except (OSError, netrc.NetrcParseError):
        return False
