"""Checks and object shares over seeds: by hand, on the page and in Markdown."""

from pathlib import Path

import pytest
import yaml
from event_folders import noise, probe_set, write_event
from gaze_folders import with_gazes
from told import Told

from saccade.experiments import USER_ERRORS, compare, plot
from saccade.experiments.summary.checked import checked_over_seeds, told_figures

PROBES = probe_set(count=2, size=20)
TRUST = "trust/value/jacobian"


def run(path: Path, seed: int, figures: dict[str, float], env: str = "Enduro", learning_rate: float = 1e-3) -> Path:
    """A run folder with an early event and a last one."""
    for env_steps, told in ((0, {f"{TRUST}/deletion": 99.0}), (10, figures)):
        write_event(path / "saliency", PROBES, env_steps, {"value": noise(PROBES, seed)}, told)
    PROBES.save(path / "saliency" / "probes.npz")
    hyperparameters = {"n_timesteps": 10, "n_envs": 2, "learning_rate": learning_rate}
    config = {"options": {"env": env, "agent": "pqn", "seed": seed}, "wandb_id": "x", "hyperparameters": hyperparameters}
    (path / "config.yml").write_text(yaml.safe_dump(config))
    return path


def test_figures_of_an_event_by_hand():
    """The smallest lead counts, ends of intervals and what describes a map do not."""
    told = told_figures(
        {
            f"{TRUST}/deletion": 1.5,
            f"{TRUST}/gini": 0.5,
            f"{TRUST}/random_all": 0.25,
            f"{TRUST}/random_all_std": 0.1,
            f"{TRUST}/deletion_blur/lead_over_random": 0.75,
            f"{TRUST}/deletion_blur/lead_over_contrast": -0.25,
            f"{TRUST}/deletion_blur/lead_over_contrast_low": -9.0,
            f"{TRUST}/deletion_blur/lead_over_random_weights": -5.0,
            "trust/advantage/jacobian/insertion_grey/lead_over_gaussian": 0.5,
            "objects/value/jacobian/own car": 2.0,
            "pointing/value/jacobian/own car": 0.5,
            "overlap/top_tenth_iou": 0.25,
            "through_time/value/jacobian/mean_lag": 3.0,
            "value/norm": float("nan"),
        }
    )
    assert told == {
        ("value", "jacobian", "deletion"): 1.5,
        ("value", "jacobian", "random_all"): 0.25,
        ("value", "jacobian", "deletion, blur: lead over the best blind rival"): -0.25,
        ("advantage", "jacobian", "insertion, grey: lead over the best blind rival"): 0.5,
        ("value", "jacobian", "share on own car"): 2.0,
        ("value", "jacobian", "pointing at own car"): 0.5,
        ("value", "jacobian", "through time: mean_lag"): 3.0,
    }


def test_means_of_the_last_events_over_seeds(tmp_path):
    runs = [run(tmp_path / str(seed), seed, {f"{TRUST}/deletion": 1.0 + seed}) for seed in range(3)]
    runs.append(run(tmp_path / "other", 0, {f"{TRUST}/deletion": 5.0}, learning_rate=1e-4))
    write_event(tmp_path / "callback", PROBES, 0, {"value": noise(PROBES, 1)}, {f"{TRUST}/deletion": 7.0})
    first, second = checked_over_seeds([*runs, tmp_path / "callback"])
    assert (first.agent, first.runs, float(first.mean.value), first.mean.low) == ("pqn (learning_rate 0.001)", 3, 2.0, None)
    assert (second.agent, second.runs, float(second.mean.value)) == ("pqn (learning_rate 0.0001)", 1, 5.0)
    assert (first.error, second.error) == (pytest.approx(3**-0.5), None)  # of 1, 2 and 3
    assert first.good == "higher is better, 1 is chance"


def test_intervals_of_figures_that_some_runs_do_not_have(tmp_path, monkeypatch):
    monkeypatch.setattr("saccade.experiments.scoring.over_seeds.REPETITIONS", 50)
    figures = [{f"{TRUST}/deletion": 1.0 + seed, **({f"{TRUST}/beaten": 0.5} if seed else {})} for seed in range(5)]
    rows = checked_over_seeds([run(tmp_path / str(seed), seed, told) for seed, told in enumerate(figures)])
    beaten, deletion = sorted(rows, key=lambda row: row.figure)
    assert (beaten.runs, beaten.mean.low) == (4, None)
    assert deletion.mean.low < deletion.mean.value == 3 < deletion.mean.high


