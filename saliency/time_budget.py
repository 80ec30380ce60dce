"""How much of the time a side activity may take."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class TimeBudget:
    """
    Measures what a side activity costs, and says when it may run again.

    :param share: of the wall-clock time since construction, at most
    :param clock: seconds
    :raises ValueError: if the share is not above 0 and at most 1
    """

    def __init__(self, share: float, clock: Callable[[], float] = time.perf_counter) -> None:
        if not 0 < share <= 1:
            raise ValueError(f"the budget is {share}; it must be a share of the wall-clock time above 0 and up to 1")
        self.share = share
        self.clock = clock
        self.started = clock()
        self.spent = 0.0  # seconds
        self.last_cost = 0.0  # seconds, of the whole latest event

    @contextmanager
    def charge(self) -> Iterator[None]:
        """Counts the time inside as spent on the latest event."""
        start = self.clock()
        try:
            yield
        finally:
            self.add(self.clock() - start)

    def add(self, seconds: float) -> None:
        """Counts time spent elsewhere, for instance in another thread."""
        self.spent += seconds
        self.last_cost += seconds

    def begin_event(self) -> None:
        """What is charged from here on is the cost of a new event."""
        self.last_cost = 0.0

    def allows_event(self) -> bool:
        """Whether an event as expensive as the last one fits, with as much kept for the final one."""
        return self.spent + 2 * self.last_cost <= self.share * self.elapsed()

    def elapsed(self) -> float:
        """Seconds since construction."""
        return self.clock() - self.started

    def used(self) -> float:
        """Share of the wall-clock time spent so far."""
        return self.spent / max(self.elapsed(), 1e-9)
