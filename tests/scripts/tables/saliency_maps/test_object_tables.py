"""Tables of maps on things come from files, and from nothing else."""

import json
from pathlib import Path

import pytest

from saccade.scripts.benchmarks.objects.estimates import Estimate
from saccade.scripts.tables.saliency_maps.objects import (
    NOTHING,
    answer,
    change_table,
    claim_table,
    game_table,
    how,
    runs_of,
    runs_table,
)

GAMES = 6
SETTINGS = {"games": 12, "steps": 3400, "every": 20, "states": 96, "epsilon": 0.01, "draws": 5}


def row(kind: str, thing: str | None, value: float, advantage: float, step: float = 0.02, **changed: object) -> dict:
    """Of a run whose games differ by a step in A; V and A of two networks with random weights differ by 0.1, up and down."""
    even = [step * game for game in range(GAMES)]
    figures = {"value": value, "advantage": advantage, "newest_value": value, "newest_advantage": advantage}
    figures |= {"area": 0.02, "contrast": 1.5, "pointing_value": 0.1, "pointing_advantage": 0.3, "pointing_chance": 0.05}
    return {
        "kind": kind, "method": "jacobian", "thing": thing, "games": list(range(GAMES)), "states": [2] * GAMES,
        **{name: [x + (y if "advantage" in name else 0) for y in even] for name, x in figures.items()},
        "random": {"value": [1.0, 1.0], "advantage": [1.1, 0.9]}, "alike": 0.1, **changed,
    }  # fmt: skip


def write(results: Path, name: str, rows: list[dict], **changed: object) -> None:
    run = {"run": name, "game": "enduro", "agent": "pqn", "seed": 3, "env_steps": 2_500_608, "games": GAMES, "states": 90}
    (results / "objects").mkdir(exist_ok=True)
    (results / "objects" / f"{name}.json").write_text(
        json.dumps({**run, "copies": 2, "commit": "abcdef012", "settings": SETTINGS, "rows": rows, **changed})
    )


def claim(ahead: float = 3.0, free: float = 1.0) -> list[dict]:
    return [
        row("all", "other_cars", 1, 2),
        row("all", "road", 1.2, 1.2),
        row("ahead", None, 10, 30, step=0),
        row("free", None, 5, 5, step=0),
        row("ahead", "other_cars", 1, ahead),
        row("aside", "other_cars", 1, 1.5),
        row("ahead", "own_way", 1, ahead),
        row("free", "own_way", 1, free),
    ]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_claim_by_hand(tmp_path):
    write(tmp_path, "one", claim())
    write(tmp_path, "two", claim(ahead=4.0, free=0.5))
    head, _, *lines = claim_table(tmp_path)
    assert {len(cells(line)) for line in (head, *lines)} == {11}
    found = {tuple(cells(line)[1:3]): cells(line) for line in lines}
    ahead = found["the other cars", "a car is ahead"]
    assert ahead[3:7] == ["24", "1.00", "3.55", "1.50"]
    assert ahead[7].startswith("2.55 (2.5")
    assert ahead[8:] == ["2.05, 3.05", "-0.10 to 0.10", "A more"]
    assert ("the other cars", "no car is visible") not in found
    free = found["the road before the own car", "no car is visible"]
    assert (free[8], free[-1]) == ("0.05, -0.45", "cannot tell")  # one run says more, the other less


def test_what_changes_from_a_free_road_to_a_car_ahead(tmp_path):
    write(tmp_path, "one", claim())
    cars, way, growth = (cells(line) for line in change_table(tmp_path)[2:])
    assert (cars[3].split()[0], way[3].split()[0], growth[3].split()[0]) == ("1.50", "2.00", "3.00")
    assert way[-1] == "more where a car is ahead"
    assert way[-2] == "0.00 to 0.00"  # with random weights A minus V is the same in both
    assert growth[-1] == "A grows more"
    assert growth[-2] == "1.00 to 1.00"


def test_kinds_are_paired_by_run(tmp_path):
    """A run without free states does not shift the others: its neighbour's are never taken for it."""
    write(tmp_path, "a", [one for one in claim(ahead=100.0) if one["kind"] != "free"])
    write(tmp_path, "b", claim())
    ways = [cells(line) for line in change_table(tmp_path)[2:] if "no car is visible" in line]
    assert [line[4] for line in ways] == ["2.00", "3.00"]


def test_a_game_by_hand(tmp_path):
    write(tmp_path, "one", claim())
    head, _, cars, road = game_table("enduro", tmp_path)
    assert len(cells(head)) == len(cells(cars)) == 10
    assert cells(cars)[1:5] == ["other cars", "12", "2.0 %", "1.00 (1.00 to 1.00)"]  # as random weights have it: not bold
    assert cells(cars)[5].startswith("**2.05 (2.0")
    assert cells(cars)[7:] == ["1.50", "1.00 to 1.00 / 0.90 to 1.10", "10 % / 35 % / 5 %"]
    assert cells(road)[4].startswith("**1.20")  # less than contrast alone, and outside random weights


def test_answers_need_more_than_random_weights_give():
    sure = Estimate(0.5, 0.3, 0.7, (0.4, 0.6), 20)
    words = ("more", "less")
    assert answer(sure, [0.1, 0.2], words) == "more"
    assert answer(sure, [0.1, 0.9], words) == "more, but no more so than with random weights"
    assert answer(Estimate(-0.5, -0.7, -0.3, (-0.4, -0.6), 20), [0.1], words) == "less"
    assert answer(sure._replace(by_run=(1.1, -0.1)), [], words) == "cannot tell"
    assert answer(sure._replace(low=-0.1), [], words) == "cannot tell"


def test_a_difference_of_older_frames_alone_is_told(tmp_path):
    newest = dict.fromkeys(("newest_value", "newest_advantage"), [1.0] * GAMES)
    write(tmp_path, "one", [row("all", "other_cars", 1, 2), row("ahead", "other_cars", 1, 2, **newest)])
    assert cells(claim_table(tmp_path)[2])[-1] == "A more; in the newest frame alone cannot tell"


def test_runs_and_nothing(tmp_path):
    for made in (runs_table, claim_table, change_table):
        assert made(tmp_path) == NOTHING
    assert how(tmp_path) == "not measured yet"
    assert game_table("pong", tmp_path) == NOTHING
    write(tmp_path, "one", claim())
    line = cells(runs_table(tmp_path)[2])
    assert line == ["enduro", "pqn", "3", "2,500,608", "6", "90", "2", "0.10 (0.10 to 0.10)"]
    assert game_table("pong", tmp_path) == NOTHING
    play = "12 games at once, 3,400 env steps each, greedily but for random actions with probability 0.01"
    states = "There is a state every 20 env steps, and 96 states of each kind get maps"
    assert how(tmp_path) == f"{play}. {states}. 5 networks have random weights (commit abcdef0)"


@pytest.mark.parametrize("changed", [{"agent": "ppo"}, {"settings": {**SETTINGS, "games": 8}}])
def test_runs_that_cannot_be_averaged_are_refused(tmp_path, changed):
    write(tmp_path, "one", claim())
    write(tmp_path, "two", claim(), **changed)
    with pytest.raises(ValueError, match="runs of enduro of two agents or with two settings"):
        runs_of(tmp_path)
