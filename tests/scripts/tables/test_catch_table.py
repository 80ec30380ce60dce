"""The table of Catch, from small files."""

import json

from saccade.scripts.tables.glimpses import CATCH, FOLDER, catch, caught


def test_each_gaze_stands_beside_the_network_that_was_not_trained_with_it(tmp_path):
    """Standard errors by hand: of 90 % of 900 episodes 1 point, of half of 100 episodes 5."""
    for folder, name, wrong, episodes in (
        (CATCH, "learned-0-under-learned", 10, 900),
        (CATCH, "learned-0-under-random", 50, 100),
        (CATCH, "random-0-under-random", 90, 900),
        (FOLDER, "catch-0-learned", 0, 100),
    ):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        report = {"error_percent": wrong, "episodes": episodes, "env_steps": 2_000_000}
        (tmp_path / folder / f"{name}.json").write_text(json.dumps(report))
    head, _, *rows = catch(tmp_path)
    assert "trained with it, 2.0 M env steps" in head
    good, half, few = "90.0, standard error 1.0", "50.0, standard error 5.0", "10.0, standard error 1.0"
    assert rows == [
        f"| learned | {good} | {good} | 100.0, standard error 0.0 |",
        f"| random | {few} | {half} | not run |",
        "| centre | not run | not run | not run |",
    ]
    assert caught(tmp_path, f"{CATCH}/learned-0-under-random") == half
