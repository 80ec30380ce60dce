"""
One run as a process of its own, which ends with the process that has started it.

This module imports the standard library only: a worker of Ray gets it as it is, and does not load torch beside its run.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# On Linux the kernel sends a child SIGTERM when whoever started it is gone, so that it saves. `exec` keeps that.
LAUNCHER = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() != int(sys.argv[1]):
    sys.exit(f"process {sys.argv[1]}, which started this run, is gone")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
NOT_SHARED, STOPPED_FIRST = -1001, -1002  # in place of an exit code: the folder is not seen here; nothing was started
STOP, NOW = "stop", "now"  # what the file says with which runs on other machines are stopped


@dataclass(frozen=True)
class Task:
    """
    What is to be run.

    :param words: for Python, such as ``("-m", "module", "--option")``
    :param variables: of the environment, beside those of whoever starts it; None removes one
    :param folder: to work in
    :param log: file for what is printed; a new part follows the earlier ones
    :param shown: the command line as a user would type it
    """

    words: tuple[str, ...]
    variables: Mapping[str, str | None]
    folder: str
    log: str
    shown: str = ""


def start(task: Task) -> "subprocess.Popen[bytes]":
    """
    Start a process, in a session of its own: Ctrl-C in a terminal does not reach it.

    :raises OSError: if the log cannot be written
    """
    launcher = ["-I", "-S", "-c", LAUNCHER, str(os.getpid())] if sys.platform == "linux" else []
    environment = {name: value for name, value in {**os.environ, **task.variables}.items() if value is not None}
    with Path(task.log).open("ab") as log:
        log.write(f"$ {task.shown or shlex.join(task.words)}\n".encode("utf-8", "surrogateescape"))
        log.flush()
        return subprocess.Popen(
            [sys.executable, *launcher, *task.words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=task.folder,
            env=environment,
            start_new_session=True,
        )


def stop(process: "subprocess.Popen[bytes]", now: bool) -> None:
    """
    Ask a process to save and end; or end it now, with all that it has started.

    :param process: of :func:`start`
    :param now: whether not to wait
    """
    if process.poll() is not None:
        return
    if now and hasattr(os, "killpg"):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:  # it has just ended
            return
    elif now:
        process.kill()
    else:
        process.terminate()


def run_elsewhere(task: Task, mark: str, token: str, stop_file: str, pause: float = 0.5) -> int:
    """
    Run a task to its end, on any machine that sees the folder of the sweep.

    :param task: what to run
    :param mark: file that the sweep has written
    :param token: what it holds
    :param stop_file: made when runs are to stop; it says ``stop`` or ``now``
    :param pause: seconds between two looks
    :return: exit code; :data:`NOT_SHARED` if this machine does not see the folder, :data:`STOPPED_FIRST` if nothing was started
    """
    if not sees(mark, token):
        return NOT_SHARED
    if _asked(stop_file):
        return STOPPED_FIRST
    here = task.folder if Path(task.folder).is_dir() else str(Path(mark).parent)
    process = start(Task(task.words, task.variables, here, task.log, task.shown))
    heard = ""
    try:
        while process.poll() is None:
            asked = _asked(stop_file)
            if asked != heard and asked:
                heard = asked
                stop(process, now=asked == NOW)
            time.sleep(pause)
    finally:
        stop(process, now=False)  # an exception, such as KeyboardInterrupt from Ray, ends the run in order
        process.wait()
    return process.returncode


def sees(mark: str, token: str) -> bool:
    """Whether a file is here and holds the token. A file of the same name on another disk does not."""
    try:
        return Path(mark).read_text(encoding="utf-8") == token
    except (OSError, ValueError):
        return False


def _asked(stop_file: str) -> str:
    """What the file says; nothing if there is none."""
    try:
        return Path(stop_file).read_text(encoding="utf-8").strip() or STOP
    except OSError:
        return ""
