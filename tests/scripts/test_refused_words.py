"""What tyro refuses is one plain line, whatever box it draws."""

from functools import partial

import pytest

from saccade.experiments import ConfigError, compare, evaluate
from saccade.scripts.options.refused_words import one_line, parsed
from saccade.scripts.options.sweep_options import SweepOptions
from saccade.scripts.options.train_options import TrainOptions
from saccade.scripts.word_types import registry
from saccade.scripts.words import read

HELP = "saccade x --help shows all"


@pytest.mark.parametrize("columns", ["45", "200"])
@pytest.mark.parametrize(
    ("taker", "words", "line"),
    [
        (evaluate, [], f"RUN_DIR is missing; {HELP}"),
        (evaluate, ["a", "b"], f"unknown words: b; {HELP}"),
        (evaluate, ["a", "--gmaes", "3"], f"unknown words: --gmaes, 3; perhaps you meant --games; {HELP}"),
        (evaluate, ["a", "--games"], f"missing value for argument '--games'. Expected 1 values; {HELP}"),
        (evaluate, ["-dash"], f"missing value for argument 'run'. Expected 1 values; if -dash is a path, write ./-dash; {HELP}"),
        (compare, ["a", "--kind", "foo"], f"unknown words: --kind, foo; {HELP}"),
        (
            TrainOptions,
            ["--total-timestep", "5"],
            f"unknown words: --total-timestep, 5; perhaps you meant --total-timesteps; {HELP}",
        ),
        (SweepOptions, ["a.yml", "b.yml"], f"unknown words: b.yml; {HELP}"),
    ],
)
def test_a_refusal_is_one_line(taker, words, line, columns, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", columns)
    reader = partial(parsed, registry=registry) if isinstance(taker, type) else partial(read, metavars={"run": "RUN_DIR"})
    with pytest.raises(ConfigError) as refused:
        reader(taker, words, "saccade x")
    assert str(refused.value) == line
    assert capsys.readouterr().err == ""


def test_a_wrong_choice_names_the_right_ones():
    with pytest.raises(ConfigError, match=r"^invalid choice 'foo' for argument '--wandb'. Expected one of \(.*'offline'"):
        parsed(TrainOptions, ["--wandb", "foo"], "saccade train")


def test_a_terminal_of_ascii_has_another_box():
    box = (
        " Unrecognized options  \n --------------------- \n  Unrecognized options: --bo, 3\n  -----------\n  For full helptext\n \n"
    )
    assert one_line(box, ["--bo", "3"], "saccade x") == f"unknown words: --bo, 3; {HELP}"


def test_help_is_printed_as_before(capsys):
    with pytest.raises(SystemExit) as ended:
        parsed(SweepOptions, ["--help"], "saccade x")
    assert not ended.value.code
    assert "--ray-address" in capsys.readouterr().out
