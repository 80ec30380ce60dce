"""What config.yml and a checkpoint both say of returns is one number."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from saccade.experiments import RunFolderError
from saccade.experiments.resuming.continuing import check_same_returns

FILE = Path("run/config.yml")


def test_the_same_numbers_pass():
    check_same_returns(SimpleNamespace(gamma=0.99, q_lambda=1.0), {"gamma": 0.99, "q_lambda": 1}, FILE)
    check_same_returns(SimpleNamespace(), {"gamma": 0.99}, FILE)
    check_same_returns(SimpleNamespace(gamma=0.9), {}, FILE)


@pytest.mark.parametrize("name", ["gae_lambda", "gamma", "q_lambda"])
def test_an_edited_number_is_refused(name):
    with pytest.raises(
        RunFolderError, match=rf"config\.yml has {name} 0\.5, but the checkpoint was trained with 0\.9; put that back"
    ):
        check_same_returns(SimpleNamespace(**{name: 0.9}), {name: 0.5}, FILE)
