"""The script of the digit tables: which items there are, what is left, and how one goes on."""

import csv
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from saccade.experiments import USER_ERRORS, RunConfig, train
from saccade.scripts.benchmarks.digits import rows, training, tried
from saccade.scripts.benchmarks.digits.items import (
    CNN_IMAGES,
    CNN_RATES,
    NAMING,
    ROWS,
    SETTINGS,
    SPEEDS,
    Item,
    all_items,
    chosen_items,
    left_lines,
    results,
)
from saccade.scripts.tables.glimpse_claims.digit_rows import table_lines


def result(seconds=3600.0) -> dict:
    """What a finished item needs."""
    figures = {"error_percent": 1.234, "standard_error": 0.056}
    content = {"row": "cluttered-60", "variant": "learned", "seed": 0, "images": 4_200_000, "seconds": seconds}
    return {**content, "validation": figures, "test": figures}


def test_every_row_has_its_settings_and_the_two_cluttered_ones_have_seeds_and_controls():
    items = all_items()
    assert len({item.name for item in items}) == len(items)
    seeds = {row: [item.seed for item in items if (item.row, item.variant, item.short) == (row, "learned", False)] for row in ROWS}
    several = {"cluttered-60", "cluttered-100"}
    assert seeds == {row: [0, 1, 2] if row in several else [0] for row in ROWS}
    alike = ("learned", "random", "centre", "window", "bilinear", "soft", "cnn")
    controls = [(item.row, item.variant) for item in items if item.short]
    assert sorted(controls) == sorted((row, variant) for row in several for variant in alike)
    long = [item.row for item in items if item.variant == "cnn" and not item.short and item.row not in NAMING]
    assert long == ["centred-28", "translated-60", "cluttered-60", "cluttered-100"]
    assert len({item.images_of_each for item in items if item.short}) == 1  # trained alike, a rival with each of its rates
    assert Item("cluttered-60", "cnn", 0).images == len(CNN_RATES) * CNN_IMAGES["cluttered-60"]
    assert Item("centred-28", "centre", 0).settings[0] == "TranslatedMNIST"
    assert (Item("centred-28", "learned", 0).glimpses, Item("cluttered-60", "learned", 0).glimpses) == (7, 8)


def test_the_order_is_that_of_importance():
    names, rows_first = [item.name for item in all_items()], ("cluttered-60", "cluttered-100", "translated-60", "centred-28")
    assert names[:5] == [f"{row}-learned-0" for row in (*rows_first, "cluttered-60-fc")]
    assert names[5:9] == [f"{row}-learned-{seed}" for seed in (1, 2) for row in ("cluttered-60", "cluttered-100")]
    assert names[9:12] == [f"cluttered-60-{gaze}-short-0" for gaze in ("learned", "random", "centre")]
    assert all(name.endswith("-cnn-0") for name in names[15:19])
    assert names[19:43] == [f"{row}-{who}-{seed}" for seed in range(3) for who in ("learned", "cnn") for row in NAMING]
    assert names[43:] == [f"{row}-{name}-short-0" for row in rows_first[:2] for name in ("cnn", "window", "bilinear", "soft")]


def test_the_whole_plan_fits_about_a_day():
    """By the speeds that were measured."""
    items = [item for item in all_items() if item.row not in NAMING]
    *lines, total = left_lines(items, {}, {}, SETTINGS / "rows")
    hours = [float(re.search(r"([\d.]+) hours", line)[1]) for line in lines]
    assert float(re.search(r"([\d.]+) hours", total)[1]) == pytest.approx(sum(hours), abs=0.05 * len(lines))
    assert sum(hours[:19]) < 22
    assert sum(hours[19:]) < 10  # the rivals of hard glimpses


def test_rivals_have_the_retina_of_the_agent_of_their_row():
    assert Item("cluttered-60", "window", 0, short=True).network_kwargs == {"reach": 0.6}  # defaults: 12 pixels, three scales
    assert Item("cluttered-100", "bilinear", 0, short=True).network_kwargs == {"glimpse": 12, "scales": 4, "reach": 0.72}
    assert Item("cluttered-60-fc", "window", 0).network_kwargs == {
        "glimpse": 12,
        "scales": 3,
        "network": "fc",
        "reach": 0.6,
    }
    assert Item("cluttered-100", "soft", 0, short=True).network_kwargs == {}


