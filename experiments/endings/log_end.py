"""What the log of a run says at its end."""

from collections.abc import Sequence
from pathlib import Path

END_OF_LOG = 4096  # bytes, in which a run that failed says why


def why_failed(log: Path) -> str | None:
    """
    What a run said when it failed.

    :param log: what the run has printed, all its parts
    :return: one line; None if it has not failed, or has no log
    """
    latest = latest_part(log)
    said = next((line for line in reversed(latest) if line.startswith("error: ")), None)
    if said is None and any(line.startswith("Traceback ") for line in latest):
        said = latest[-1]
    return said


def last_line(log: Path) -> str | None:
    """
    What a run printed last.

    :param log: what the run has printed, all its parts
    :return: one line; None if the run has printed nothing since it was started last, or has no log
    """
    latest = [line for line in latest_part(log) if not line.startswith("$ ")]
    return latest[-1] if latest else None


def latest_part(log: Path) -> Sequence[str]:
    """
    The last lines of a log, since the run was started last: each part of a log begins with its command line. Blank lines are
    left out.

    :param log: what the run has printed, all its parts
    """
    try:
        with log.open("rb") as file:
            file.seek(max(log.stat().st_size - END_OF_LOG, 0))
            lines = [line for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
    except OSError:
        return []
    starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    return lines[starts[-1] :] if starts else lines
