"""The rows with several digits on a canvas: their settings, and an item from training to JSON."""

import pytest
from gymnasium import spaces

from saccade.experiments.setup.hyperparameters import read_hyperparameters
from saccade.experiments.whole_image.canvases import digits_game
from saccade.scripts.benchmarks.digits import training
from saccade.scripts.benchmarks.digits.items import CNN_IMAGES, IMAGES, NAMING, RIVAL_RATES, Item, all_items
from saccade.scripts.tables.glimpse_claims.digit_numbers import naming_lines

HOURS, IMAGES_PER_SECOND = 1.5, 600  # of an item on a free core; a house number has twice as many looks
REAL_EVALUATE = training.evaluate


@pytest.mark.parametrize("row", NAMING)
def test_settings_are_those_of_the_task_on_the_canvases_of_the_row(row):
    """But for the reach of a random gaze, which depends on the canvas (tests/experiments/gazes/test_reach.py)."""
    env, settings = Item(row, "learned", 0).settings
    usual = read_hyperparameters("glimpse-reinforce", None, env)
    varied = {"env_kwargs", "gaze_kwargs", "n_timesteps"}
    assert {key: x for key, x in settings.items() if key not in varied} == {key: x for key, x in usual.items() if key not in varied}
    game = digits_game(env, {**settings["env_kwargs"], "dataset": "digits"}, "test", "cpu")
    assert isinstance(game.observation_space, spaces.Dict)
    height, width = game.observation_space["image"].shape[1:]
    assert (height, width) == {"house-number": (110, 110), "house-number-160": (160, 160)}.get(row, (100, 100))


def test_agents_and_cnns_have_three_seeds_and_short_trainings():
    items = [item for item in all_items() if item.row in NAMING]
    assert len(items) == 24
    for row in NAMING:
        for variant in ("learned", "cnn"):
            assert [item.seed for item in items if (item.row, item.variant) == (row, variant)] == [0, 1, 2]
        looks = Item(row, "learned", 0).glimpses
        assert IMAGES[row] * looks / 8 / IMAGES_PER_SECOND / 3600 <= HOURS
        assert Item(row, "cnn", 0).images == len(RIVAL_RATES) * CNN_IMAGES[row]


def test_an_item_is_trained_and_tested(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "evaluate", lambda run, **arguments: REAL_EVALUATE(run, games=12, **arguments))
    small = {"dataset": "digits", "height": 96, "width": 96, "glimpses": 6}
    item = Item("house-number", "learned", 0)
    content = training.finish(item, tmp_path / "rows", tmp_path / "runs", small, share=0.0002, eval_games=8)
    assert 1 <= content["mean_looks"] <= 6
    assert content["test"]["digits"] > 12
    assert "house-number, learned (0.0002 of the full length)" in "\n".join(naming_lines({"a": content}))
