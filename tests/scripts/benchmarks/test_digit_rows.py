"""The script of the digit tables: which items there are, what is left, how one goes on, and the tables."""

import csv
import json
from pathlib import Path

import pytest

from saccade.experiments import USER_ERRORS, RunConfig, train
from saccade.scripts.benchmarks.digits import rows, table, training, tried
from saccade.scripts.benchmarks.digits.items import CNN_RATES, ROWS, SPEEDS, Item, all_items, chosen_items, left_lines, results
from saccade.scripts.benchmarks.digits.table import BEGIN, END, MarkersError, table_lines, with_table

FIGURES = {"error_percent": 1.234, "standard_error": 0.056, "digits": 10_000, "episodes": 50_000}


def result(row="cluttered-60", variant="learned", seed=0, error=1.234, **more) -> dict:
    figures = {**FIGURES, "error_percent": error}
    rates = {"learning_rate": 1e-3, "validation_of_rates": [{}, {}, {}]} if variant == "cnn" else {}
    others = {gaze: {**figures, "error_percent": 9.0} for gaze in ("random", "centre")} if variant == "learned" else {}
    content = {"row": row, "variant": variant, "seed": seed, "share_of_full_length": 1.0, "images": 4_200_000, "seconds": 3600.0}
    content |= {"multiply_adds": 16_300_000, "commit": "0123456789", "validation": figures, "test": figures}
    return {**content, "test_under_other_gazes": others, **rates, **more}


def test_every_row_has_its_settings_and_every_gaze():
    items = all_items()
    assert len({item.name for item in items}) == len(items)
    assert {(item.row, item.variant) for item in items} >= {(row, gaze) for row in ROWS for gaze in ("learned", "random", "centre")}
    assert [item.seed for item in items if (item.row, item.variant) == ("cluttered-100", "random")] == [0, 1, 2]
    assert [item.row for item in items if item.variant == "cnn"] == ["centred-28", "translated-60", "cluttered-60", "cluttered-100"]
    # 33.6 M env steps of 8 glimpses; 3 M canvases for each of three rates
    assert Item("cluttered-60", "learned", 0).images == 4_200_000
    assert Item("cluttered-60", "cnn", 0).images == 9_000_000 == 3_000_000 * len(CNN_RATES)
    assert Item("centred-28", "centre", 0).settings[0] == "TranslatedMNIST"


def test_items_are_chosen_by_patterns():
    names = [item.name for item in chosen_items(["cluttered-60-random-1", "centred-28-*"])]
    assert names[0] == "cluttered-60-random-1"
    assert sorted(names[1:]) == [f"centred-28-{variant}-0" for variant in ("centre", "cnn", "learned", "random")]
    assert chosen_items([]) == all_items()
    with pytest.raises(USER_ERRORS, match="'cluttered-61-\\*'; there are"):
        chosen_items(["cluttered-61-*"])


def test_what_is_left_and_how_long_it_takes(tmp_path):
    items = [Item("cluttered-60", "learned", 0), Item("cluttered-60", "random", 0), Item("cluttered-100", "learned", 0)]
    items.append(Item("centred-28", "cnn", 0))
    finished = {"cluttered-60-learned-0": result(seconds=4_200.0)}  # 1,000 images/s
    (tmp_path / SPEEDS).write_text(json.dumps({"images_per_second": {"cluttered-100-agent": 500.0}}))
    lines = left_lines(items, finished, {"cluttered-60-random-0": 600_000}, tmp_path)
    assert lines[0] == "done  cluttered-60-learned-0: 1.23 % of the test digits wrong"
    assert lines[1] == "left  cluttered-60-random-0: 600,000 of 4,200,000 images, 1.0 hours at 1,000 images/s"
    assert lines[2] == "left  cluttered-100-learned-0: 0 of 3,600,000 images, 2.0 hours at 500 images/s"
    assert lines[3].endswith("speed not measured")
    assert lines[4].startswith("left in all: 3.0 hours in one thread, and 1 items whose speed is not measured")


def test_the_tables():
    done = [result(seed=1, error=2.0), result(), result(variant="random", error=11.0), result(variant="cnn", error=0.9)]
    lines = table_lines({str(i): one for i, one in enumerate(done)})
    text = "\n".join(lines)
    assert "| 60x60 cluttered, two convolutions | 1.23 +- 0.06, 2.00 +- 0.06 | 11.00 +- 0.06 | not run | 0.90 +- 0.06 |" in text
    assert "| 60x60 cluttered, two convolutions | 1.23 +- 0.06, 2.00 +- 0.06 | 9.00 +- 0.06, 9.00 +- 0.06 | 9.00" in text
    assert "| 100x100 cluttered | not run | not run | not run | not run |" in text
    assert "| 60x60 cluttered, fully connected | not run | not run | not run | as for 60x60 cluttered, two convolutions |" in text
    assert (
        "| cluttered-60, cnn, learning rate 0.001 of 3 | 0 | 4.20 M | 16.3 M | 0.90 +- 0.06 | 0.90 +- 0.06 | 1.0 | 0123456 |"
        in text
    )
    assert "of the full length" not in text
    assert "(0.5 of the full length)" in "\n".join(table_lines({"a": result(share_of_full_length=0.5)}))
    widths = {line.count("|") for line in lines[:7]}
    assert widths == {6}


def test_tables_go_between_the_markers_and_a_second_time_change_nothing(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    table.write_table(page, {"a": result()})
    once = page.read_text()
    assert once.startswith(f"before\n\n{BEGIN}\n| task |")
    assert once.endswith(f"|\n{END}\n\nafter\n")
    assert "old" not in once
    table.write_table(page, {"a": result()})
    assert page.read_text() == once
    with pytest.raises(MarkersError, match="needs the two lines"):
        with_table("no markers", [])


def test_an_item_that_was_stopped_goes_on_and_is_tested_once(tmp_path, monkeypatch):
    """Training stops after its first part. The second call finishes it, the third has nothing to do."""
    item, played, real = Item("centred-28", "random", 0), [], training.train
    small = {"dataset": "digits", "glimpses": 1}

    def stops(config, reporter):
        return real(config, stop=iter([False] * 4 + [True] * 1000).__next__, reporter=reporter)

    def watched(run, **arguments):
        played.append(arguments.get("split", "test"))
        return REAL_EVALUATE(run, games=20, **arguments)

    monkeypatch.setattr(training, "train", stops)
    monkeypatch.setattr(training, "evaluate", watched)
    arguments = {"env_kwargs": small, "share": 0.0001, "eval_games": 20}
    with pytest.raises(training.Stopped):
        training.finish(item, tmp_path / "rows", tmp_path / "runs", **arguments)
    assert not played
    seen = training.images_seen(item, tmp_path / "runs")
    assert 0 < seen < 2800
    content = training.finish(item, tmp_path / "rows", tmp_path / "runs", **arguments)
    assert played == ["validation", "test"]
    assert content["env_steps"] == content["images"] >= 2800
    assert content == json.loads((tmp_path / "rows" / "centred-28-random-0.json").read_text())
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
    shipped = Path(__file__).parents[3] / "results" / "glimpses" / "tried.csv"
    assert tuple(shipped.read_text().splitlines()[0].split(",")) == tried.COLUMNS == tuple(first)
