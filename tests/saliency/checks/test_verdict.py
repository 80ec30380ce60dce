from itertools import product

import numpy as np
import pytest

from saccade.saliency.checks.blind.orders import OF_PICTURES, TITLES
from saccade.saliency.checks.verdict import beats, is_learned, randomisation_line, rivals_line
from saccade.saliency.statistics.bootstrap import Interval

WON, LOST, UNKNOWN = Interval(0.5, 0.2, 0.8), Interval(0.1, -0.1, 0.3), Interval(*[float("nan")] * 3)
FRAME = TITLES["contrast"]


def leads(*lost: tuple[str, ...], undefined: str = "") -> dict:
    """All are won but those of which every word of one of ``lost`` is a part."""
    every = product(("deletion", "insertion"), ("blur", "grey"), OF_PICTURES)
    return {
        which: UNKNOWN if undefined in which else LOST if any(set(words) <= set(which) for words in lost) else WON
        for which in every
    }


@pytest.mark.parametrize(
    ("lost", "line"),
    [
        ([], "beats all four blind orders by blur and by grey"),
        ([()], "no better than any blind order"),
        ([("contrast",)], f"beats random pixels, random blocks and a Gaussian about the middle, but is no better than {FRAME}"),
        (
            [("gaussian",), ("contrast", "deletion", "grey")],
            "beats random pixels and random blocks, but is no better than a Gaussian about the middle, nor than "
            f"{FRAME} by deletion with grey removal",
        ),
        ([("grey",)], f"no better than random pixels, random blocks, a Gaussian about the middle and {FRAME} with grey removal"),
        (
            [("random_pixels", "deletion"), ("random_pixels", "insertion", "blur")],
            f"beats random blocks, a Gaussian about the middle and {FRAME}, but is no better than random pixels by deletion with "
            "any removal and by insertion with blur removal",
        ),
        (
            [("gaussian", "deletion", "blur"), ("gaussian", "insertion", "grey")],
            f"beats random pixels, random blocks and {FRAME}, but is no better than a Gaussian about the middle by deletion with "
            "blur removal and by insertion with grey removal",
        ),
        (
            [("gaussian", "insertion")],
            f"beats random pixels, random blocks and {FRAME}, but is no better than a Gaussian about the middle by insertion",
        ),
    ],
)
def test_which_orders_are_beaten(lost, line):
    assert rivals_line(leads(*lost), 16) == line


def test_too_few_states_are_said_before_anything_else():
    assert rivals_line(leads(), 8).startswith("beats")
    assert rivals_line(leads(), 7) == "cannot be compared with blind orders: 7 states, 8 are needed"
    assert rivals_line(leads(), 1) == "cannot be compared with blind orders: 1 state, 8 are needed"


def test_a_removal_that_changes_nothing_is_left_aside_and_said():
    assert rivals_line(leads(undefined="grey"), 9) == (
        "beats all four blind orders by blur (removal by grey does not change the head)"
    )
    assert rivals_line(dict.fromkeys(leads(), UNKNOWN), 9).endswith("removing places does not change the head")


def test_an_interval_that_touches_zero_or_has_no_ends_is_no_win():
    which = ("deletion", "blur", "gaussian")
    for lead, won in ((WON, True), (LOST, False), (Interval(0.5, 0.0, 1.0), False), (Interval(0.5, np.nan, np.nan), False)):
        assert beats({which: lead}) == {which: won}
    assert beats({which: UNKNOWN}) == {}


def test_all_layers_decide_and_the_last_one_is_a_remark():
    assert randomisation_line([0.4, 0.5], [0.6, 0.6]) == "passes randomisation (0.45 +- 0.05)"
    assert randomisation_line([0.4], [0.8]) == "passes randomisation (0.40); hardly depends on the last layer (0.80)"
    assert randomisation_line([0.82], [0.5]) == "fails randomisation (0.82)"
    assert randomisation_line([float("nan")], [0.5]).startswith("randomisation cannot be checked")
    assert randomisation_line([0.2], [float("nan")]) == "passes randomisation (0.20)"


def test_the_mean_over_draws_decides_whatever_its_sign():
    assert is_learned([0.9, 0.4])
    assert not is_learned([0.9, 0.6])
    assert not is_learned([-0.9, 0.9])  # each draw leaves the order, or turns it round
    assert is_learned([0.70])
    assert not is_learned([-0.72])
