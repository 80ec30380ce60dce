"""Maps on the things of states: rows, curves, tables and controls."""

import json

import numpy as np
import pytest
import torch as th
from small_policies import observed, small_policy

from saccade.saliency import METHODS, MapKey, States, explain
from saccade.saliency.checks.object_relevance import (
    contrast_alone,
    covered_places,
    masses,
    object_curves,
    object_relevance,
    object_table,
    with_random_weights,
)
from saccade.saliency.methods.map_making import make_maps
from saccade.saliency.statistics.bootstrap import mean_interval


def states() -> States:
    """Three states of 4x4 places; the masks are twice as fine. The ball is in the first two, the wall in all, a ghost in none."""
    ball, wall = np.zeros((3, 8, 8), dtype=bool), np.zeros((3, 8, 8), dtype=bool)
    ball[0, :2, :2] = ball[1, 6:, 6:] = True
    wall[:, :, 4:] = True
    images = np.zeros((3, 2, 4, 4), np.uint8)
    images[:, :, 1, 1] = 200
    return States(images, objects={"ball": ball, "wall": wall, "ghost": np.zeros((3, 8, 8), dtype=bool)})


def maps() -> dict[MapKey, np.ndarray]:
    """V's map lies on the ball wherever it is; A's is the same everywhere."""
    value = np.full((3, 2, 4, 4), 0.0)
    value[0, 0, 0, 0], value[1, 1, 3, 3], value[2, 0, 2, 0] = -2.0, 1.0, 3.0
    return {MapKey("value"): value, MapKey("advantage", "greydanus"): np.ones((3, 2, 4, 4))}


def test_rows_by_hand():
    rows = {(row.head, row.thing): row for row in object_relevance(maps(), states())}
    assert list(rows) == [("value", "ball"), ("value", "wall"), ("advantage", "ball"), ("advantage", "wall")]
    ball = rows["value", "ball"]
    assert (ball.states, ball.mass, ball.pointing, ball.pointing_chance) == (2, 16.0, 1.0, 1 / 16)
    assert np.isnan([ball.mass_low, ball.mass_high]).all()  # of two states
    wall = rows["value", "wall"]
    assert (wall.states, wall.mass, wall.pointing) == (3, pytest.approx(2 / 3), pytest.approx(1 / 3))
    even = rows["advantage", "ball"]
    assert (even.method, even.mass) == ("greydanus", pytest.approx(1))
    assert np.isnan(even.pointing)
    assert np.isnan(even.random_weights)


def test_contrast_alone_is_largest_where_something_is_drawn():
    strength = contrast_alone(states())
    assert strength.shape == (3, 4, 4)
    assert [np.unravel_index(x.argmax(), x.shape) for x in strength] == [(1, 1)] * 3
    grey = States(np.full((2, 1, 8, 8), 77, np.uint8))
    assert np.allclose(contrast_alone(grey), 0, atol=1e-3)
    row = object_relevance(maps(), states())[1]
    assert row.contrast == pytest.approx(object_relevance({MapKey("v"): strength[:, None]}, states())[1].mass)


def test_curves_are_the_means_of_the_masses():
    curves = object_curves(maps(), states())
    assert curves["objects/value/jacobian/ball"] == 16
    assert curves["pointing/value/jacobian/ball"] == 1
    assert curves["objects/advantage/greydanus/wall"] == pytest.approx(1)
    assert not [name for name in curves if "ghost" in name]
    assert "pointing/advantage/greydanus/ball" not in curves  # of a map that is the same everywhere
    by_state = masses(maps(), states())[MapKey("value")]["ball"]
    assert by_state[:2].tolist() == [16, 16]
    assert np.isnan(by_state[2])


def test_without_things_there_is_nothing():
    plain = States(states().observations)
    assert covered_places(plain) is None
    assert (object_relevance(maps(), plain), object_curves(maps(), plain), masses(maps(), plain)) == ([], {}, {})
    vectors = States(np.zeros((2, 5), np.float32), objects={"ball": np.ones((2, 8, 8), dtype=bool)})
    assert object_relevance({MapKey("value"): np.ones((2, 5))}, vectors) == []


