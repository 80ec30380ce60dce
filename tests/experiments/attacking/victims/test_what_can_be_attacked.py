"""Which canvases can be attacked, and what a kind of network is called."""

import pytest

from saccade.experiments import ConfigError
from saccade.experiments.attacking.victims.loaded_victims import _game, kind_of_network


@pytest.mark.parametrize(("env", "more"), [("DigitPair", {}), ("ClutteredMNIST", {"stop": True})])
def test_things_that_are_named_in_turn_are_refused(env, more):
    with pytest.raises(ConfigError, match="named one after the other"):
        _game(env, {"dataset": "digits", **more}, "test", "cpu")


def test_kinds_of_networks_on_the_whole_canvas():
    given = ({}, {"network": "cnn", "blur": 0.0}, {"blur": 2.0}, {"blur": 1.5, "network": "cnn"}, {"network": "soft", "blur": 0})
    assert [kind_of_network(about) for about in given] == ["cnn", "cnn", "cnn, blur 2", "cnn, blur 1.5", "soft"]
