"""Which digits are on canvases, from infos."""

import numpy as np
import pytest

from saccade.experiments.scoring.error_rate import error_figures
from saccade.experiments.scoring.games import play_in_turn
from saccade.experiments.scoring.shown_digits import shown_digits
from saccade.experiments.setup.gazes.gaze_envs import make_gaze_env


def test_of_infos():
    assert shown_digits([{"item": 3}, {"item": 5}]).tolist() == [3, 5]
    assert shown_digits([{"item_1": 3, "item_2": 4}, {"item_1": 5, "item_2": -1}]).tolist() == [[3, 4], [5, -1]]
    assert shown_digits([{"label": 3}]) is None
    assert shown_digits([]) is None


def test_figures_of_several_digits():
    found = error_figures(np.array([1.0, 1.0, 0.0, 0.0]), np.array([[7, 8], [8, 9], [5, -1], [5, 6]]))
    assert found["digits"] == 5
    assert found["standard_error"] == pytest.approx(100 * 2**0.5 / 4)  # by hand in test_clusters.py


class Silent:
    """Never answers."""

    def __init__(self, not_yet):
        self.not_yet = not_yet

    def predict(self, obs, state=None, episode_start=None, deterministic=False):
        return np.tile(np.array([self.not_yet, 0, 0], dtype=np.float32), (len(obs["gaze"]), 1)), None


@pytest.mark.parametrize(
    ("name", "arguments", "digits"),
    [
        ("DigitPair", {"size": 56}, 2),
        ("DigitSum", {"size": 56}, 2),
        ("HouseNumber", {"height": 30, "width": 60}, 5),
        ("ClutteredMNIST", {"size": 56, "digits": 2}, 2),
    ],
)
def test_an_agent_is_told_all_digits_of_each_episode(name, arguments, digits):
    """The first ones come in turn where an env has such an argument."""
    given = {"dataset": "digits", "glimpses": 7, "distractors": 0, **arguments}
    env = make_gaze_env(name, 50, 0, given, {}, evaluation=True, split="test")
    env.seed(0)
    returns, shown = play_in_turn(Silent(0 if name == "ClutteredMNIST" else env.get_attr("not_yet")[0]), env, 120)
    assert returns.shape == (120,)
    assert shown.shape == (120, digits)
    if name != "ClutteredMNIST":
        assert shown[:, 0].tolist() == list(range(120))
    assert shown.max() < env.get_attr("n_items")[0]
    assert (shown == -1).any() == (name == "HouseNumber")
