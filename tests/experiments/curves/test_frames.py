"""Frames of the emulator, in tables and on the axes, of runs that set frame_skip and of runs that do not."""

import csv
from inspect import signature

import pytest

from saccade.envs import make_atari
from saccade.experiments import RunConfig
from saccade.experiments.curves.curve import Curve, Score
from saccade.experiments.curves.drawing import figure_of
from saccade.experiments.curves.frames import FRAME_SKIP, frames_of
from saccade.experiments.curves.groups import groups_of
from saccade.experiments.curves.tables import write_table
from saccade.experiments.setup.run_settings import settings_of
from saccade.experiments.summary.compared import compared
from saccade.experiments.summary.picture import picture_of

TWO = {"env_kwargs.frame_skip": 2}


def curve(settings, env="Enduro") -> Curve:
    scores = [Score(steps, None, 5.0, 0.5, 5) for steps in (500, 1000)]
    return Curve(env, "glimpse-pqn", 0, f"{env}{len(settings)}", scores, settings)


def test_an_env_step_has_as_many_frames_as_the_env_skips():
    assert (frames_of(1000, {}), frames_of(1000, TWO)) == (4000, 2000)
    assert signature(make_atari).parameters["frame_skip"].default == FRAME_SKIP


def test_the_settings_of_a_run_say_it():
    config = RunConfig(env="Enduro", agent="glimpse-pqn", env_kwargs={"frame_skip": 2}, wandb="disabled")
    settings = settings_of({"hyperparameters": config.fitted, "options": config.recorded()})
    assert frames_of(1000, settings) == 2000


def test_the_table_has_the_frames_of_each_run(tmp_path):
    write_table(tmp_path / "scores.csv", [curve({}), curve(TWO)])
    with (tmp_path / "scores.csv").open() as file:
        assert [row["frames"] for row in csv.DictReader(file)] == ["2000", "4000", "1000", "2000"]


def test_each_run_is_drawn_over_its_own_frames():
    runs = [curve({}), curve(TWO)]
    (axes,) = figure_of(runs, groups_of(runs)).axes
    assert axes.get_xlabel() == "million frames"
    assert sorted(float(line.get_xdata()[-1]) for line in axes.lines) == [0.002, 0.004]


@pytest.mark.parametrize(
    ("enduro", "pong", "axis", "last"),
    [
        ({}, {}, "million frames", 0.004),
        (TWO, TWO, "million frames", 0.002),
        (TWO, {}, "million env steps", 0.001),
    ],
)
def test_a_curve_over_games_has_frames_where_all_games_skip_alike(enduro, pong, axis, last):
    runs = [curve(enduro), curve(pong, env="Pong")]
    groups = groups_of(runs)
    comparison, _ = compared([group.together() for group in groups], 5)
    (panel,) = [axes for axes in picture_of(runs, groups, comparison).axes if axes.get_title().startswith("Interquartile")]
    assert panel.get_xlabel() == axis
    assert float(panel.lines[0].get_xdata()[-1]) == last
