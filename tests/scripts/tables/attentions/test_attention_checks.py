"""Tables of the checks of soft attention, from small files."""

import json

from saccade.saliency.checks.causal.regions import SHORT
from saccade.scripts.tables.attentions.checked import (
    causal_actions,
    causal_brief,
    causal_reward,
    causal_where,
    randomised,
    randomised_brief,
    randomised_where,
)
from saccade.scripts.tables.markdown import NOTHING

WHERE = {"commit": "0123456789", "hardware": {"cpu": "a processor"}}


def write(results, kind, content):
    folder = results / "attention" / "masked" / kind
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(content))


def test_nothing_is_measured_yet(tmp_path):
    for lines in (randomised, randomised_brief, causal_actions, causal_reward, causal_brief):
        assert lines(tmp_path, "masked") == NOTHING
    assert randomised_where(tmp_path, "masked") == causal_where(tmp_path, "masked") == "not measured yet"


def test_randomisation_by_hand(tmp_path):
    rows = [
        {"head": "value", "method": "attention", "random_head": [1.0, 1.0], "random_all": [0.2, 0.4]},
        {"head": "value", "method": "jacobian", "random_head": [0.9, 0.8], "random_all": [0.7, 0.72]},
    ]
    write(tmp_path, "randomised", {"env": "Pong", "seed": 3, "states": 64, "games": 9, "draws": 2, **WHERE, "rows": rows})
    assert randomised(tmp_path, "masked")[2:] == [
        "| Pong, seed 3 | value | attention | 1.00 to 1.00 | 0.30, standard deviation 0.14 | 0.20 to 0.40 | passes |",
        "| Pong, seed 3 | value | jacobian | 0.80 to 0.90 | 0.71, standard deviation 0.01 | 0.70 to 0.72 | borderline |",
    ]
    assert randomised_brief(tmp_path, "masked") == [
        "| run | head | attention | jacobian |",
        "| --- | --- | --- | --- |",
        "| Pong, seed 3 | value | 0.30, passes | 0.71, borderline |",
    ]
    assert randomised_where(tmp_path, "masked") == "64 states of 9 games, 2 draws (commit 0123456, a processor)"


def figures(changed, reward):
    """Of the causal check: leads over all controls, and over nothing."""
    found = {"distinct_nothing": 8.0, "changed_top": 0.5, "return_nothing": 7.0, "return_top": 6.0}
    for control in SHORT:
        found |= {f"changed_top_minus_{control}{end}": x for end, x in zip(("", "_low", "_high"), changed, strict=True)}
    for control in ("nothing", *SHORT):
        found |= {f"return_top_minus_{control}{end}": x for end, x in zip(("", "_low", "_high"), reward, strict=True)}
    return found


def test_blank_squares_by_hand(tmp_path):
    beats, worse, open_ended = (0.25, 0.125, 0.5), (-0.25, -0.5, -0.125), (None, None, None)
    rows = [
        {"head": "advantage", "method": "attention", **WHERE, "figures": figures(beats, (-1.0, -2.0, 0.5))},
        {"head": "value", "method": "jacobian", **WHERE, "figures": figures(open_ended, (-1.0, -2.0, -0.5))},
        {"head": "value", "method": "attention", **WHERE, "figures": figures(worse, (1.0, 0.5, 2.0))},
    ]
    write(tmp_path, "causal", {"env": "Pong", "run_seed": 3, "games": 8, "steps": 60, "rows": rows})
    of_value, without, of_advantage = causal_actions(tmp_path, "masked")[2:]
    assert of_value == "| Pong, seed 3 | value | attention | 8 | 50 % |" + " -25 % (-50 % to -12 %) |" * 6
    assert without == "| Pong, seed 3 | value | jacobian | 8 | 50 % |" + "  |" * 6
    assert of_advantage == "| Pong, seed 3 | advantage | attention | 8 | 50 % |" + " 25 % (12 % to 50 %) |" * 6
    last = causal_reward(tmp_path, "masked")[-1]
    assert last == "| Pong, seed 3 | advantage | attention | 8 | 7.0 | 6.0 |" + " -1.0 (-2.0 to 0.5) |" * 7
    all_lost, all_won, even, open_ = (
        f"beats {x} of {y}" for x, y in (("0, loses to 6", 6), ("6, loses to 0", 6), ("0, loses to 0", 6), ("0, loses to 0", 0))
    )
    assert causal_brief(tmp_path, "masked")[2:] == [
        f"| Pong, seed 3 | value | actions: {all_lost}; reward: {all_lost} | actions: {open_}; reward: {all_won} |",
        f"| Pong, seed 3 | advantage | actions: {all_won}; reward: {even} | not measured yet |",
    ]
    assert causal_where(tmp_path, "masked") == "8 games of 60 env steps (commit 0123456, a processor)"