@pytest.mark.parametrize("variant", ["cnn", "window", "bilinear", "soft"])
def test_a_rival_is_trained_on_the_canvases_of_its_row(variant, tmp_path, monkeypatch):
    asked = {}

    def watched(env, **arguments):
        asked.update(arguments, env=env)
        rate = {"error_percent": 5.0, "standard_error": 0.1, "images": 256, "converged": None, "curve": [{"images": 256}]}
        return SimpleNamespace(
            validation=[rate], learning_rate=1e-3, multiply_adds=1, seconds=2.0, error_percent=6.0, standard_error=0.2, digits=3
        )

    monkeypatch.setattr(training, "train_on_whole_images", watched)
    content = training.finish(Item("cluttered-100", variant, 0, short=True), tmp_path / "rows", tmp_path / "runs", share=0.5)
    of_retina = {"glimpse": 12, "scales": 4, "reach": 0.72} if variant in ("window", "bilinear") else {}
    assert (asked["env"], asked["network"], asked["network_kwargs"]) == ("ClutteredMNIST", variant, of_retina)
    assert (asked["images"], asked["early_stop"], asked["curve"]) == (200_000, False, True)
    assert asked["env_kwargs"] == {"size": 100, "distractors": 8, "glimpses": 8}
    assert content["validation_curve"] == [{"images": 256}]
    assert list(results(tmp_path / "rows")) == [f"cluttered-100-{variant}-short-0"]


def test_items_are_chosen_by_patterns():
    names = [item.name for item in chosen_items(["cluttered-60-random-short-0", "cluttered-100-*"])]
    assert names[0] == "cluttered-60-random-short-0"
    alike = ("centre", "learned", "random", "cnn", "window", "bilinear", "soft")
    rest = ["cnn-0", "learned-0", "learned-1", "learned-2", *(f"{variant}-short-0" for variant in alike)]
    assert sorted(names[1:]) == sorted(f"cluttered-100-{name}" for name in rest)
    assert chosen_items([]) == all_items()
    with pytest.raises(USER_ERRORS, match="'cluttered-61-\\*'; there are"):
        chosen_items(["cluttered-61-*"])


def test_what_is_left_and_how_long_it_takes(tmp_path):
    items = [Item("cluttered-60", "learned", 0), Item("cluttered-60", "learned", 1), Item("cluttered-100", "random", 0, short=True)]
    items.append(Item("centred-28", "cnn", 0))
    finished = {"cluttered-60-learned-0": result(seconds=4_200.0)}  # 1,000 images/s
    (tmp_path / SPEEDS).write_text(json.dumps({"images_per_second": {"cluttered-100-agent": 500.0}}))
    lines = left_lines(items, finished, {"cluttered-60-learned-1": 1_000_000}, tmp_path)
    assert lines[0] == "done  cluttered-60-learned-0: 1.23 % of the test digits wrong, 1.2 hours"
    left = "1,000,000 of 2,800,000 images, 0.5 hours at 1,000 images/s (0.5 in all up to here)"
    assert lines[1] == f"left  cluttered-60-learned-1: {left}"
    assert lines[2].endswith("0 of 400,000 images, 0.2 hours at 500 images/s (0.7 in all up to here)")
    assert lines[3].endswith("0 of at most 1,800,000 images, speed not measured")
    assert lines[4].startswith("left in all: 0.7 hours in one thread, and 1 items whose speed is not measured")


def test_a_result_without_what_the_tables_need_is_named(tmp_path):
    (tmp_path / "cluttered-60-learned-0.json").write_text(json.dumps({"row": "cluttered-60", "variant": "learned", "seed": 0}))
    with pytest.raises(USER_ERRORS, match=r"cluttered-60-learned-0\.json has no images, seconds, validation, test; move it"):
        results(tmp_path)


