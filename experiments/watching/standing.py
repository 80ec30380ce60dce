"""How far a run is, in words."""

import time
from dataclasses import dataclass
from enum import StrEnum

from ..sweeping.table import duration

QUIET = 300.0  # seconds without a change of a file after which it is said


class State(StrEnum):
    """What the folders of a run and of its sweep let one see."""

    WAITING = "waiting"
    RUNNING = "running"
    QUIET = "no news"
    FAILED = "failed"
    STOPPED = "stopped"
    PRUNED = "pruned"
    DONE = "done"


@dataclass(frozen=True)
class Standing:
    """
    :param begun: whether the run has a config.yml
    :param env_steps: done
    :param total: of the whole run; None if it is not known
    :param score: mean of the latest evaluation; None before the first
    :param scored_at: its env steps
    :param changed: when a file last changed, in seconds since 1970; None if there is none
    :param done: whether the env steps are done, and the final score is there
    :param known: what else is known of the state of a run that is not done; None if nothing is
    """

    begun: bool
    env_steps: int = 0
    total: int | None = None
    score: float | None = None
    scored_at: int | None = None
    changed: float | None = None
    done: bool = False
    known: State | None = None

    def state(self, now: float) -> State:
        """:param now: in seconds since 1970"""
        if self.done:
            return State.DONE
        if self.known is not None:
            return self.known
        if not self.begun:
            return State.WAITING
        return State.QUIET if is_quiet(self.changed, now) else State.RUNNING

    def since(self, now: float) -> str:
        """How long ago a file changed; empty if that does not matter."""
        if self.changed is None or self.done:
            return ""
        return f"last change {duration(max(now - self.changed, 0))} ago"

    def text(self, now: float | None = None) -> str:
        """
        All of it, in one line.

        :param now: in seconds since 1970; default: the clock's
        """
        now = time.time() if now is None else now
        parts = [self.state(now).value]
        if self.begun:
            parts.append(self.steps() + " env steps")
        if self.score is not None:
            parts.append(f"score {self.score:.5g}" + ("" if self.scored_at is None else f" at {self.scored_at:,}"))
        return ", ".join([*parts, *filter(None, [self.since(now)])])

    def steps(self) -> str:
        """Env steps done, of how many."""
        return f"{self.env_steps:,}" + ("" if self.total is None else f" of {self.total:,}")


def is_quiet(changed: float | None, now: float) -> bool:
    """
    :param changed: when a file last changed, in seconds since 1970; None if there is none
    :param now: likewise
    """
    return changed is None or now - changed > QUIET
