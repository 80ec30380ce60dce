"""Errors cross from one process to another, as those of Optuna's or joblib's workers do."""

import pickle
from pathlib import Path

import pytest

from saccade import experiments
from saccade.experiments import ConfigError, DivergedError
from saccade.saliency import errors as of_saliency


def raised() -> list[Exception]:
    """One of every public class, in the same order in each process: the tests run in two."""
    public = [vars(module)[name] for module in (experiments, of_saliency) for name in vars(module)]
    found = {one for one in public if isinstance(one, type) and issubclass(one, Exception) and one is not DivergedError}
    classes = sorted(found, key=lambda one: one.__name__)
    plain = [one("what is wrong") for one in classes]
    options = [one("is 0", option="n_envs") for one in classes if issubclass(one, ConfigError)]
    diverged = [DivergedError("the loss is nan", checkpoint) for checkpoint in (Path("step_5.zip"), None)]
    return [*plain, *options, *diverged]


@pytest.mark.parametrize("error", raised(), ids=lambda error: f"{type(error).__name__}-{error}")
def test_errors_survive_pickle(error):
    read = pickle.loads(pickle.dumps(error))
    assert type(read) is type(error)
    assert str(read) == str(error)
    assert vars(read) == vars(error)
