"""A Weights & Biases run that never asks, never waits for long and never ends a training run. wandb is imported when it is used."""

import os
import shlex
from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from numbers import Real
from pathlib import Path
from typing import Any

from stable_baselines3.common.logger import KVWriter

from ...agents.updates.slow_block import said_if_slow
from ...saliency.errors import first_line
from ..process_state import has_active_wandb_run, noted
from ..reporting import Reporter
from ..run_config import WandbMode
from .labels import Labels
from .own_settings import OwnSettings

PATIENCE = 7  # seconds for the first contact
AT_THE_END = 60  # seconds for what has not been sent yet
SILENCE = 1  # seconds of waiting before it is said
WITHOUT = "--wandb offline goes without"


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
        labels: Labels,
        run_id: str,
        project: str | None,
        reporter: Reporter,
    ) -> "WandbRun | None":
        """
        Start logging as W&B is set, which is to ``folder/wandb`` by default: online where a key is configured, else offline with a
        line on how to upload.

        :param folder: of the run
        :param mode: None for the one that W&B is set to
        :param config: shown with the run
        :param labels: of the run, where W&B is not set to others
        :param run_id: the same for all parts of a resumed run, so that they share curves
        :param project: None for the one that W&B is set to
        :param reporter: gets a line on where the run is
        :return: None if nothing is logged
        """
        if (mode or os.environ.get("WANDB_MODE")) == "disabled":
            return None  # without importing wandb, which takes a second
        try:
            with noted():  # W&B may start its service for this
                own = OwnSettings.read()
            wanted = own.mode(mode)
            arguments = own.arguments(labels, project, run_id, folder)
            has_key = own.has_key()
        except Exception as error:  # of the import, of W&B's files and variables, or of settings that another version lacks
            reporter.say(f"W&B: nothing is logged there, because its settings cannot be read ({first_line(error)})")
            return None
        if wanted == "disabled":
            return None
        if wanted != "offline" and not has_key:
            if "online" in (mode, os.environ.get("WANDB_MODE")):
                reporter.say("W&B: no API key is configured (wandb login), so this run is logged offline")
            wanted = "offline"
        for attempt in dict.fromkeys((wanted, "offline")):
            run = _init(attempt, {**arguments, "config": dict(config)}, own, reporter)
            if run is not None:
                upload = shlex.join(["wandb", "sync", str(Path(run.dir).parent)])
                where = run.url if attempt != "offline" else f"offline; upload it with: {upload}"
                reporter.say(f"W&B: {where}")
                return cls(run, reporter)
        reporter.say("W&B: nothing is logged there; the run folder has everything")
        return None

    def write(self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0) -> None:
        scalars = {
            key: value for key, value in key_values.items() if isinstance(value, Real) and "wandb" not in (key_excluded[key] or ())
        }
        try:
            self.run.log({"global_step": step, **scalars})
        except Exception as error:  # W&B documents no closed set; a run of days must not end because its logger did
            if not self.failed:
                self.reporter.say(f"W&B: logging failed ({first_line(error)}); training goes on, progress.csv has everything")
            self.failed = True

    def close(self) -> None:
        """SB3's logger is closed before the run is: see :meth:`finish`."""

    def finish(self) -> None:
        """Close the run."""
        try:
            waits = f"W&B: waiting for what is still to be sent, at most {AT_THE_END} s"
            with said_if_slow(SILENCE, partial(self.reporter.say, waits)):
                self.run.finish()
        except Exception as error:  # W&B documents no closed set; the run folder has everything
            self.reporter.say(f"W&B: the run did not close properly ({first_line(error)})")


def _init(mode: str, arguments: Mapping[str, Any], own: OwnSettings, reporter: Reporter) -> Any:
    """A run of W&B, or None if none could be started, which is said."""
    import wandb

    others = False
    waits = f"W&B: waiting for {own.found.base_url}, at most {PATIENCE + 1} s; {WITHOUT}"
    patience = PATIENCE if own.found.init_timeout == own.defaults.init_timeout else own.found.init_timeout
    try:
        with noted(), said_if_slow(SILENCE, partial(reporter.say, waits)) if mode != "offline" else nullcontext():
            others = has_active_wandb_run()
            run = wandb.init(
                **arguments,
                # Another active run is the user's, or that of a training in another thread.
                reinit="create_new" if others else "default",
                mode=mode,  # type: ignore[arg-type]
                settings=wandb.Settings(silent=True, init_timeout=patience, finish_timeout=AT_THE_END),
            )
            run.define_metric("global_step", hidden=True)
            run.define_metric("*", step_metric="global_step")
            return run
    except Exception as error:  # W&B's own errors, and those of its service's socket and settings; training matters more
        reporter.say(f"W&B: {mode} logging did not start ({first_line(error)})")
    if not others:
        try:
            wandb.teardown()  # or the run's id would count as in use; it would also end the runs of others
        except Exception as error:  # of the socket of its service, which may be gone; training goes on
            reporter.say(f"W&B: its service did not end ({first_line(error)})")
    return None
