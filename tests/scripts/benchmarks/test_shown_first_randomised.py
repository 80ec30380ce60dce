"""The randomisation check of the map shown first, beside the check itself."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from gymnasium import spaces
from single_checks import randomised_once
from small_policies import observed, small_policy
from stable_baselines3.dqn.policies import DQNPolicy

from saccade.saliency import MapKey, States, heads
from saccade.saliency.checks.random_weights.random_layers import unlearned
from saccade.saliency.checks.randomisation import order_kept
from saccade.saliency.checks.trust import trust
from saccade.saliency.methods import methods_named
from saccade.saliency.methods.derivatives import jacobian
from saccade.saliency.methods.map_making import make_maps
from saccade.saliency.statistics.map_statistics import magnitude
from saccade.saliency.statistics.similarity import rank_correlation, top_overlap
from saccade.scripts.benchmarks.shown_first import measuring
from saccade.scripts.benchmarks.shown_first.alike import alike
from saccade.scripts.benchmarks.shown_first.kept import Kept
from saccade.scripts.benchmarks.shown_first.measuring import Options, measure_run
from saccade.scripts.benchmarks.shown_first.randomised import heads_alike, over_games, randomised_rows

BOTH = ["value", "advantage"]


def some(count: int) -> States:
    return States(observed(small_policy("dueling"), count), games=np.arange(count))


def test_the_figures_are_those_of_the_check():
    """Of all draws, for both heads, as the verdict of a map has them."""
    policy, states, methods = small_policy("dueling"), some(6), methods_named(["jacobian", "grad_cam"])
    found = [row for rows in randomised_rows(policy, states, BOTH, methods, 3, 5) for row in rows]
    assert [(row["head"], row["method"]) for row in found] == [(head, name) for name in methods for head in BOTH]
    checked = {row.key: row for row in trust(policy, states, make_maps(policy, states, BOTH, methods), methods, 5)}
    for row in found:
        theirs = checked[MapKey(row["head"], row["method"])]
        for name in ("random_all", "random_head"):
            assert row[name] == pytest.approx(getattr(theirs, name), abs=1e-4)
            mean, low, high = row[f"{name}_interval"]
            assert mean == pytest.approx(np.mean(row[name]), abs=1e-4)
            assert low <= mean <= high
        assert (row["states"], row["games"]) == (6, 6)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_a_method_without_a_map_has_no_row():
    policy = DQNPolicy(spaces.Box(-1, 1, (20,)), spaces.Discrete(2), lambda _: 1e-3, net_arch=[4])
    states = States(np.ones((2, 20), np.float32))
    (rows,) = randomised_rows(policy, states, ["q"], methods_named(["greydanus"]), 1, 0)
    assert rows == []


def test_states_are_as_many_of_each_game_and_of_different_times():
    states = States(np.arange(12)[:, None], games=np.array([7, 7, 7, 7, 8, 8, 8, 8, 9, 9, 9, 9]))
    assert over_games(states, 3).observations[:, 0].tolist() == [0, 5, 10]
    assert over_games(states, 1).games.tolist() == [7, 8, 9]  # every game
    assert over_games(states, 6).observations[:, 0].tolist() == [0, 2, 5, 7, 8, 10]
    assert len(over_games(states, 100)) == 12  # none twice
    assert over_games(replace(states, games=None), 5).observations[:, 0].tolist() == [0, 1, 2, 3, 4]


def test_two_maps_are_alike_by_hand():
    a = np.array([[[0.0, 1.0, 2.0, 3.0]], [[0.0, 1.0, 2.0, 3.0]]])
    flipped, flat = a[..., ::-1], np.zeros_like(a)
    found = alike([(a, a), (a, flipped), (a, flat)], None, 0)
    assert found == {
        "rank_correlation": [1.0, None, None],  # two states are too few for an interval
        "rank_correlation_random": [-1.0, None],
        "top_tenth_iou": [1.0, None, None],
        "top_tenth_iou_random": [0.0, None],
    }


def test_the_map_of_v_beside_that_of_a():
    policy, states = small_policy("dueling"), some(6)
    (row,) = heads_alike(policy, states, BOTH, {"jacobian": jacobian}, 2, 5)
    value, advantage = (magnitude(x) for x in make_maps(policy, states, BOTH, {"jacobian": jacobian}).values())
    assert (row["method"], row["states"]) == ("jacobian", 6)
    assert row["rank_correlation"][0] == pytest.approx(rank_correlation(value, advantage).mean(), abs=1e-4)
    assert row["top_tenth_iou"][0] == pytest.approx(top_overlap(value, advantage).mean(), abs=1e-4)
    random = make_maps(unlearned(policy, 6), states, BOTH, {"jacobian": jacobian})
    assert row["rank_correlation_random"][1] == pytest.approx(
        rank_correlation(*(magnitude(x) for x in random.values())).mean(), abs=1e-4
    )
    assert heads_alike(policy, states, ["value"], {"jacobian": jacobian}, 2, 5) == []


def test_a_file_from_before_the_check_gets_only_the_check(tmp_path, monkeypatch):
    """Its rows stay as they are, and the next call measures nothing."""
    policy, states = small_policy("dueling"), some(6)
    folder = SimpleNamespace(path=tmp_path / "run", latest_checkpoint=lambda: Path("model.zip"))
    asked = []
    monkeypatch.setattr(measuring, "env_steps_of", lambda _: 10)
    monkeypatch.setattr(measuring, "states_of_run", lambda *_: asked.append(1) or (policy, states, {"run": "run", "env_steps": 10}))
    monkeypatch.setattr(measuring, "figures", lambda *_: pytest.fail("the rows are there"))
    path, options = tmp_path / "maps.json", Options((), methods=("jacobian",), weights=2)
    old = [{"method": "jacobian", "head": "value"}]
    about = {"commit": "aaa", "options": {}, "models": [{"run": "run", "env_steps": 10, "rows": old}]}
    path.write_text(json.dumps(about))
    for _ in range(2):
        measure_run(folder, options, Kept(path, {"commit": "bbb"}, {}))
    (model,) = json.loads(path.read_text())["models"]
    assert (model["rows"], model["commits"], len(asked)) == (old, ["aaa", "bbb"], 1)
    assert [(row["head"], len(row["random_all"])) for row in model["randomised"]] == [(head, 2) for head in BOTH]
    assert len(model["heads_alike"]) == 1


def test_order_that_is_turned_round_is_kept():
    head, obs = heads(small_policy("dueling"))["value"], some(3).observations
    (_, last) = randomised_once(head, obs, jacobian)
    turned = last._replace(rank_correlation=-last.rank_correlation)
    assert np.array_equal(order_kept([last, turned])[0], order_kept([last, turned])[1])
    few = last._replace(strength=last.strength[:, :1, :4])
    assert np.isnan(order_kept([few])).all()
