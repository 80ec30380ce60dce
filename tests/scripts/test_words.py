import functools
from pathlib import Path

import tyro

from saccade.experiments import compare, evaluate, explain
from saccade.scripts.options.train_options import TrainOptions
from saccade.scripts.word_types import registry
from saccade.scripts.words import read


def test_names_of_options_may_differ_from_those_of_parameters():
    spellings = {"heads": "head", "methods": "method"}
    words = ["m.zip", "--head", "value", "gap", "--method", "sarfa", "--probes", "p.npz", "--gaze-kwargs", "tiles=[2,3]"]
    given = read(explain, words, "explain", spellings=spellings)
    assert (given["model"], given["probes"], given["output"]) == (Path("m.zip"), Path("p.npz"), None)
    assert (list(given["heads"]), list(given["methods"])) == (["value", "gap"], ["sarfa"])
    assert given["gaze_kwargs"] == {"tiles": [2, 3]}
    defaults = read(explain, ["m.zip"], "explain", spellings=spellings)
    assert (list(defaults["heads"]), list(defaults["methods"])) == ([], [])


def test_several_words_are_several_paths():
    given = read(compare, ["a", "b", "--names", "first", "second"], "compare", {"runs": "RUN_DIR"})
    assert (list(given["runs"]), list(given["names"])) == ([Path("a"), Path("b")], ["first", "second"])


def test_a_whole_number_may_have_an_exponent():
    given = read(
        evaluate, ["run", "--games", "1e3", "--seed", "1.5E2", "--epsilon", "1e-2", "--sticky-actions", "None"], "evaluate"
    )
    assert (given["games"], given["seed"], given["epsilon"], given["sticky_actions"]) == (1000, 150, 0.01, None)
    assert (type(given["games"]), type(given["seed"])) == (int, int)
    options = tyro.cli(TrainOptions, args=["--env", "Catch", "--total-timesteps", "1e4", "--seed", "-0"], registry=registry)
    assert (options.config().total_timesteps, options.config().seed) == (10_000, 0)


def test_a_file_is_trusted_only_where_the_word_is_said(monkeypatch, capsys):
    from saccade.scripts import explain as door

    called = []
    monkeypatch.setattr("saccade.experiments.explain", spy(called))
    for words in (["m.zip"], ["m.zip", "--trust"], ["m.zip", "--no-checks"], ["m.zip", "--no-trust"]):
        door.main(words, "explain")
    assert [(given["trust"], given["checks"]) for given in called] == [(False, True), (True, True), (False, False), (False, False)]
    assert capsys.readouterr().err == "note: --no-trust is called --no-checks now\n"
    assert read(evaluate, ["run"], "evaluate")["trust"] is False
    assert read(evaluate, ["run", "--trust"], "evaluate")["trust"] is True


def test_a_method_counts_in_both_spellings_of_an_option(monkeypatch):
    from saccade.scripts import explain as door

    called = []
    monkeypatch.setattr("saccade.experiments.explain", spy(called))
    for words in (["m.zip"], ["m.zip", "--method", "sarfa"], ["m.zip", "--method=sarfa"]):
        door.main(words, "explain")
    assert [given["methods"] and list(given["methods"]) for given in called] == [None, ["sarfa"], ["sarfa"]]


def spy(called: list):
    """A function that is called as explain, and only remembers how."""

    @functools.wraps(explain)
    def remember(*args, **given):
        called.append(given)

    return remember
