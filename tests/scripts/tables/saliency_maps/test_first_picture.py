"""Figures below the first picture, from small files."""

import json

from saccade.scripts.tables.saliency_maps.first_picture import METHOD, RUN, compared, strongest


def test_the_strongest_place_in_the_run_of_the_picture(tmp_path):
    (tmp_path / "objects").mkdir()
    for name, share in ((RUN, 0.75), ("another", 0.1)):  # their seed is the same
        points = {"pointing_value": [share] * 4, "pointing_advantage": [0.5, 0.5, 0.0, 0.0], "pointing_chance": [0.05] * 4}
        row = {"kind": "all", "method": METHOD, "thing": "panel", "games": [0, 1, 2, 3], "states": [2] * 4, **points}
        run = {"game": "enduro", "agent": "pqn", "settings": {}, "run": name, "seed": 2, "rows": [row]}
        (tmp_path / "objects" / f"{name}.json").write_text(json.dumps(run))
    # four games are too few for an interval
    own = "75 % for V and 25 % for A, over 8 states"
    assert strongest(tmp_path) == f"{own}; in other networks 10 % for V and 25 % for A; 5 % by chance"


def test_comparisons_that_are_lost_are_named(tmp_path):
    better, unknown, worse = [0.5, 0.1, 0.9], [0.5, -0.1, 0.9], [-0.5, -0.9, -0.1]
    leads = {"value": {"gaussian": better, "contrast": worse}, "advantage": {"gaussian": better, "contrast": unknown}}
    rows = [{"head": head, "method": METHOD, "measure": "deletion", "removal": "grey", "leads": of} for head, of in leads.items()]
    models = [{"run": RUN, "seed": 2, "rows": rows}, {"run": "another", "seed": 2, "rows": []}]
    (tmp_path / "first-map").mkdir()
    (tmp_path / "first-map" / "one.json").write_text(json.dumps({"models": models}))
    assert compared(tmp_path) == "V wins 1 of 2, worse than: contrast (all); A wins 1 of 2, worse than: none"
