"""Which runs are seeds of one another, what groups are called, and what is said of them."""

import pytest

from saccade.experiments.curves.curve import Curve, Score
from saccade.experiments.curves.drawing import figure_of
from saccade.experiments.curves.groups import groups_of, labels, told_together, warnings_of


def curve(run, seed, settings, mean, steps=(10, 20), agent="pqn", env="Enduro", counted=5) -> Curve:
    scores = [Score(at, None, mean, 0.5, counted) for at in steps]
    return Curve(env, agent, seed, run, scores, settings)


def test_a_control_is_no_seed_of_what_it_controls():
    learned, random = {"gaze_kwargs.forced": None}, {"gaze_kwargs.forced": "random"}
    runs = [curve("a", 0, learned, 8.0), curve("b", 1, learned, 6.0), curve("c", 0, random, 1.0)]
    first, second = groups_of(runs)
    assert ([c.run for c in first.curves], [c.run for c in second.curves]) == (["a", "b"], ["c"])
    assert (first.label, second.label) == ("pqn (gaze_kwargs.forced None)", "pqn (gaze_kwargs.forced random)")
    assert first.together().means.value[-1] == 7.0
    (alone,) = groups_of(runs[:2])
    assert alone.label == "pqn"


def test_two_learning_rates_are_two_groups_and_the_label_says_which():
    rates = [{"learning_rate": rate, "gamma": 0.99} for rate in (1e-3, 1e-4)]
    groups = groups_of([curve(f"{seed}-{i}", seed, rates[i], 1.0) for seed in range(2) for i in range(2)])
    assert [group.label for group in groups] == ["pqn (learning_rate 0.001)", "pqn (learning_rate 0.0001)"]
    assert [len(group.curves) for group in groups] == [2, 2]


def test_agents_and_envs_are_groups_of_their_own_and_spellings_of_a_game_are_not():
    runs = [curve("a", 0, {}, 1.0), curve("b", 1, {}, 1.0, env="ALE/Enduro-v5"), curve("c", 0, {}, 1.0, agent="double-dqn")]
    assert [(group.env, group.label, len(group.curves)) for group in groups_of(runs)] == [
        ("Enduro", "pqn", 2),
        ("Enduro", "double-dqn", 1),
    ]


def test_labels_are_short_and_differ():
    several = [{"a": i, "b": i, "c": i, "d": i, "same": 0} for i in range(2)]
    assert labels("x", several) == ["x (a 0, b 0, c 0 and 1 more settings)", "x (a 1, b 1, c 1 and 1 more settings)"]
    assert labels("x", [{"a": 1}, {}]) == ["x (a 1)", "x (no a)"]
    hidden = [{"a": i // 2, "b": 0, "c": 0, "d": i % 2, "e": i % 2} for i in range(3)]
    hidden = [{**one, "b": one["a"], "c": one["a"]} for one in hidden]
    assert labels("x", hidden) == [f"x (a {a}, b {a}, c {a}, d {d}, e {d})" for a, d in ((0, 0), (0, 1), (1, 0))]
    assert labels("x", hidden[1:] + hidden[:1])[0] == labels("x", hidden)[1]  # in any order, since labels are pooled over games
    assert len(set(labels("x", [{"a": 1}, {"a": "1"}]))) == 2


def test_settings_that_differ_between_games_are_warned_of():
    """Each game has one group, so both have the same label."""
    runs = [curve("a", 0, {"rate": 1, "gamma": 0.5}, 1.0), curve("b", 0, {"rate": 2, "gamma": 0.5}, 1.0, env="Pong")]
    assert warnings_of(groups_of(runs), runs) == ["warning: pqn has not the same settings in Enduro, Pong: rate"]
    alike = [runs[0], curve("c", 0, {"gamma": 0.5, "rate": 1}, 1.0, env="Pong")]
    assert warnings_of(groups_of(alike), alike) == []


def test_runs_of_one_seed_count_once_the_longest_stands_for_them():
    runs = [curve("short", 3, {}, 1.0, (10,)), curve("long", 3, {}, 1.0), curve("other", 4, {}, 2.0), curve("twin", 4, {}, 2.0)]
    (group,) = groups_of(runs)
    assert [c.run for c in group.curves] == ["long", "other"]
    assert [c.run for c in group.copies] == ["short", "twin"]
    first, second = warnings_of([group], runs)
    assert first.startswith("warning: long and short have the same settings and the same seed 3")
    assert second.startswith("warning: other and twin")


def test_unknown_seeds_are_not_taken_for_one():
    (group,) = groups_of([curve("a", None, {}, 1.0), curve("b", None, {}, 2.0)])
    assert (len(group.curves), group.copies) == (2, ())


def test_scores_of_two_definitions_are_named():
    runs = [curve("old", 0, {}, 1.0, counted=None), curve("new", 1, {}, 1.0)]
    assert ["of old and" in line for line in warnings_of(groups_of(runs), runs)] == [True]
    assert warnings_of(groups_of(runs[:1]), runs[:1]) == []
    answers = [curve(run, 0, {}, 0.5, env="Catch", counted=counted) for run, counted in (("a", None), ("b", 5))]
    assert not any("older version" in line for line in warnings_of(groups_of(answers), answers))


def test_groups_are_compared_at_the_last_moment_that_both_have():
    """The longer run is far ahead at its end, but behind where both have scores."""
    ahead = Curve("Enduro", "a", 0, "a", [Score(10, None, 5.0, 0.0), Score(20, None, 6.0, 0.0)])
    late = Curve("Enduro", "b", 0, "b", [Score(10, None, 1.0, 0.0), Score(20, None, 2.0, 0.0), Score(40, None, 90.0, 0.0)])
    told = told_together([group.together() for group in groups_of([ahead, late])])
    assert told[-1] == "probability that a scores higher than b at 20 env steps, the last that both have: 1.00 (1 and 1 runs)"
    apart = Curve("Enduro", "c", 0, "c", [Score(50, None, 1.0, 0.0), Score(60, None, 1.0, 0.0)])
    told = told_together([group.together() for group in groups_of([ahead, apart])])
    assert told[-1] == "a and c have no scores at a common moment, so they are not compared"


@pytest.mark.parametrize("runs", [2, 5])
def test_the_curve_of_each_run_stays_visible_beside_the_mean(monkeypatch, runs):
    monkeypatch.setattr("saccade.experiments.scoring.over_seeds.REPETITIONS", 20)
    curves = [curve(str(seed), seed, {"gamma": 0.9}, float(seed)) for seed in range(runs)]
    curves.append(curve("alone", 0, {"gamma": 0.5}, 9.0))
    (axes,) = figure_of(curves, groups_of(curves)).axes
    heights = sorted(float(line.get_ydata()[-1]) for line in axes.lines)
    assert heights == sorted([*map(float, range(runs)), (runs - 1) / 2, 9.0])
    told = [text.get_text() for text in axes.get_legend().get_texts()]
    assert told == [f"pqn (gamma 0.9) in Enduro, mean of {runs} runs", "pqn (gamma 0.5), seed 0"]
    assert len(axes.collections) == 1 + (runs == 5)  # the spread of the run alone; the interval of five runs
