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
    few = replace(VECTOR, places=3)
    assert rivals_tables([few]) == ""
    assert rivals_tables([row(), few]) == rivals_tables([row()])


def test_all_lines_of_a_table_have_as_many_cells():
    for table in (*rivals_tables([row(), VECTOR]).split("\n\n")[1:], numbers_table([row(), VECTOR])):
        assert len({line.count("|") for line in table.splitlines()}) == 1
    assert "| 0.50, standard deviation 0.14 | 0.80, standard deviation 0.00 |" in numbers_table([row()])


def test_verdicts_are_those_of_the_rows():
    (line,) = verdicts([row(entry="far")]).splitlines()
    assert line == (
        "- value@far, jacobian: cannot be told from a Gaussian about the middle by insertion; passes randomisation (0.50, standard "
        "deviation 0.14); hardly depends on the last layer (0.80, standard deviation 0.00)."
    )


def test_json_is_for_people_and_has_no_nan():
    told = json.loads(json.dumps(row().as_json(), allow_nan=False))
    assert told["deletion"]["blur"]["lead_over"]["gaussian"] == {"estimate": 0.5, "low": 0.2, "high": 0.8, "says": "beats"}
    assert told["insertion"]["blur"]["lead_over"]["gaussian"]["says"] == "cannot tell"
    assert told["insertion"]["blur"]["ratio"] == 0.25
    assert (told["passes"], told["beaten"], told["random_all"], told["random_all_std"]) == (
        False,
        0.5,
        0.5,
        pytest.approx(0.02**0.5),
    )
    assert (told["games"], told["intervals_over"], told["alike"]) == (None, "states", 0.1)
    nothing = json.loads(json.dumps(VECTOR.as_json(), allow_nan=False))
    undefined = dict.fromkeys(("estimate", "low", "high", "says"))
    assert nothing["deletion"]["zero"] == {"ratio": None, "lead_over": {"random": undefined}}
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
    borderline = {"random_all": (0.8, 0.4)}
    for change in (
        {"states": 7},
        {"places": 15},
        {"random_all": (0.8,)},
        borderline,
        {"gini": 0.0},
        {"gini": float("nan")},
        {"leads": {}},
    ):
        assert not replace(won, **change).passes
    assert won.verdict.startswith("beats the only blind order by blur; passes randomisation")
    assert replace(won, gini=0.0).verdict.startswith("constant: ")


def test_few_games_are_said_and_likeness_counts_only_where_states_are_resampled():
    """Of 16 states 2 / sqrt(16 - games) is the limit: 0.52 of one game, 0.58 of four games."""
    told = {games: row(games=games, alike=0.55) for games in (None, 1, 4, 5, 16)}
    assert {games: one.follows for games, one in told.items()} == {None: True, 1: True, 4: False, 5: False, 16: False}
    assert {games: one.resampled for games, one in told.items()} == {
        None: "states",
        1: "states",
        4: "states",
        5: "games",
        16: "games",
    }
    assert "; the states are of one game, so its intervals say nothing about other games; the states are alike" in told[1].verdict
    assert told[4].verdict.endswith("the states are of 4 games, so its intervals say nothing about other games")
    assert not any("other games" in told[games].verdict for games in (None, 5, 16))
    assert "interval over games or states. Bold" in rivals_tables([told[5], told[1]])


def test_leads_over_random_weights_stand_behind_those_over_blind_orders():
    compared = row(over_random={("deletion", "blur"): WON})
    lines = rivals_tables([compared, row()]).split("\n\n")[1].splitlines()
    assert lines[0].endswith("| lead over gaussian | lead over random weights |")
    assert lines[2].endswith("| **+0.50** [+0.20, +0.80] | **+0.50** [+0.20, +0.80] |")
    assert len({line.count("|") for line in lines}) == 1
    assert "random weights" not in rivals_tables([row()])
    assert compared.as_json()["deletion"]["blur"]["lead_over_random_weights"]["says"] == "beats"
    assert compared.figures()["deletion_blur/lead_over_random_weights_low"] == 0.2
