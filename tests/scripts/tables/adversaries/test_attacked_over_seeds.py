"""The tables of attacks over seeds, from small files by hand."""

import json

import pytest

from saccade.scripts.tables.adversaries import attacked, over_seeds

NAMES = {"learned gaze": "agent", "random gaze": "random", "cnn": "cnn", "cnn, blur 2": "blurred"}


def row(victim: str, attack: str, accuracy: float, eps: float = 0.2) -> dict:
    return {"victim": victim, "attack": attack, "eps": 0.0 if attack == "clean" else eps, "accuracy": accuracy}


def content(accuracies: dict[str, dict[str, float]], weights: dict[str, str]) -> dict:
    """A file of networks by kind, each with its accuracy under each attack."""
    rows = [row(NAMES[kind], attack, share) for kind, shares in accuracies.items() for attack, share in shares.items()]
    about = {NAMES[kind]: {"file": "x", "weights": weights[kind], "kind": kind} for kind in accuracies}
    return {"rows": rows, "settings": {"networks": about}}


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / attacked.FOLDER
    folder.mkdir(parents=True)
    cnns = {"cnn": {"clean": 0.98, "worst": 0.02}, "cnn, blur 2": {"clean": 0.96, "worst": 0.12}}
    for seed, (learned, random) in enumerate([(0.5, 0.3), (0.7, 0.4)]):
        rungs = {"uniform": 0.9, "frozen": learned + 0.2, "score": learned + 0.05, "square": learned + 0.3 + 0.1 * seed}
        agents = {
            "learned gaze": {"clean": 0.95, "worst": learned, **rungs},
            "random gaze": {"clean": 0.9, "worst": random, "eot": random},
        }
        weights = {"learned gaze": f"l{seed}", "random gaze": f"r{seed}", "cnn": "c", "cnn, blur 2": "b"}
        (folder / f"digits-60-{seed}.json").write_text(json.dumps(content({**agents, **cnns}, weights)))
    return tmp_path


def test_mean_and_standard_deviation_of_each_kind(results):
    """The CNNs are the same in both files, so there is one of each."""
    assert over_seeds.over_seeds(results) == [
        "| attack | kind of network | networks | clean | eps 0.2 |",
        "| --- | --- | --- | --- | --- |",
        "| digits-60 | learned gaze | 2 | 95.0 +- 0.0 | 60.0 +- 14.1 |",
        "| digits-60 | random gaze | 2 | 90.0 +- 0.0 | 35.0 +- 7.1 |",
        "| digits-60 | cnn | 1 | 98.0 | 2.0 |",
        "| digits-60 | cnn, blur 2 | 1 | 96.0 | 12.0 |",
    ]


def test_which_part_is_the_gaze_the_blur_and_the_attack(results):
    """0.2 and 0.3 by the gaze; from the weakest rung, square, to the strongest, score, 0.25 and 0.35."""
    assert over_seeds.parts(results) == [
        "| attack | what it may be | difference | seeds | clean | eps 0.2 |",
        "| --- | --- | --- | --- | --- | --- |",
        "| digits-60 | the gaze | learned gaze less random gaze | 2 | +5.0 +- 0.0 | +25.0 +- 7.1 |",
        "| digits-60 | the blur | cnn, blur 2 less cnn | 1 | -2.0 | +10.0 |",
        "| digits-60 | the attack | learned gaze: weakest rung less strongest | 2 |  | +30.0 +- 7.1 |",
    ]


def test_other_attacks_are_other_lines_and_a_file_without_kinds_has_its_networks(results):
    folder = results / attacked.FOLDER
    alone = {"rows": [row("an agent", "clean", 0.9), row("an agent", "worst", 0.1, eps=0.3)], "settings": {}}
    (folder / "whole.json").write_text(json.dumps(alone))
    *_, last = over_seeds.over_seeds(results)
    assert last == "| whole | an agent | 1 | 90.0 |  | 10.0 |"
    assert len(over_seeds.parts(results)) == 2 + 3


def test_of_several_losses_the_lower_one_is_the_rungs(tmp_path):
    folder = tmp_path / attacked.FOLDER
    folder.mkdir(parents=True)
    rows = [row("agent", "frozen", 0.5), row("agent", "frozen", 0.3), row("agent", "eot", 0.4), row("agent", "worst", 0.25)]
    (folder / "a-0.json").write_text(json.dumps({"rows": rows, "settings": {}}))
    assert over_seeds.parts(tmp_path)[-1] == "| a | the attack | agent: weakest rung less strongest | 1 |  | +10.0 |"


def test_without_a_file_nothing_was_run(tmp_path):
    for make in over_seeds.TABLES.values():
        *_, last = make(tmp_path)
        assert set(last.strip("| ").split(" | ")) == {"not run"}
