import pytest

from saccade.experiments.setup.env_names import canonical_name, is_atari, task_id


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
