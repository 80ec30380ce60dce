"""What is known of states fits together, or a line says what does not."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.dqn.policies import DQNPolicy

from saccade.saliency import ObservationError, States, explain
from saccade.saliency.states.masks import mask_width

SIGHT = spaces.Box(-1, 1, (4,), np.float32)
OBS = np.random.default_rng(0).uniform(-1, 1, (6, 4)).astype(np.float32)


def dqn() -> DQNPolicy:
    return DQNPolicy(SIGHT, spaces.Discrete(3), lambda _: 0.0)


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"games": np.arange(3)}, "games of the states has 3 entries for 6 states; it must have one for each"),
        ({"games": list("aabbcc")}, "games of the states are <U1, .*whole numbers"),
        ({"games": np.ones(6)}, "games of the states are float64"),
        ({"phases": np.zeros(5)}, "phases of the states has 5 entries"),
        ({"starts": True}, "starts of the states has no entries"),
        ({"objects": {"car": np.zeros((2, 1, 4), bool)}}, r"objects\['car'\] of the states has 2 entries"),
    ],
)
def test_parts_that_do_not_fit_are_refused(known, words):
    with pytest.raises(ObservationError, match=words):
        explain(dqn(), States(OBS, **known), trust=False)


def test_masks_are_taken_as_envs_give_them_and_refused_if_they_are_of_other_actions():
    policy = MaskableActorCriticPolicy(SIGHT, spaces.Discrete(3), lambda _: 0.0)
    marks = [[True, False, True]] * 6
    maps = [explain(policy, States(OBS, masks=x), trust=False).maps for x in (marks, np.array(marks), th.tensor(marks))]
    for key in maps[0]:
        assert all(np.array_equal(each[key], maps[0][key]) for each in maps)
    with pytest.raises(ObservationError, match=r"masks of the states are for 4 actions, but Discrete\(3\) needs 3"):
        explain(policy, States(OBS, masks=np.ones((6, 4), bool)), trust=False)


def test_mask_width_counts_all_actions():
    assert mask_width(spaces.Discrete(3)) == 3
    assert mask_width(spaces.MultiDiscrete([3, 4])) == 7
    assert mask_width(spaces.MultiBinary(5)) == 10


def test_one_name_of_a_head_and_of_a_method_is_enough():
    one, several = explain(dqn(), OBS, "q", "jacobian", trust=False), explain(dqn(), OBS, ["q"], ["jacobian"], trust=False)
    assert list(one.maps) == list(several.maps)