def test_of_several_pictures_nobody_knows_in_which_the_things_are():
    entries = {"near": np.zeros((3, 1, 4, 4), np.uint8), "far": np.zeros((3, 1, 4, 4), np.uint8)}
    two = States(entries, objects=states().objects)
    assert object_curves({MapKey("value", entry="near"): np.ones((3, 1, 4, 4))}, two) == {}


def test_a_table_has_a_line_for_each_row():
    table = object_table(object_relevance(maps(), states())).splitlines()
    assert len(table) == 6
    assert len({line.count("|") for line in table}) == 1
    assert "| value | jacobian | ball | 2 | 16.00 |  | 1.00 | 0.06 |" in table[2]


def test_intervals_draw_whole_games():
    """States of one game are alike here, so an interval over states is too narrow by far, and says so."""
    count, random = 48, np.random.default_rng(0)
    left = np.zeros((count, 4, 4), dtype=bool)
    left[:, :, :2] = True
    games = np.repeat(np.arange(6), 8)
    value = np.ones((count, 1, 4, 4))
    value[:, :, :, :2] = random.uniform(1, 5, 6)[games][:, None, None, None]
    images = np.zeros((count, 1, 4, 4), np.uint8)

    def row(of_game: np.ndarray | None):
        return object_relevance({MapKey("value"): value}, States(images, objects={"left": left}, games=of_game))[0]

    known, unknown, few = row(games), row(None), row(games // 3)
    assert [one.resampled for one in (known, unknown, few)] == ["games", "states", "states"]
    assert known.mass_high - known.mass_low > 2 * (unknown.mass_high - unknown.mass_low)
    assert (few.mass_low, few.mass_high) == (unknown.mass_low, unknown.mass_high)
    masses_of_games = masses({MapKey("value"): value}, States(images, objects={"left": left}))[MapKey("value")]["left"]
    assert (known.mass_low, known.mass_high) == mean_interval(masses_of_games, games)[1:]
    assert object_table([known]).count("\n") == 2
    assert "say nothing about other games" in object_table([known, few])


def test_random_weights_are_a_control_in_an_explanation():
    """And the explanation says the things in text and JSON."""
    policy = small_policy("dueling")
    obs = observed(policy, 4)
    left = np.zeros((4, 16, 16), dtype=bool)
    left[:, :, :8] = True
    states = States(obs, objects={"left": left, "right": ~left})
    found = explain(policy, states, heads=("value", "advantage"), methods=("jacobian",))
    rows = {(row.head, row.thing): row for row in found.objects}
    for head in ("value", "advantage"):
        assert rows[head, "left"].mass + rows[head, "right"].mass == pytest.approx(2)
        assert rows[head, "left"].random_weights + rows[head, "right"].random_weights == pytest.approx(2)
        assert rows[head, "left"].random_weights != pytest.approx(rows[head, "left"].mass)
    assert json.loads(json.dumps(found.figures()))["objects"][0]["thing"] == "left"
    assert object_table(found.objects) in found.text()
    assert explain(policy, obs, heads=("value",)).objects == ()


def test_random_weights_leave_the_policy_and_torch_alone():
    policy = small_policy("dueling")
    given = States(observed(policy, 2))
    before, state = [x.clone() for x in policy.parameters()], th.random.get_rng_state()
    jacobian = {"jacobian": METHODS["jacobian"]}
    trained = make_maps(policy, given, ("value",), jacobian)
    first, again = (with_random_weights(policy, given, trained, jacobian, seed=4) for _ in range(2))
    assert np.array_equal(first[MapKey("value")], again[MapKey("value")])
    assert not np.allclose(first[MapKey("value")], trained[MapKey("value")])
    assert all(th.equal(x, y) for x, y in zip(before, policy.parameters(), strict=True))
    assert th.equal(state, th.random.get_rng_state())
