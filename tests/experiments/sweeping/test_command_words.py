"""The command line of a run says what the sweep means."""

import shlex
from pathlib import Path

import pytest
import tyro

from saccade.experiments import RunConfig
from saccade.experiments.sweeping.command_words import resume_words, shown, train_words, yaml_word
from saccade.scripts.options.train_options import TrainOptions
from saccade.scripts.train_words import read_words
from saccade.scripts.word_types import registry

OPTIONS = [
    {"env": "Catch", "agent": None, "seed": 3},
    {"env": "Catch", "eager": True, "wandb": "offline", "wandb_project": "two words", "eval_games": 0},
    {"env": "Catch", "agent": "glimpse-reinforce", "env_kwargs": {"size": 24}, "gaze": "random", "total_timesteps": 10**6},
    {"env": "Enduro", "agent": "pqn", "set": {"learning_rate": 1e-5, "policy_kwargs.net_arch": [64, 1], "max_grad_norm": 0.5}},
    {"env": "Enduro", "agent": "pqn", "set": {"learning_rate": "lin_2.5e-4", "policy_kwargs": {"hidden_width": 64}}},
    {
        "env": "Enduro",
        "agent": "dueling-dqn",
        "saliency_budget": 1e-3,
        "n_envs": 2,
        "set": {"replay_buffer_kwargs": {"n_steps": 3}},
    },
]


def parsed(words: list[str]) -> TrainOptions:
    """As ``saccade train`` reads them."""
    return tyro.cli(TrainOptions, args=read_words(words), registry=registry)


@pytest.mark.parametrize("options", OPTIONS, ids=[str(number) for number in range(len(OPTIONS))])
def test_saccade_train_reads_the_same_run(options):
    read = parsed(train_words(options, Path("sweeps/a b/run"))).config()
    assert read == RunConfig(**options, progress=False, output=Path("sweeps/a b/run"))
    assert read.fitted == RunConfig(**options).fitted


def test_saccade_train_reads_the_run_to_go_on_with():
    words = resume_words(Path("x/Enduro-pqn-0"))
    assert (parsed(words).resume, parsed(words).progress) == (Path("x/Enduro-pqn-0"), False)


@pytest.mark.parametrize("value", [1e-5, 3, True, None, "lin_1e-3", "a b", [1, 2.5], {"a": [1]}, "it's", ""])
def test_values_are_one_word_that_yaml_reads(value):
    from saccade.experiments.reading.yaml_file import yaml_value

    assert "\n" not in yaml_word(value)
    assert yaml_value(yaml_word(value)) == value


def test_the_line_can_be_pasted_into_a_shell():
    line = shown(train_words({"env": "a b", "set": {"x": [1, 2]}}, Path("out")), {"WANDB_NAME": "it's", "GONE": None})
    first, *words = shlex.split(line)
    assert first == "WANDB_NAME=it's"
    assert words == ["saccade", "train", "--env", "a b", "--set", "x=[1, 2]", "--no-progress", "--output", "out"]
