"""Figures of one run: by game, by kind of state, by thing."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from enduro_screens import screen
from small_policies import observed, small_policy

from saccade.experiments import ConfigError, OutputError
from saccade.saliency import MapKey, States
from saccade.saliency.checks.object_relevance import contrast_alone, covered_places, masses
from saccade.saliency.methods import METHODS
from saccade.saliency.methods.map_making import make_maps
from saccade.saliency.objects import find_objects
from saccade.saliency.statistics.relevance import relevance_mass
from saccade.scripts.benchmarks.objects import runs
from saccade.scripts.benchmarks.objects.measuring import by_game, kinds_of, run_rows
from saccade.scripts.benchmarks.objects.runs import Options, as_text, measure

CARS = ((), ((110, 77),), ((110, 55),), (), ((100, 78),), ((110, 52),))
FRAMES = np.stack([screen(others=others) for others in CARS])
GAMES = np.array([0, 0, 0, 1, 1, 1])


def test_means_by_game_are_of_the_states_that_have_all_figures():
    games = np.array([4, 4, 2, 2, 9])
    figures = {"value": np.array([1.0, 3.0, 5.0, np.nan, 7.0]), "advantage": np.array([2.0, 2.0, 2.0, 2.0, np.nan])}
    found = by_game(games, figures, {"value": [np.array([1.0, 2.0, 6.0, 0.0, 0.0])], "advantage": [np.ones(5)]})
    assert (found["games"], found["states"]) == ([2, 4], [1, 2])
    assert (found["value"], found["advantage"]) == ([5.0, 2.0], [2.0, 2.0])
    assert found["random"] == {"value": [3.0], "advantage": [1.0]}


def test_neighbours_are_looked_for_within_games():
    """Games take turns, and within each game A minus V changes its sign from state to state."""
    games = np.tile([0, 1], 10)
    difference = np.repeat(np.tile([1.0, -1.0], 5), 2)
    found = by_game(games, {"value": np.zeros(20), "advantage": difference}, {})
    assert found["alike"] == pytest.approx(-1, abs=0.15)


def test_a_thing_in_no_state_has_no_states():
    nothing = by_game(np.array([0, 1]), {"value": np.full(2, np.nan), "advantage": np.ones(2)}, {"value": [], "advantage": []})
    assert (nothing["states"], nothing["random"], nothing["alike"]) == ([], {}, None)


def test_kinds_are_of_enduro_alone():
    found = kinds_of("enduro", FRAMES)
    assert {kind: np.flatnonzero(of).tolist() for kind, of in found.items()} == {
        "all": [0, 1, 2, 3, 4, 5],
        "ahead": [1, 4],
        "aside": [2, 5],
        "free": [0, 3],
    }
    assert set(kinds_of("pong", FRAMES)) == {"all"}


@pytest.fixture(scope="module")
def measured() -> tuple[States, list[dict]]:
    policy = small_policy("dueling")
    states = States(observed(policy, 6), FRAMES, games=GAMES)
    return states, run_rows(policy, states, "enduro", ("jacobian", "jacobian_x_contrast"), most=6, draws=2, seed=1)


def test_rows_are_those_of_each_kind_method_and_thing(measured):
    _, rows = measured
    of_traffic = [(row["kind"], row["thing"]) for row in rows if row["kind"] != "all" and row["method"] == "jacobian"]
    cars, way = "other_cars", "own_way"
    assert of_traffic == [("ahead", None), ("ahead", cars), ("ahead", way), ("aside", None), ("aside", cars), ("aside", way),
                          ("free", None), ("free", way)]  # fmt: skip
    whole = [row["thing"] for row in rows if row["kind"] == "all" and row["method"] == "jacobian"]
    assert whole == [None, "own_car", "other_cars", "road", "road_edges", "verges", "sky", "panel"]
    assert len(rows) == 2 * (len(of_traffic) + len(whole))
    assert {row["method"] for row in rows} == {"jacobian", "jacobian_x_contrast"}
    assert all(len(row["random"]["value"]) == 2 for row in rows)


def test_figures_are_those_of_the_maps(measured):
    states, rows = measured
    policy = small_policy("dueling")
    seen = States(states.observations, objects=find_objects("enduro", FRAMES))
    of_maps = masses(make_maps(policy, seen, ("value", "advantage"), {"jacobian": METHODS["jacobian"]}), seen)
    covered = covered_places(seen)
    for thing in ("road", "sky"):
        (row,) = [one for one in rows if (one["kind"], one["method"], one["thing"]) == ("all", "jacobian", thing)]
        assert (row["games"], row["states"]) == ([0, 1], [3, 3])
        for head in ("value", "advantage"):
            mean = of_maps[MapKey(head)][thing].reshape(2, 3).mean(axis=1)
            assert row[head] == pytest.approx(mean.tolist(), rel=1e-3)
        assert row["area"] == pytest.approx(covered[thing].mean(axis=(1, 2)).reshape(2, 3).mean(axis=1).tolist(), rel=1e-3)
        blind = relevance_mass(contrast_alone(seen), covered[thing]).reshape(2, 3).mean(axis=1)
        assert row["contrast"] == pytest.approx(blind.tolist(), rel=1e-3)


def test_networks_with_random_weights_differ_and_are_others_in_another_run(measured):
    states, rows = measured
    again = run_rows(small_policy("dueling"), states, "enduro", ("jacobian",), most=6, draws=2, seed=1)
    other = run_rows(small_policy("dueling"), states, "enduro", ("jacobian",), most=6, draws=2, seed=2)
    first = next(row for row in rows if row["thing"] == "road")["random"]["value"]
    assert first[0] != first[1]
    assert next(row for row in again if row["thing"] == "road")["random"]["value"] == first
    assert not set(next(row for row in other if row["thing"] == "road")["random"]["value"]) & set(first)


def test_a_run_with_a_file_is_left_out_and_each_file_is_written_at_once(tmp_path, monkeypatch):
    made = [tmp_path / name for name in ("a", "b", "c")]
    seen = []

    def figures(folder, options):
        seen.append(folder.path)
        if folder.path == made[2]:
            raise RuntimeError
        return {"run": folder.path.name, "rows": [{"kind": "all", "x": [1.0]}, {"kind": "free", "x": [2.0]}]}

    monkeypatch.setattr(runs.RunFolder, "check_existing", lambda path: SimpleNamespace(path=path))
    monkeypatch.setattr(runs, "_check_game", lambda folder, options: None)
    monkeypatch.setattr(runs, "measured", figures)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.json").write_text("{}")
    with pytest.raises(RuntimeError):
        measure(Options(tuple(made), output=tmp_path / "out"))
    assert seen == made[1:]
    text = (tmp_path / "out" / "b.json").read_text()
    assert json.loads(text)["rows"][1] == {"kind": "free", "x": [2.0]}
    assert text.count("\n") == 5  # a line for each row
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.json", "b.json"]
    assert json.loads(as_text({"rows": []})) == {"rows": []}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"methods": ("nothing",)}, "no method 'nothing'"),
        ({"games": 0}, "games is 0; it must be at least 1"),
        ({"steps": 5}, "steps is 5, but there is a state every 20"),
        ({"epsilon": 2.0}, "epsilon is 2.0"),
    ],
)
def test_options_that_cannot_be_are_refused_before_anything_is_written(tmp_path, changed, words):
    with pytest.raises(ConfigError, match=words):
        measure(Options((tmp_path / "none",), output=tmp_path / "out", **changed))
    assert not (tmp_path / "out").exists()


def test_two_runs_of_one_name_are_refused(tmp_path):
    with pytest.raises(OutputError, match="same name"):
        measure(Options((Path(tmp_path, "a", "x"), Path(tmp_path, "b", "x")), output=tmp_path))
