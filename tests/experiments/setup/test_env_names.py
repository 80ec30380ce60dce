import pytest

from saccade.experiments.setup.env_names import canonical_name, gaze_task, is_atari, short_name, task_id


@pytest.mark.parametrize(
    ("spellings", "name"),
    [
        (("Enduro", "ALE/Enduro-v5", "EnduroNoFrameskip-v4"), "enduro"),
        (("catch", "saccade/Catch-v0", "saccade.envs:saccade/Catch-v0"), "saccade/Catch-v0"),
        (("CartPole-v1",), "CartPole-v1"),
        (("Endurro",), "Endurro"),
    ],
)
def test_one_name_for_all_spellings(spellings, name):
    assert {canonical_name(spelling) for spelling in spellings} == {name}


@pytest.mark.parametrize(
    "name", ["ClutteredMNIST", "clutteredmnist", "saccade/ClutteredMNIST-v0", "saccade.envs:saccade/ClutteredMNIST-v0"]
)
def test_names_of_tasks(name):
    assert task_id(name) == "saccade/ClutteredMNIST-v0"
    assert not is_atari(name)


def test_other_names_are_no_tasks():
    assert [task_id(name) for name in ("Enduro", "ALE/Pong-v5", "CartPole-v1", "saccade/Nothing-v0")] == [None] * 4


@pytest.mark.parametrize(
    ("spelling", "shown"),
    [
        ("enduro", "Enduro"),
        ("ALE/Enduro-v5", "Enduro"),
        ("EnduroNoFrameskip-v4", "Enduro"),
        ("ms_pacman", "MsPacman"),
        ("saccade.envs:saccade/Catch-v0", "Catch"),
        ("cluttered-mnist", "cluttered-mnist"),
        ("CartPole-v1", "CartPole-v1"),
        ("mine:Own-v0", "mine:Own-v0"),
        ("Endurro", "Endurro"),
    ],
)
def test_one_name_is_shown_for_all_spellings(spelling, shown):
    assert short_name(spelling) == shown


def test_which_tasks_are_for_agents_with_a_gaze():
    assert gaze_task("Catch") == "saccade/Catch-v0"
    assert [gaze_task(name) for name in ("Quadrant", "Enduro", "CartPole-v1")] == [None] * 3
    assert task_id("quadrant") == "saccade/Quadrant-v0"
