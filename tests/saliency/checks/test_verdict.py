from itertools import product

import numpy as np
import pytest

from saccade.saliency.checks.blind.orders import OF_PICTURES, TITLES
from saccade.saliency.checks.verdict import learned, randomisation_line, rivals_line, says, spread, words
from saccade.saliency.statistics.bootstrap import Interval

WON, OPEN, LOST = Interval(0.5, 0.2, 0.8), Interval(0.1, -0.1, 0.3), Interval(-0.4, -0.6, -0.2)
UNKNOWN = Interval(*[float("nan")] * 3)
MIDDLE = TITLES["gaussian"]
FRAME = TITLES["contrast"]


def leads(unsure: tuple = (), worse: tuple = (), undefined: str = "") -> dict:
    """All are won but those of which every word of one of ``unsure`` or ``worse`` is a part."""

    def among(which: tuple[str, ...], several: tuple) -> bool:
        return any(set(parts) <= set(which) for parts in several)

    every = product(("deletion", "insertion"), ("blur", "grey"), OF_PICTURES)
    return {
        which: UNKNOWN if undefined in which else LOST if among(which, worse) else OPEN if among(which, unsure) else WON
        for which in every
    }


@pytest.mark.parametrize(
    ("unsure", "worse", "line"),
    [
        ([], [], "beats all four blind orders by blur and by grey"),
        ([()], [], "cannot be told from any blind order"),
        ([], [()], "is worse than any blind order"),
        (
            [("contrast",)],
            [],
            f"beats random pixels, random blocks and a Gaussian about the middle; cannot be told from {FRAME}",
        ),
        (
            [("gaussian",), ("contrast", "deletion", "grey")],
            [],
            f"beats random pixels and random blocks; cannot be told from {MIDDLE}, from {FRAME} by deletion with grey removal",
        ),
        (
            [("gaussian",)],
            [("contrast",)],
            f"beats random pixels and random blocks; cannot be told from {MIDDLE}; is worse than {FRAME}",
        ),
        (
            [("contrast", "insertion")],
            [("contrast", "deletion", "blur")],
            f"beats random pixels, random blocks and {MIDDLE}; cannot be told from {FRAME} by insertion; is worse than {FRAME} by "
            "deletion with blur removal",
        ),
        (
            [("grey",)],
            [],
            f"cannot be told from random pixels, random blocks, {MIDDLE} and {FRAME} with grey removal",
        ),
        (
            [("random_pixels", "deletion"), ("random_pixels", "insertion", "blur")],
            [],
            f"beats random blocks, {MIDDLE} and {FRAME}; cannot be told from random pixels by deletion with any removal and by "
            "insertion with blur removal",
        ),
        (
            [],
            [("gaussian", "deletion", "blur"), ("gaussian", "insertion", "grey")],
            f"beats random pixels, random blocks and {FRAME}; is worse than {MIDDLE} by deletion with blur removal and by "
            "insertion with grey removal",
        ),
        (
            [("gaussian", "insertion")],
            [],
            f"beats random pixels, random blocks and {FRAME}; cannot be told from {MIDDLE} by insertion",
        ),
    ],
)
def test_which_orders_are_beaten_which_are_open_and_which_are_better(unsure, worse, line):
    assert rivals_line(leads(tuple(unsure), tuple(worse)), 16) == line


def test_too_few_states_are_said_before_anything_else():
    assert rivals_line(leads(), 8).startswith("beats")
    assert rivals_line(leads(), 7) == "cannot be compared with blind orders: 7 states, 8 are needed"
    assert rivals_line(leads(), 1) == "cannot be compared with blind orders: 1 state, 8 are needed"


def test_a_removal_that_changes_nothing_is_left_aside_and_said():
    assert rivals_line(leads(undefined="grey"), 9) == (
        "beats all four blind orders by blur (removal by grey does not change the head, or leaves it without a number)"
    )
    assert rivals_line(dict.fromkeys(leads(), UNKNOWN), 9).endswith(
        "removing places does not change the head, or leaves it without a number"
    )


def test_three_words_and_nothing_is_sure_without_ends():
    which = ("deletion", "blur", "gaussian")
    touching, endless = Interval(0.5, 0.0, 1.0), Interval(0.5, np.nan, np.nan)
    for lead, word in (
        (WON, "beats"),
        (OPEN, "cannot tell"),
        (LOST, "is worse"),
        (touching, "cannot tell"),
        (endless, "cannot tell"),
    ):
        assert says(lead) == word
        assert words({which: lead}) == {which: word}
    assert words({which: UNKNOWN}) == {}


def test_all_layers_decide_and_the_last_one_is_a_remark():
    assert randomisation_line([0.4, 0.5], [0.6, 0.6]) == "passes randomisation (0.45, standard deviation 0.07)"
    assert randomisation_line([0.4], [0.8]) == "passes randomisation (0.40); hardly depends on the last layer (0.80)"
    assert randomisation_line([0.82], [0.5]) == "fails randomisation (0.82)"
    assert randomisation_line([float("nan")], [0.5]).startswith("randomisation cannot be checked")
    assert randomisation_line([0.2], [float("nan")]) == "passes randomisation (0.20)"


def test_draws_on_both_sides_of_the_limit_are_borderline():
    assert [learned(draws) for draws in ([0.70], [0.72], [0.9, 0.4], [0.9, 0.8], [0.6, 0.1])] == [
        "passes",
        "fails",
        "is borderline in",
        "fails",
        "passes",
    ]
    assert randomisation_line([0.75, 0.65], [0.1]) == (
        "is borderline in randomisation (0.70, standard deviation 0.07, with draws on both sides of 0.71)"
    )


def test_the_standard_deviation_is_that_of_a_sample_and_is_named():
    """Of 1, 2 and 3 it is 1, and not the root of 2/3."""
    assert spread([1.0, 2.0, 3.0]) == "2.00, standard deviation 1.00"
    assert spread([2.0]) == "2.00"