def test_the_page_and_the_table_in_markdown(tmp_path):
    runs = [
        run(tmp_path / str(seed), seed, {f"{TRUST}/deletion": 1.0 + seed, "objects/value/jacobian/car": 3.0}) for seed in (0, 1)
    ]
    page = compare(runs, output=tmp_path / "page.html").read_text()
    part = page.partition("Checks and things over seeds</h2>")[2]
    assert "<td><bdi>1.5 +- 0.5</bdi></td><td><bdi>none, 2 seeds</bdi></td>" in part
    text = (tmp_path / "page-checks.md").read_text()
    assert "| Enduro | pqn | value | jacobian | share on car | 2 | 3 +- 0 | none, 2 seeds | 1 is an even map |" in text
    with pytest.raises(USER_ERRORS, match=r"page\.html exists already"):
        compare(runs, output=tmp_path / "page.html")
    compare(runs, output=tmp_path / "page.html", force=True)
    (tmp_path / "page-checks.md").write_text("mine")
    with pytest.raises(USER_ERRORS, match=r"page-checks\.md is not what this command writes"):
        compare(runs, output=tmp_path / "page.html", force=True)


def test_a_page_without_checks_leaves_no_table_of_the_page_before(tmp_path):
    page = tmp_path / "page.html"
    compare(run(tmp_path / "checked", 0, {f"{TRUST}/deletion": 1.0}), output=page)
    table = tmp_path / "page-checks.md"
    assert table.is_file()
    unchecked = run(tmp_path / "unchecked", 0, {})
    compare(unchecked, output=page, force=True)
    assert not table.exists()
    table.write_text("mine")
    compare(unchecked, output=page, force=True)
    assert table.read_text() == "mine"


def test_a_seed_that_is_there_twice_counts_once_and_is_named(tmp_path):
    runs = [run(tmp_path / name, 0, {f"{TRUST}/deletion": value}) for name, value in (("first", 1.0), ("again", 9.0))]
    told = Told()
    (row,) = checked_over_seeds(runs, reporter=told)
    assert (row.runs, float(row.mean.value)) == (1, 1.0)
    (line,) = told.lines
    assert line.startswith(f"warning: {runs[0]} and {runs[1]} have the same settings and the same seed 0")


@pytest.mark.parametrize("damaged", [{"env": ["Enduro"]}, {"env": 5}, {"agent": {"a": 1}}, {"seed": [1]}], ids=str)
def test_a_damaged_config_is_no_traceback(tmp_path, damaged):
    """The maps are there all the same, so the page is written without the checks."""
    path = run(tmp_path / "run", 0, {f"{TRUST}/deletion": 1.0})
    config = yaml.safe_load((path / "config.yml").read_text())
    (path / "config.yml").write_text(yaml.safe_dump({**config, "options": {**config["options"], **damaged}}))
    compare(path, output=tmp_path / "page.html")
    assert not (tmp_path / "page-checks.md").exists()
    with pytest.raises(USER_ERRORS, match=f"config.yml is damaged: options.{next(iter(damaged))} is "):
        plot(path, output=tmp_path / "s.png")


def test_of_runs_in_two_envs_one_is_chosen(tmp_path):
    runs = [run(tmp_path / env, 0, {f"{TRUST}/deletion": 1.0}, env=env) for env in ("Enduro", "Pong")]
    page = compare(runs, output=tmp_path / "page.html", env="pong").read_text()
    assert "<title>Saliency maps: Pong</title>" in page
    with pytest.raises(USER_ERRORS, match="no run is in Breakout; there is Enduro, Pong"):
        compare(runs, output=tmp_path / "none.html", env="Breakout")


def test_what_the_eye_does_over_seeds_is_on_the_page_of_gazes(tmp_path):
    runs = [with_gazes(run(tmp_path / str(seed), seed, {}, env="Catch"), believed="probability") for seed in range(2)]
    for path in runs:
        for event in (path / "saliency").iterdir():
            event.unlink()
    page = compare(runs, output=tmp_path / "page.html").read_text()
    assert page.index("Checks and things over seeds</h2>") < page.index("All runs, last event</h2>")
    assert page.count('alt="Where ') == 2
    text = (tmp_path / "page-checks.md").read_text()
    assert "| Catch | pqn | gaze |  | step length | 2 | 1 +- 0 | none, 2 seeds | mean distance between" in text
    assert "| belief | 2 | 0.9 +- 0 | " in text