def test_an_item_that_was_stopped_goes_on_and_is_tested_once(tmp_path, monkeypatch):
    """Training stops after its first part. The second call finishes it, the third has nothing to do."""
    item, played, real = Item("cluttered-60", "learned", 0, short=True), [], training.train
    small = {"dataset": "digits", "glimpses": 1, "size": 28}

    def stops(config, reporter):
        return real(config, stop=iter([False] * 4 + [True] * 1000).__next__, reporter=reporter)

    def watched(run, **arguments):
        assert arguments["device"] == "cpu"
        played.append(arguments.get("split", "test"))
        return REAL_EVALUATE(run, games=20, **arguments)

    monkeypatch.setattr(training, "train", stops)
    monkeypatch.setattr(training, "evaluate", watched)
    arguments = {"env_kwargs": small, "share": 0.0005, "eval_games": 20}
    with pytest.raises(training.Stopped):
        training.finish(item, tmp_path / "rows", tmp_path / "runs", **arguments)
    assert not played
    seen = training.images_seen(item, tmp_path / "runs")
    assert 0 < seen < 1600
    for other, said in (
        ({"share": 0.001}, "total_timesteps 1600, not 3200"),
        ({"env_kwargs": {**small, "size": 30}}, "env_kwargs"),
    ):
        with pytest.raises(
            USER_ERRORS, match=f"learned-short-0 was begun with .*{said}"
        ):  # else one JSON would be of two trainings
            training.finish(item, tmp_path / "rows", tmp_path / "runs", **{**arguments, **other})
    content = training.finish(item, tmp_path / "rows", tmp_path / "runs", **arguments)
    assert played == ["validation"] * 3 + ["test"]
    assert set(content["validation_under_other_gazes"]) == {"random", "centre"}
    assert content["env_steps"] == content["images"] >= 1600
    assert content == json.loads((tmp_path / "rows" / "cluttered-60-learned-short-0.json").read_text())
    assert content["validation_curve"][-1]["env_steps"] == content["env_steps"]
    assert set(results(tmp_path / "rows")) == {item.name}
    table_lines(results(tmp_path / "rows"))


REAL_EVALUATE = training.evaluate


def test_finished_items_are_not_run_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(training, "finish", lambda *_: pytest.fail("it was finished already"))
    (tmp_path / "cluttered-60-learned-0.json").write_text(json.dumps(result()))
    words = ["--only", "cluttered-60-learned-0", "--rows", str(tmp_path), "--runs", str(tmp_path / "runs")]
    rows.main(words, "rows.py")
    rows.main([*words, "--list"], "rows.py")
    assert "done  cluttered-60-learned-0" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [tmp_path / "cluttered-60-learned-0.json"]


def test_a_tried_setting_is_noted_with_its_validation_error(tmp_path):
    env_kwargs = {"dataset": "digits", "glimpses": 1, "size": 28}
    train(
        RunConfig(
            env="TranslatedMNIST", env_kwargs=env_kwargs, n_envs=8, total_timesteps=16, eval_games=0, wandb="disabled",
            progress=False, output=tmp_path / "run", set={"gamma": 0.9}, seed=3,
        )
    )  # fmt: skip
    for note in ("first, with a comma", "second"):
        tried.add(tmp_path / "run", note, tmp_path / "tried.csv")
    first, second = csv.DictReader((tmp_path / "tried.csv").read_text().splitlines())
    kept = json.loads(next((tmp_path / "run" / "evaluation").glob("*-validation.json")).read_text())
    assert float(first["validation_error_percent"]) == pytest.approx(kept["error_percent"], abs=1e-3)
    assert (first["note"], second["note"], first["seed"], first["gaze"]) == ("first, with a comma", "second", "3", "learned")
    assert "gamma=0.9" in first["changed"]
    shipped = Path(__file__).parents[4] / "results" / "glimpses" / "tried.csv"
    assert tuple(shipped.read_text().splitlines()[0].split(",")) == tried.COLUMNS == tuple(first)
