"""Scores of Atari games, from small files."""

import json

from saccade.scripts.tables.atari import EARLY, early


def test_an_early_checkpoint_has_both_kinds_of_games(tmp_path):
    sticky = {"kind": "sticky", "probability": 0.25, "games": 30, "distinct": 30, "mean": 21.0, "std": 1.0, "standard_error": 0.2}
    greedy = {"kind": "greedy", "probability": 0, "games": 10, "distinct": 9, "mean": 22.5, "std": 1.0, "standard_error": 0.3}
    (tmp_path / EARLY).parent.mkdir()
    (tmp_path / EARLY).write_text(json.dumps({**sticky, "others": [greedy]}))
    told = (
        "sticky 0.25, 30 of 30 games distinct: 21.0, standard error 0.2; greedy, 9 of 10 games distinct: 22.5, standard error 0.3"
    )
    assert early(tmp_path) == told
