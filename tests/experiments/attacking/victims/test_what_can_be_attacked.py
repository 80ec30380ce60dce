"""Which canvases can be attacked."""

import pytest

from saccade.experiments import ConfigError
from saccade.experiments.attacking.victims.loaded_victims import _game


@pytest.mark.parametrize(("env", "more"), [("DigitPair", {}), ("ClutteredMNIST", {"stop": True})])
def test_things_that_are_named_in_turn_are_refused(env, more):
    with pytest.raises(ConfigError, match="named one after the other"):
        _game(env, {"dataset": "digits", **more}, "test", "cpu")
