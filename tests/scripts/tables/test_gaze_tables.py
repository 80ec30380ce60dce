"""The table of games through a fovea, from small files."""

import json

from saccade.scripts.tables.attentions.tried import NOTHING as NOT_NOTED
from saccade.scripts.tables.gazes import NARROW, NOTHING, TABLES, TRIED, fovea, narrow


def report(mean: float) -> dict:
    return {
        "env_steps": 1000,
        "mean": mean,
        "std": 1.0,
        "standard_error": 0.5,
        "kind": "sticky",
        "probability": 0.25,
        "distinct": 3,
        "games": 3,
        "lengths": [100, 27_000, 300],
    }


def test_each_gaze_stands_beside_the_full_view(tmp_path):
    assert fovea(tmp_path) == NOTHING
    (tmp_path / "glimpses" / "atari").mkdir(parents=True)
    (tmp_path / "glimpses" / "atari" / "breakout-full-0.json").write_text(json.dumps(report(11.7)))
    for eye, gaze, mean in (
        ("overview", "random", 3.7),
        ("overview", "learned", 6.7),
        ("soft", "learned", 4.7),
        ("within", "learned", 2.7),
    ):
        (tmp_path / "glimpses" / "atari" / f"breakout-{eye}-{gaze}-0.json").write_text(json.dumps(report(mean)))
    played = "1,000 | sticky 0.25, 3 of 3 games distinct | 1"
    said = "standard error"
    assert fovea(tmp_path)[2:] == [
        f"| breakout | full view (`pqn`), seed 0 |  | {played} | 11.7, standard error 0.5 |  |",
        f"| breakout | gaze learned, seed 0 | with an overview | {played} | 6.7, standard error 0.5 | 50 %, standard error 6 % |",
        f"| breakout | gaze random, trained so, seed 0 | with an overview | {played} | 3.7, {said} 0.5 | 20 %, {said} 5 % |",
        "| breakout | gaze learned, seed 0 | with an overview (agent `soft-glimpse-pqn`) | "
        f"{played} | 4.7, {said} 0.5 | 30 %, {said} 5 % |",
        f"| breakout | gaze learned, seed 0 | without one, gaze within 0.5 | {played} | 2.7, {said} 0.5 | 10 %, {said} 5 % |",
        "| breakout | random play / a human tester |  |  |  |  | 1.7 / 30.5 |  |",
    ]


def test_a_standard_error_is_never_negative_nor_infinite(tmp_path):
    """Of a gaze that plays worse than at random, and of one that plays exactly as well."""
    (tmp_path / "glimpses" / "atari").mkdir(parents=True)
    for name, mean in (("full", 11.7), ("overview-learned", 0.7), ("overview-random", 1.7)):
        (tmp_path / "glimpses" / "atari" / f"breakout-{name}-0.json").write_text(json.dumps(report(mean)))
    assert [line.split(" | ")[-1] for line in fovea(tmp_path)[3:5]] == ["-10 %, standard error 5 % |", "0 %, standard error 5 % |"]


def test_one_game_has_no_standard_error(tmp_path):
    (tmp_path / "glimpses" / "atari").mkdir(parents=True)
    one = {**report(6.7), "std": None, "standard_error": None, "distinct": 1, "games": 1}
    for name, told in (("full", report(11.7)), ("overview-learned", one)):
        (tmp_path / "glimpses" / "atari" / f"breakout-{name}-0.json").write_text(json.dumps(told))
    assert fovea(tmp_path)[3].split(" | ")[-1] == "50 % |"


def test_a_game_without_a_full_view(tmp_path):
    (tmp_path / "glimpses" / "atari").mkdir(parents=True)
    (tmp_path / "glimpses" / "atari" / "pong-overview-centre-1.json").write_text(json.dumps(report(3.0)))
    assert [line.split(" | ")[-1] for line in fovea(tmp_path)[2:]] == [" |"] * 2


def test_a_narrow_eye_under_each_gaze_beside_the_mean_of_the_full_views(tmp_path):
    assert narrow(tmp_path) == NOTHING
    (tmp_path / NARROW).mkdir(parents=True)
    for name, mean in (("taught-0", 6.0), ("learned-0", 6.95)):
        (tmp_path / NARROW / f"breakout-{name}.json").write_text(json.dumps(report(mean)))
    played = "1,000 | sticky 0.25, 3 of 3 games distinct | 1"
    said = "standard error 0.5"
    taught = f"| breakout | its own, taught by the Jacobian of `pqn`, seed 0 | {played} | 6.0, {said} |"
    assert narrow(tmp_path)[2:] == [
        f"| breakout | its own, learned from the score, seed 0 | {played} | 7.0, {said} |  |",
        f"{taught}  |",
    ]
    for seed, mean in ((0, 11.7), (1, 12.7)):
        (tmp_path / NARROW / f"breakout-full-{seed}.json").write_text(json.dumps(report(mean)))
    # 12.2 is their mean, with an error of 0.5 / sqrt(2); random play has 1.7. 5.25 / 10.5 is half, with an error of
    # sqrt(0.5^2 + (0.5 * 0.354)^2) / 10.5.
    assert narrow(tmp_path)[2:] == [
        f"| breakout | full view (`pqn`), seed 0 | {played} | 11.7, {said} |  |",
        f"| breakout | full view (`pqn`), seed 1 | {played} | 12.7, {said} |  |",
        f"| breakout | its own, learned from the score, seed 0 | {played} | 7.0, {said} | 50 %, standard error 5 % |",
        f"{taught} 41 %, standard error 5 % |",
    ]


def test_what_was_tried_has_a_row_for_each_run(tmp_path):
    tried = TABLES["fovea-tried"]
    assert tried(tmp_path) == NOT_NOTED
    (tmp_path / "glimpses" / "atari").mkdir(parents=True)
    head = "env,agent,gaze,seed,planned_env_steps,env_steps,training_return,note"
    lines = [
        "Pong,glimpse-pqn,learned,0,400000,50000,1.00,first",
        "Pong,glimpse-pqn,learned,0,400000,100000,2.00,first",
        "Pong,glimpse-pqn,learned,0,400000,200000,3.00,first",
        "Pong,glimpse-pqn,centre,0,200000,200000,4.00,first",
        "Pong,glimpse-pqn,centre,1,200000,200000,5.00,first",
    ]
    (tmp_path / TRIED).write_text("\n".join([head, *lines]) + "\n")
    assert [row.split(" | ")[:8] for row in tried(tmp_path)[2:]] == [
        ["| Pong", "learned", "0", "first", "400,000", "2.00", "", "3.00"],
        ["| Pong", "centre", "0", "first", "200,000", "", "", "4.00"],
        ["| Pong", "centre", "1", "first", "200,000", "", "", "5.00"],
    ]
