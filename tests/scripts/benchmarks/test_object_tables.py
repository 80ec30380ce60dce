"""Tables of maps on things come from a file, and from nothing else."""

import numpy as np
import pytest

from saccade.saliency import MapKey
from saccade.saliency.checks.head_differences import estimate
from saccade.scripts.benchmarks.object_maps import KINDS, growth, rows_of, spread
from saccade.scripts.benchmarks.object_tables import claim_table, games_table, growth_lines


class Known:
    """A run whose figures are known: V has 1 on cars, A has 3 where the network is trained, 1 with random weights."""

    def __init__(self, count: int = 4) -> None:
        value, advantage = (str(MapKey(head)) for head in ("value", "advantage"))
        one, nothing = np.ones(count), np.full(count, np.nan)
        self.contrast = {"other_cars": 2 * one, "fog": nothing}
        self.trained = {value: {"other_cars": one, "fog": nothing}, advantage: {"other_cars": 3 * one, "fog": nothing}}
        self.newest = {key: {"other_cars": one, "fog": nothing} for key in self.trained}
        self.random = self.newest
        self.sizes = {value: one, advantage: count * one}


def test_rows_say_what_is_measured():
    (row,) = rows_of([Known(), Known()], ["jacobian"])  # fog is in no state
    assert (row["method"], row["thing"]) == ("jacobian", "other_cars")
    assert row["difference"] == {"mean": 2.0, "low": 2.0, "high": 2.0, "states": 8}
    assert row["newest_frame_difference"]["mean"] == row["random_difference"]["mean"] == 0
    assert row["contrast"]["mean"] == 2


def test_growth_is_that_of_a_over_v():
    assert growth([Known(6)], [Known(3)], "jacobian").mean == pytest.approx(2)


def test_tables_have_the_figures_of_the_file():
    rows = rows_of([Known()], ["jacobian"])
    found = {
        "games": {"enduro": rows},
        "claim": dict.fromkeys(KINDS, rows),
        "growth_of_advantage_over_value": {
            "jacobian": estimate([np.array([1.5, 1.5])]).as_json(),
            "other": estimate([]).as_json(),
        },
    }
    head, rule, line = games_table(found).splitlines()
    assert head.count("|") == rule.count("|") == line.count("|")
    assert "| enduro | jacobian | other cars | 4 | 1.00 (1.00 to 1.00) | 3.00 (3.00 to 3.00) | 2.00 (2.00 to 2.00) |" in line
    head, rule, ahead, free = claim_table(found).splitlines()
    assert head.count("|") == rule.count("|") == ahead.count("|")
    assert ahead.startswith("| a car is ahead |")
    assert free.startswith("| no car is visible |")
    assert growth_lines(found) == ["- jacobian: where a car is ahead, A's maps grow 1.50 (1.50 to 1.50) times as much as V's."]


def test_states_are_taken_by_a_rule():
    rows = np.arange(100, 200)
    assert spread(rows, 4).tolist() == [112, 137, 162, 187]
    assert spread(rows[:3], 4).tolist() == [100, 101, 102]
