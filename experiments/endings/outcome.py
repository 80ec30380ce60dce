"""The states of a run of a sweep."""

from enum import Enum


class Outcome(Enum):
    """What became of a run."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    PRUNED = "pruned"
    FAILED = "failed"
