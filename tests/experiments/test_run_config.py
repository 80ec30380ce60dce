"""A configuration is checked, copied and made plain when it is made."""

from pathlib import Path

import numpy as np
import pytest
import torch as th
import yaml

from saccade.experiments import ConfigError, RunConfig, read_hyperparameters, train
from saccade.experiments.run_record import RunRecord


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"env_kwargs": 5}, "env_kwargs is 5; it must be a dict of keyword arguments"),
        ({"env_kwargs": ["size=60"]}, "env_kwargs is .*; it must be a dict of keyword arguments"),
        ({"hyperparameters": 5}, "hyperparameters is 5; it must be a path or text or a dict"),
    ],
)
def test_arguments_of_another_form(values, message):
    with pytest.raises(ConfigError, match=message):
        RunConfig("Catch", **values)


def test_numbers_of_numpy_become_pythons():
    written = {**read_hyperparameters("glimpse-reinforce", env="Catch"), "gamma": np.float64(0.5), "n_envs": np.int64(4)}
    written["policy_kwargs"] = {"lstm_hidden_size": np.int64(32), "features_extractor_kwargs": {"scales": np.int32(2)}}
    config = RunConfig(
        "Catch",
        seed=np.int64(3),
        saliency_budget=np.float32(0.5),
        progress=np.bool_(True),
        env_kwargs={"size": np.int64(30)},
        hyperparameters=written,
    )
    assert (type(config.seed), type(config.saliency_budget), type(config.progress)) == (int, float, bool)
    content = yaml.safe_load(RunRecord.new(config).text())
    assert content["options"]["env_kwargs"] == content["hyperparameters"]["env_kwargs"] == {"size": 30}
    assert content["hyperparameters"]["policy_kwargs"] == {"lstm_hidden_size": 32, "features_extractor_kwargs": {"scales": 2}}
    assert content["hyperparameters"]["gamma"] == 0.5


def test_a_run_with_numbers_of_numpy_trains():
    config = RunConfig(
        "Catch", total_timesteps=np.int64(46), n_envs=2, seed=np.int64(1), eval_games=0, wandb="disabled", output=Path("run")
    )
    assert train(config).env_steps == 46
    assert yaml.safe_load(Path("run/config.yml").read_text())["options"]["seed"] == 1


@pytest.mark.parametrize("policy_kwargs", [{"activation_fn": th.nn.ReLU}, {"net_arch": [object()]}])
def test_what_a_record_cannot_keep_is_refused_at_once(policy_kwargs):
    with pytest.raises(ConfigError, match=r"policy_kwargs.* has the value .*a run takes numbers, texts, lists and dicts"):
        RunConfig(hyperparameters={**read_hyperparameters("pqn"), "policy_kwargs": policy_kwargs})


def test_a_file_may_be_named_by_a_text(tmp_path):
    (tmp_path / "own.yml").write_text(yaml.safe_dump({"atari": read_hyperparameters("pqn")}))
    config = RunConfig(output="run", hyperparameters=str(tmp_path / "own.yml"))
    assert config.output == Path("run")
    assert config == RunConfig(output=Path("run"), hyperparameters=tmp_path / "own.yml")


def test_the_fitted_hyperparameters_are_a_copy():
    config = RunConfig("Catch", env_kwargs={"size": 30})
    config.fitted["env_kwargs"]["size"] = 99
    config.fitted["policy_kwargs"].clear()
    assert config.fitted["env_kwargs"] == {"size": 30}
    assert config.fitted["policy_kwargs"]


def test_what_the_user_changes_afterwards_does_not_change_a_configuration():
    given = {"size": 30}
    config = RunConfig("Catch", env_kwargs=given)
    given["size"] = 99
    assert config.recorded()["env_kwargs"] == {"size": 30}


def test_equal_configurations_are_equal_and_have_no_hash():
    assert RunConfig("Catch", env_kwargs={"size": 30}) == RunConfig("Catch", env_kwargs={"size": 30})
    assert RunConfig() != RunConfig(seed=1)
    with pytest.raises(TypeError, match="unhashable type: 'RunConfig'"):
        hash(RunConfig())
