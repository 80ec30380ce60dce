"""The rows with several digits on a canvas: their settings, an item from training to JSON, and the table."""

import json

import pytest
from gymnasium import spaces

from saccade.experiments.setup.hyperparameters import read_hyperparameters
from saccade.experiments.whole_image.canvases import digits_game
from saccade.scripts.benchmarks.digits import rows, training
from saccade.scripts.benchmarks.digits.items import CNN_IMAGES, IMAGES, NAMING, RIVAL_RATES, Item, all_items
from saccade.scripts.benchmarks.digits.naming_table import PLACE, naming_lines
from saccade.scripts.benchmarks.digits.table import BEGIN, END

HOURS, IMAGES_PER_SECOND = 1.5, 600  # of an item on a free core; a house number has twice as many looks
REAL_EVALUATE = training.evaluate


def result(row="digit-pair", variant="learned", seed=0, error=4.0, arithmetic=12_000_000, **more) -> dict:
    figures = {"error_percent": error, "standard_error": 0.1, "digits": 10_000, "episodes": 50_000}
    rates = {"learning_rate": 1e-3, "validation_of_rates": [{}, {}, {}], "converged": True} if variant == "cnn" else {}
    content = {"row": row, "variant": variant, "seed": seed, "share_of_full_length": 1.0, "images": 2_400_000, "seconds": 3600.0}
    content |= {"multiply_adds": arithmetic, "commit": "0123456789", "validation": figures, "test": figures, "short": False}
    return {**content, "mean_looks": 5.25, **rates, **more}


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


def test_the_table():
    done = [result(seed=seed, error=error) for seed, error in enumerate((4.0, 5.0, 3.0))]
    done += [result(variant="cnn", error=6.0, arithmetic=80_000_000)]
    text = "\n".join(naming_lines({str(i): one for i, one in enumerate(done)}))
    errors = "4.00 +- 0.10, 5.00 +- 0.10, 3.00 +- 0.10 | 4.00, 1.00 (3 seeds)"
    marks = "5.0 (DRAM) | 5.0: reached; 2.5: missed"
    assert f"| pairs, 100x100 | {marks} | {errors} | 6.00 +- 0.10 | 1 seed | 5.2, 5.2, 5.2 | 12.0 M | 80.0 M |" in text
    assert "| sums, 100x100 | 2.5 (DRAM) | 2.5; 1.0 | not run | 0 seeds | not run | 0 seeds | not run | not run | not run |" in text
    assert "| digit-pair, learned | 1 | 2.40 M | 12.0 M | 5.00 +- 0.10 | 5.00 +- 0.10 | 1.0 | 0123456 |" in text
    assert "training" not in "\n".join(naming_lines({}))


@pytest.mark.parametrize(
    ("error", "arithmetic", "said"),
    [
        (6.0, 20_000_000, "reached (+0.00 points at 25 %)"),
        (6.1, 20_000_000, "missed (+0.10 points at 25 %)"),
        (5.0, 24_000_000, "missed (-1.00 points at 30 %)"),
    ],
)
def test_house_numbers_are_judged_by_error_and_arithmetic_of_the_cnn(error, arithmetic, said):
    ours = result("house-number", error=error, arithmetic=arithmetic)
    theirs = result("house-number", "cnn", error=6.0, arithmetic=80_000_000)
    (line,) = (line for line in naming_lines({"a": ours, "b": theirs}) if "110x110" in line)
    assert f"no worse than the CNN at a quarter of its arithmetic: {said} |" in line


def test_both_tables_are_written(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"{BEGIN}\nold\n{END}\nbetween\n{PLACE}\nold\n{END}\nafter\n")
    folder = tmp_path / "rows"
    folder.mkdir()
    (folder / "digit-pair-learned-0.json").write_text(json.dumps({**result(), "validation_under_other_gazes": {}}))
    rows.main(["--table", "--page", str(page), "--rows", str(folder)], "rows.py")
    text = page.read_text()
    assert "old" not in text
    assert text.index("28x28") < text.index("between") < text.index("4.00 +- 0.10") < text.index("after")


def test_an_item_is_trained_and_tested(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "evaluate", lambda run, **arguments: REAL_EVALUATE(run, games=12, **arguments))
    small = {"dataset": "digits", "height": 96, "width": 96, "glimpses": 6}
    item = Item("house-number", "learned", 0)
    content = training.finish(item, tmp_path / "rows", tmp_path / "runs", small, share=0.0002, eval_games=8)
    assert 1 <= content["mean_looks"] <= 6
    assert content["test"]["digits"] > 12
    assert "house-number, learned (0.0002 of the full length)" in "\n".join(naming_lines({"a": content}))
