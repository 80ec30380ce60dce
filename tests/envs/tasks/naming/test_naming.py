"""Naming things in turn, by hand: what is asked, what is earned, what is told."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th

from saccade.envs.tasks.fixed_length_game import NO_ANSWER
from saccade.envs.tasks.naming.naming import Naming

NOT_YET = 3  # of three answers
THINGS = [[1, 2], [0, NO_ANSWER], [2, 2]]  # three envs


def begun(**arguments) -> Naming:
    naming = Naming(classes=3, most=2, length=4, **arguments)
    naming.begin(th.tensor(THINGS))
    return naming


def played(naming: Naming, *steps: list[int]) -> list[list[float]]:
    return [naming.play(th.tensor(actions)).tolist() for actions in steps]


def test_an_episode_by_hand():
    naming = begun()
    assert naming.asked().tolist() == [1, 0, 2]
    # Right; wait; wrong. Then wait; right; right, but after a mistake. Then wrong; nothing is asked; nothing is asked.
    rewards = played(naming, [1, NOT_YET, 0], [NOT_YET, 0, 2], [0, 2, 2], [2, 1, NOT_YET])
    assert rewards == [[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]]
    info = {name: x.tolist() for name, x in naming.info().items()}
    assert info == {"answer": [-1, -1, -1], "things": [2, 1, 2], "named": [2, 1, 2], "right": [1, 1, 1], "looks": [3, 2, 2]}


def test_the_next_thing_is_asked_whatever_was_said():
    naming = begun()
    played(naming, [0, 1, NOT_YET])
    assert naming.asked().tolist() == [2, NO_ANSWER, 2]


def test_things_without_an_answer_stay_asked_to_the_end():
    naming = begun()
    played(naming, *[[NOT_YET] * 3] * 4)
    info = naming.info()
    assert info["answer"].tolist() == [1, 0, 2]
    assert info["named"].tolist() == [0, 0, 0]
    assert info["looks"].tolist() == [4, 4, 4]


def test_every_look_up_to_the_last_answer_has_its_price():
    naming = begun(look_price=0.25)
    rewards = played(naming, [1, 0, 0], [2, NOT_YET, NOT_YET], [NOT_YET] * 3)
    assert rewards == [[0.75, 0.75, -0.25], [0.75, 0, -0.25], [0, 0, -0.25]]


def test_one_reward_for_all_things():
    naming = begun(whole=True)
    rewards = played(naming, [1, 0, 2], [2, NOT_YET, 1], [NOT_YET] * 3)
    assert rewards == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]


def test_progress_by_hand():
    naming = begun()
    assert naming.progress().tolist() == [[1, 0, 0, 1]] * 3
    played(naming, [1, 0, NOT_YET])
    assert naming.progress().tolist() == [[0, 1, 0, 0.75], [0, 1, 0, 0.75], [1, 0, 0, 0.75]]


def test_rewards_against_a_plain_loop():
    rng = np.random.default_rng(0)
    things = [[int(x) for x in rng.integers(0, 3, rng.integers(1, 4))] for _ in range(40)]
    actions = rng.integers(0, 4, (6, 40))
    naming = Naming(classes=3, most=3, length=6)
    naming.begin(th.tensor([row + [NO_ANSWER] * (3 - len(row)) for row in things]))
    found = np.array(played(naming, *actions.tolist()))
    for i, left in enumerate(things):
        left, faultless = list(left), True
        for t in range(6):
            expected = 0
            if left and actions[t, i] != NOT_YET:
                right = left.pop(0) == actions[t, i]
                faultless = faultless and right
                expected = int(right and faultless)
            assert found[t, i] == expected


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("DigitPair", {"glimpses": 1}, "glimpses is 1; an episode needs at least 2"),
        ("HouseNumber", {"glimpses": 5}, "glimpses is 5; an episode needs at least 6"),
        ("DigitSum", {"look_price": -0.1}, "look_price is -0.1; it must be a finite number of at least 0"),
        ("DigitSum", {"look_price": float("nan")}, "look_price is nan"),
        ("ClutteredMNIST", {"look_price": 0.1}, "look_price needs stop=True"),
        ("HouseNumber", {"digits": 6}, "digits is 6; it must be from 1 to 5"),
        ("HouseNumber", {"width": 50}, "the canvas has 110x50 pixels; a number of 5 digits needs 20x59"),
        ("HouseNumber", {"height": 15}, "the canvas has 15x110 pixels"),
        ("HouseNumber", {"distractors": -1}, "distractors is -1"),
        ("DigitPair", {"size": 55}, "2 digits of 28x28 pixels side by side need 56"),
    ],
)
def test_what_is_refused(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        gym.make(f"saccade/{name}-v0", dataset="digits", **arguments)
