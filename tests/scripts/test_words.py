from pathlib import Path

from saccade.experiments import compare, explain
from saccade.scripts.words import read


def test_names_of_options_may_differ_from_those_of_parameters():
    spellings = {"heads": "head", "methods": "method"}
    words = ["m.zip", "--head", "value", "gap", "--method", "sarfa", "--probes", "p.npz", "--gaze-kwargs", "tiles=[2,3]"]
    given = read(explain, words, "explain", spellings=spellings)
    assert (given["model"], given["probes"], given["output"]) == (Path("m.zip"), Path("p.npz"), None)
    assert (list(given["heads"]), list(given["methods"])) == (["value", "gap"], ["sarfa"])
    assert given["gaze_kwargs"] == {"tiles": [2, 3]}
    defaults = read(explain, ["m.zip"], "explain", spellings=spellings)
    assert (list(defaults["heads"]), list(defaults["methods"])) == ([], ["jacobian"])


def test_several_words_are_several_paths():
    given = read(compare, ["a", "b", "--names", "first", "second"], "compare", {"runs": "RUN_DIR"})
    assert (list(given["runs"]), list(given["names"])) == ([Path("a"), Path("b")], ["first", "second"])
