"""The states of a run of a sweep."""

from enum import Enum


class Outcome(Enum):
    """What a run of a sweep is doing, or what became of it. The file of the sweep's states has these words."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    PRUNED = "pruned"
    FAILED = "failed"
