import pytest

from saccade.saliency.time_budget import TimeBudget


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_events_wait_until_they_and_a_final_one_fit():
    clock = Clock()
    budget = TimeBudget(0.01, clock)
    budget.begin_event()
    with budget.charge():
        clock.now += 1.0
    budget.add(1.0)  # from a thread
    assert (budget.spent, budget.last_cost) == (2.0, 2.0)
    clock.now = 599.0  # 2 spent, 2 for an event and 2 for the last one are 1% of 600 seconds
    assert not budget.allows_event()
    clock.now = 600.0
    assert budget.allows_event()
    budget.begin_event()
    with budget.charge():
        clock.now += 3.0
    assert budget.last_cost == 3.0
    assert budget.used() == pytest.approx(5.0 / 603.0)
    assert not budget.allows_event()


def test_time_counts_even_if_the_event_fails():
    clock = Clock()
    budget = TimeBudget(0.5, clock)

    def fail() -> None:
        with budget.charge():
            clock.now += 4.0
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert budget.spent == 4.0


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5])
def test_impossible_shares(share):
    with pytest.raises(ValueError, match="share of the wall-clock time"):
        TimeBudget(share)
