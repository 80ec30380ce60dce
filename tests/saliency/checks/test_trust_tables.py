import json
from dataclasses import replace

import numpy as np
import pytest

from saccade.saliency.checks.trust_row import Trust
from saccade.saliency.checks.trust_tables import numbers_table, rivals_tables, verdicts
from saccade.saliency.statistics.bootstrap import Interval

WON, LOST = Interval(0.5, 0.2, 0.8), Interval(-0.1, -0.3, 0.1)


def row(**changes) -> Trust:
    plain = {
        "head": "value",
        "method": "jacobian",
        "states": 16,
        "places": 256,
        "ratios": {("deletion", "blur"): 1.5, ("insertion", "blur"): 0.25},
        "leads": {("deletion", "blur", "gaussian"): WON, ("insertion", "blur", "gaussian"): LOST},
        "random_head": (0.8, 0.8),
        "random_all": (0.4, 0.6),
        **dict.fromkeys(("flips", "flips_random", "similarity_head", "similarity_all", "sensitivity", "gini", "entropy"), 0.5),
        "alike": 0.1,
    }
    return Trust(**{**plain, **changes})


VECTOR = row(
    head="action",
    ratios={("deletion", "zero"): float("nan")},
    leads={("deletion", "zero", "random"): Interval(*[float("nan")] * 3)},
    random_all=(float("nan"),),
    similarity_all=float("nan"),
)


def test_leads_stand_beside_the_direction_that_is_good():
    text = rivals_tables([row(), VECTOR])
    told, pictures, vectors = text.split("\n\n")
    assert "above 0 the map is better" in told
    assert pictures.splitlines()[0].endswith("| ratio to random | lead over gaussian |")
    assert pictures.splitlines()[2:] == [
        "| value | jacobian | deletion (above 1 is good) | blur | 1.50 | **+0.50** [+0.20, +0.80] |",
        "| value | jacobian | insertion (below 1 is good) | blur | 0.25 | -0.10 [-0.30, +0.10] |",
    ]
    assert vectors.splitlines()[2] == "| action | jacobian | deletion (above 1 is good) | zero |  |  |"
    assert rivals_tables([]) == ""


def test_all_lines_of_a_table_have_as_many_cells():
    for table in (*rivals_tables([row(), VECTOR]).split("\n\n")[1:], numbers_table([row(), VECTOR])):
        assert len({line.count("|") for line in table.splitlines()}) == 1
    assert "| 0.50 +- 0.10 | 0.80 +- 0.00 |" in numbers_table([row()])


def test_verdicts_are_those_of_the_rows():
    (line,) = verdicts([row(entry="far")]).splitlines()
    assert line == (
        "- value@far, jacobian: no better than a Gaussian about the middle by insertion; passes randomisation (0.50 +- 0.10); "
        "hardly depends on the last layer (0.80 +- 0.00)."
    )


def test_json_is_for_people_and_has_no_nan():
    told = json.loads(json.dumps(row().as_json(), allow_nan=False))
    assert told["deletion"]["blur"]["lead_over"]["gaussian"] == {"estimate": 0.5, "low": 0.2, "high": 0.8}
    assert told["insertion"]["blur"]["ratio"] == 0.25
    assert (told["passes"], told["beaten"], told["random_all"], told["random_all_std"]) == (False, 0.5, 0.5, pytest.approx(0.1))
    nothing = json.loads(json.dumps(VECTOR.as_json(), allow_nan=False))
    assert nothing["deletion"]["zero"] == {"ratio": None, "lead_over": {"random": {"estimate": None, "low": None, "high": None}}}
    assert nothing["random_all"] is None
    assert nothing["beaten"] is None


def test_curves_keep_their_old_names_and_have_new_ones():
    both = {("deletion", "blur"): 1.5, ("insertion", "blur"): 0.25, ("deletion", "grey"): 1.25}
    figures = row(ratios=both).figures()
    assert (figures["deletion"], figures["insertion"], figures["deletion_grey"]) == (1.5, 0.25, 1.25)
    ends = [figures[f"insertion_blur/lead_over_gaussian{end}"] for end in ("", "_low", "_high")]
    assert ends == list(LOST)
    assert figures["beaten"] == 0.5
    assert not [name for name, x in VECTOR.figures().items() if not np.isfinite(x)]


def test_what_passes():
    won = row(leads=dict.fromkeys(row().leads, WON))
    assert won.passes
    for change in ({"states": 7}, {"places": 15}, {"random_all": (0.8,)}, {"gini": 0.0}, {"gini": float("nan")}, {"leads": {}}):
        assert not replace(won, **change).passes
    assert won.verdict.startswith("beats the only blind order by blur; passes randomisation")
    assert replace(won, gini=0.0).verdict.startswith("constant: ")
