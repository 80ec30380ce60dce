"""How near a gaze is to a thing of the game."""

import json
from pathlib import Path

import numpy as np
import pytest

from saccade.experiments import ConfigError, RunConfig, read_hyperparameters, train
from saccade.experiments.run_folder import RunFolder
from saccade.saliency.event_callback import EventCallback
from saccade.scripts.benchmarks.attentions.gaze_and_thing import Options, centres, figures_of, main, measured
from saccade.scripts.tables.gazes import NOTHING, WHERE, where

RETINA = {"size": 6, "scales": 2, "network": "fc", "features_dim": 16, "what_dim": 16, "where_dim": 8}


def test_centres_by_hand():
    masks = np.zeros((3, 4, 2), dtype=bool)
    masks[0, 0, 0] = True  # the first of four rows is at -0.75, the first of two columns at -0.5
    masks[1, 1:3] = True
    assert centres(masks)[:2].tolist() == [[-0.5, -0.75], [0.0, 0.0]]
    assert np.isnan(centres(masks)[2]).all()


def test_figures_by_hand():
    # In game 0 the gaze is on the ball, in game 1 it is 0.5 away. The ball of the other game is 1 away, and 1.5.
    gazes, places = np.array([[0.0, 0.0], [1.0, 0.5], [0.3, 0.3]]), np.array([[0.0, 0.0], [1.0, 0.0], [np.nan, np.nan]])
    figures = figures_of(gazes, places, np.array([0, 1, 1]))
    assert figures["seen"] == 2
    assert figures["distance"] == [0.25, None, None]  # fewer than five games have no interval
    assert figures["elsewhere"][0] == pytest.approx((1 + np.hypot(1, 0.5)) / 2, abs=1e-4)
    assert figures["nearer"][0] == pytest.approx(figures["elsewhere"][0] - 0.25, abs=1e-4)
    assert figures["nearer_than_at_that_time"][0] == figures["nearer"][0]  # both balls are at the first look of their game


def test_without_a_rival_at_the_same_look_there_is_no_figure_for_the_time():
    places = np.array([[0.0, 0.0], [np.nan, np.nan], [np.nan, np.nan], [1.0, 0.0]])  # at the first look, and at the second one
    figures = figures_of(np.zeros((4, 2)), places, np.array([0, 0, 1, 1]))
    assert figures["nearer"][0] == 0  # 0 and 1 from its own ball, 1 and 0 from the other one
    assert figures["nearer_than_at_that_time"] is None


def test_a_gaze_that_goes_by_the_time_is_nearer_only_if_the_time_is_not_looked_at():
    """All games have the same path, with a little noise."""
    random = np.random.default_rng(1)
    path, games = random.uniform(-1, 1, (60, 2)), np.repeat(np.arange(8), 60)
    places = np.tile(path, (8, 1)) + random.normal(0, 0.05, (480, 2))
    figures = figures_of(np.tile(path, (8, 1)), places, games)
    assert figures["nearer"][1] > 0.5
    _, low, high = figures["nearer_than_at_that_time"]
    assert low < 0 < high


def test_a_gaze_that_goes_with_the_thing_is_nearer_and_one_that_does_not_is_not():
    random = np.random.default_rng(0)
    places, games = random.uniform(-1, 1, (800, 2)), np.repeat(np.arange(8), 100)
    following = figures_of(np.clip(places + 0.1, -1, 1), places, games)["nearer"]
    blind = figures_of(random.uniform(-1, 1, (800, 2)), places, games)["nearer"]
    fixed = figures_of(np.full((800, 2), 0.4), places, games)["nearer"]
    assert following[1] > 0.5
    for low, high in (blind[1:], fixed[1:]):
        assert low < 0 < high


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """A run of a few env steps."""
    kwargs = {"hidden_width": 8, "features_extractor_kwargs": RETINA}
    few = {"n_envs": 2, "n_timesteps": 16, "n_steps": 4, "batch_size": 8, "n_epochs": 1, "policy_kwargs": kwargs}
    written = {**read_hyperparameters("glimpse-pqn", env="Breakout"), **few}
    options = {"eval_games": 0, "wandb": "disabled", "progress": False, "eager": True, "saliency_budget": 1e-6}
    output = tmp_path_factory.mktemp("runs") / "Breakout"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(EventCallback, "_event", lambda self, patient: None)  # pictures cost more than the training
        return train(RunConfig(env="Breakout", agent="glimpse-pqn", hyperparameters=written, output=output, **options)).run


def test_a_run_is_measured_and_has_a_row(tmp_path, run):
    main([str(run), "--games", "2", "--looks", "12", "--output", str(tmp_path / WHERE)], "gaze_and_thing")
    figures = json.loads((tmp_path / WHERE / "Breakout.json").read_text())
    assert {name: figures[name] for name in ("env", "gaze", "seed", "thing", "games", "looks")} == {
        "env": "Breakout",
        "gaze": "learned",
        "seed": 0,
        "thing": "ball",
        "games": 2,
        "looks": 24,
    }
    assert 0 < figures["seen"] <= 24
    (row,) = where(tmp_path)[2:]
    assert row.startswith(f"| Breakout | its own, learned from the score, seed 0 | {figures['seen']} of 24 | ")
    assert where(tmp_path / "none") == NOTHING


def test_what_cannot_be_measured_is_said(run):
    folder = RunFolder.check_existing(run)
    with pytest.raises(ConfigError, match="no 'moon' is found in Breakout; known are: ball, paddle"):
        measured(folder, Options((folder.path,), thing="moon", games=2, looks=2))
    with pytest.raises(ConfigError, match="games is 1; it must be at least 2"):
        main([str(folder.path), "--games", "1"], "gaze_and_thing")
