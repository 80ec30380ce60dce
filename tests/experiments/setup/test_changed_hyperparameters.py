"""``--set``: single hyperparameters, checked as strictly as a file."""

from pathlib import Path

import pytest

from saccade.experiments import ConfigError, RunConfig
from saccade.experiments.setup.values.key_values import read_key_values
from saccade.scripts.options.train_options import TrainOptions
from saccade.scripts.train_words import read_words


def test_single_values_and_nested_ones():
    config = RunConfig(env="Enduro", set={"learning_rate": 1e-3, "policy_kwargs.hidden_width": 64, "n_epochs": 3.0})
    fitted = config.fitted
    assert fitted["learning_rate"] == 1e-3
    assert fitted["policy_kwargs"] == {"hidden_width": 64}
    assert (fitted["n_epochs"], type(fitted["n_epochs"])) == (3, int)
    assert fitted["gamma"] == RunConfig(env="Enduro").fitted["gamma"]
    assert config.recorded()["set"] == dict(config.set)


def test_the_rest_of_a_nested_value_stays():
    config = RunConfig(env="Enduro", agent="dueling-dqn", set={"policy_kwargs.optimizer_kwargs.weight_decay": 0.1})
    assert config.fitted["policy_kwargs"]["optimizer_kwargs"] == {"eps": 1.5e-4, "weight_decay": 0.1}
    again = RunConfig(env="Enduro", agent="dueling-dqn").fitted["policy_kwargs"]["optimizer_kwargs"]
    assert "weight_decay" not in again


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rat": 1}, "set: pqn has no hyperparameter 'learning_rat'"),
        ({"gamma": "high"}, "set: gamma is 'high'; it must be a number"),
        ({"batch_size": 2.5}, "set: batch_size is 2.5; it must be a whole number"),
        ({"policy_kwargs.hidden": 3}, "set: policy_kwargs: DuelingCnnPolicy has no 'hidden'"),
        ({"n_envs": 4}, "set does not take n_envs, which has an option of its own: n_envs"),
        ({"n_timesteps": 4}, "of its own: total_timesteps"),
    ],
)
def test_a_mistake_is_one_line(change, message):
    with pytest.raises(ConfigError, match=message):
        RunConfig(env="Enduro", set=change)


def test_words():
    words = ["--env", "Pong", "--set", "gamma=.9", "--seed", "3", "--set=learning_rate=1e-3", "n_steps=8", "--no-progress"]
    assert read_words(words) == [
        "--env",
        "Pong",
        "--seed",
        "3",
        "--no-progress",
        "--set",
        "gamma=.9",
        "learning_rate=1e-3",
        "n_steps=8",
    ]
    assert read_words(["--env", "Pong"]) == ["--env", "Pong"]
    assert read_words(["--set"]) == ["--set"]


@pytest.mark.parametrize(
    "words", [["--learning-rate", "1e-3"], ["--learning_rate=1e-3"], ["--n-steps=8"], ["--policy-kwargs", "x"]]
)
def test_a_hyperparameter_as_an_option_says_how_to_give_it(words):
    with pytest.raises(ConfigError, match="is a hyperparameter; give it as --set "):
        read_words(words)


def test_numbers_as_people_write_them():
    read = read_key_values(["a=1e-3", "b=-2.5E+3", "c=1e", "d=digits", "e.f=[1, 2]", "g=0.5"], "set")
    assert read == {"a": 0.001, "b": -2500.0, "c": "1e", "d": "digits", "e.f": [1, 2], "g": 0.5}
    with pytest.raises(ConfigError, match="set takes words such as learning_rate=1e-3, not 'gamma'"):
        read_key_values(["gamma"], "set")


def test_a_training_needs_an_env():
    with pytest.raises(ConfigError, match="env must be given, such as Quadrant"):
        TrainOptions().config()
    with pytest.raises(ConfigError, match="n_envs is 0"):  # what else is wrong is said first
        TrainOptions(n_envs=0).config()
    assert TrainOptions(env="enduro", output=Path("x")).config().env == "Enduro"
    assert RunConfig().env == "Enduro"  # in Python as before
