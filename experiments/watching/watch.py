"""Watching as a function: a run or a sweep in a browser while it goes on."""

import os
import sys
import webbrowser
from pathlib import Path

from ...saliency.records.event_name import has_events
from ..comparing import folder_name
from ..errors import ConfigError
from ..reporting import SILENT, Reporter
from ..run_folder import runs_inside
from ..setup.arguments import to_path
from ..sweeping.sweep_folder import PLAN, SweepFolder
from .guard import LOOPBACK
from .serving import served
from .sweep_says import SweepSays
from .watched_run import PARTS, WatchedRun
from .watched_sweep import WatchedSweep


def watch(
    run: Path | str,
    *,
    host: str = LOOPBACK[0],
    port: int = 0,
    browser: bool = True,
    reporter: Reporter = SILENT,
) -> None:
    """
    Show maps, scores and checks of a run or a sweep in a browser while it goes on. Ctrl-C ends it. The folder stays as it is.

    :param run: Folder of a run or of a sweep, or a folder that SaliencyCallback, GazeCallback or explain wrote.
    :param host: Address to listen on. With another one than 127.0.0.1 other machines can reach the page; who has its address sees
        the run.
    :param port: Port to listen on; 0 for a free one.
    :param browser: Open the page in a browser.
    :param reporter: gets the address
    :raises ConfigError: if the folder is not a run or a sweep, if the server cannot listen there, or if its packages are missing
    :raises SweepError: if the plan of a sweep is damaged
    """
    watched = _watched(to_path(run))
    if not 0 <= port <= 65535:
        raise ConfigError(f"is {port}; it must be between 1 and 65535, or 0 for a free one", option="port")
    with served(watched, host, port) as (address, ended):
        if host not in LOOPBACK:
            reporter.say(
                f"warning: other machines can reach the page at {host}, and it is not encrypted; who has its address sees the run"
            )
        reporter.say(f"{watched.name}: {address}")
        reporter.say("this address is the key to the page; Ctrl-C ends it")
        try:
            if browser and has_screen():
                webbrowser.open(address)
            while not ended.wait(0.2):
                pass
        except KeyboardInterrupt:
            pass  # the usual end


def _watched(path: Path) -> WatchedRun | WatchedSweep:
    """What a folder holds."""
    if not path.is_dir():
        raise ConfigError(f"there is no folder {path}; give the folder of a run or of a sweep")
    whole = path.resolve()
    if (whole / PLAN).is_file():
        return WatchedSweep(SweepFolder(whole))
    if not any((whole / part).exists() for part in ("config.yml", *PARTS)) and not has_events(whole):
        raise ConfigError(
            f"{path} is not the folder of a run (it has no config.yml and no events) or of a sweep (it has no {PLAN}); "
            f"give {runs_inside(path) or 'the folder that the command named at its start'}"
        )
    of_sweep = SweepSays(SweepFolder(whole.parent)) if (whole.parent / PLAN).is_file() else None
    return WatchedRun(whole, folder_name(path), sweep=of_sweep)


def has_screen() -> bool:
    """Whether a browser would be a window of its own, and not a program in this terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
