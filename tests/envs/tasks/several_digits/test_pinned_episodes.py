"""The tasks with digits play the same episodes as ever: whatever is rebuilt, a seed gives the same pictures, rewards and infos."""

import hashlib
from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch as th
from gymnasium import spaces

from saccade.envs.tasks import digits
from saccade.envs.tasks.digits import Digits
from saccade.envs.tasks.fixed_length_envs import FixedLengthVectorEnv

STEPS = 20  # over the end of several episodes, and into one that has not ended
SMALL = {"dataset": "digits", "distractors": 2, "glimpses": 4}
STOP = {**SMALL, "stop": True, "look_price": 0.125}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("ClutteredMNIST", SMALL),
    "plain, in turn": ("ClutteredMNIST", {**SMALL, "in_turn": 3, "split": "test"}),
    "plain, two digits": ("ClutteredMNIST", {**SMALL, "digits": 2, "size": 64}),
    "plain, sizes": ("TranslatedMNIST", {**SMALL, "spill": 2, "smallest": 30, "distractors": 0}),
    "stop": ("ClutteredMNIST", STOP),
    "stop, in turn": ("ClutteredMNIST", {**STOP, "in_turn": 3, "split": "test"}),
    "stop, two digits": ("ClutteredMNIST", {**STOP, "digits": 2, "size": 64}),
    "pair": ("DigitPair", {**SMALL, "size": 60, "look_price": 0.125}),
    "pair, in turn": ("DigitPair", {**SMALL, "size": 60, "in_turn": 3, "split": "test", "whole": True}),
    "sum": ("DigitSum", {**SMALL, "size": 60, "look_price": 0.125}),
    "number": ("HouseNumber", {**SMALL, "glimpses": 7, "look_price": 0.125}),
    "number, in turn": ("HouseNumber", {**SMALL, "digits": 3, "width": 90, "in_turn": 3, "split": "test", "whole": True}),
}
PINNED: dict[str, dict[str, str]] = {
    "plain": {
        "spaces and names": "71b19525cb25",
        "observations": "4862badccb80",
        "rewards": "67c75f813096",
        "infos": "10b923dac06d",
        "objects": "1d0f45db5ce4",
    },
    "plain, in turn": {
        "spaces and names": "551499c28bfb",
        "observations": "b85f8bf08068",
        "rewards": "0dde9c1f9d4c",
        "infos": "f1e94d1bbfa3",
        "objects": "6ff3d4d7883b",
    },
    "plain, two digits": {
        "spaces and names": "3c95e298580f",
        "observations": "c7b803eb9c27",
        "rewards": "ac1058031dbd",
        "infos": "cb8d9eeade60",
        "objects": "82fa68481977",
    },
    "plain, sizes": {
        "spaces and names": "71b19525cb25",
        "observations": "710a169be7a4",
        "rewards": "67c75f813096",
        "infos": "899e7d8bc011",
        "objects": "295dfbdfed6c",
    },
    "stop": {
        "spaces and names": "1a8706dd950b",
        "observations": "43c856b0ff15",
        "rewards": "07ef91cd21cd",
        "infos": "718d96a5c635",
        "objects": "1d0f45db5ce4",
    },
    "stop, in turn": {
        "spaces and names": "04ea96ab9f9c",
        "observations": "1e0b23347ebe",
        "rewards": "1968e4d167b9",
        "infos": "b203677d18aa",
        "objects": "6ff3d4d7883b",
    },
    "stop, two digits": {
        "spaces and names": "2c3dd094c018",
        "observations": "e0283946933a",
        "rewards": "18ff2152ca59",
        "infos": "5be52fd2d1c2",
        "objects": "82fa68481977",
    },
    "pair": {
        "spaces and names": "c01f28143383",
        "observations": "0f1023653ec8",
        "rewards": "7cf6c48636b2",
        "infos": "cd408f7139d4",
        "objects": "57bb86002d1d",
    },
    "pair, in turn": {
        "spaces and names": "0e0fb47f61d8",
        "observations": "2de5b65a2038",
        "rewards": "f0aec9abfcfc",
        "infos": "eb5085f477fe",
        "objects": "6f162bc9ac76",
    },
    "sum": {
        "spaces and names": "5bdb32071f29",
        "observations": "dcd7322197b6",
        "rewards": "18ff2152ca59",
        "infos": "391d3bdaa9a6",
        "objects": "57bb86002d1d",
    },
    "number": {
        "spaces and names": "dc4b6071d00c",
        "observations": "eaf76954bf28",
        "rewards": "7a2924833d24",
        "infos": "6c47388c3e12",
        "objects": "d84a3a3e37a3",
    },
    "number, in turn": {
        "spaces and names": "b776e33930fa",
        "observations": "c67188c9ff4d",
        "rewards": "13b944417f66",
        "infos": "be733d5ce854",
        "objects": "3ef50b2fdb69",
    },
}


@pytest.fixture(autouse=True)
def _made_up_digits(monkeypatch):
    """60 digits of whole numbers alone, since those of scikit-learn are enlarged in floats, by torch."""
    numbers = th.arange(60 * 28 * 28).view(60, 28, 28) * 7919 % 1009
    made = Digits(th.where(numbers % 3 == 0, numbers % 256, 0).to(th.uint8), th.arange(60) * 7 % 10)
    monkeypatch.setattr(digits, "_bundled", lambda: made)


def chosen_actions(env: FixedLengthVectorEnv, info: Mapping[str, np.ndarray], step: int) -> np.ndarray:
    """Right answers, wrong ones and, where there is such an action, "not yet", in turns that differ from copy to copy."""
    copies, count = np.arange(env.num_envs), int(env.single_action_space.n)
    right = info.get("answer", info.get("label", copies))
    return np.where((copies + step) % 3 == 0, right % count, np.where((copies + step) % 3 == 1, count - 1, (copies + step) % count))


def parts_of(env: FixedLengthVectorEnv) -> dict[str, str]:
    """What some episodes show and tell, a digest for each part."""
    shown: dict[str, list[str]] = {name: [] for name in ("observations", "rewards", "infos", "objects")}

    def keep(observations: Any, info: Mapping[str, Any]) -> None:
        shown["observations"].append(_text(observations))
        shown["infos"].append(_text(info))
        shown["objects"].append(_text(env.objects()))

    observations, info = env.reset(seed=11)
    keep(observations, info)
    for step in range(STEPS):
        observations, rewards, *ended, info = env.step(chosen_actions(env, info, step))
        shown["rewards"].append(_text([rewards, *ended]))
        keep(observations, info)
    counts = [env.single_action_space.n, env.not_yet, env.n_items, env.episode_length]
    spaces_and_names = [_space(env.single_observation_space), *map(str, counts), *env.get_action_meanings()]
    known = {"spaces and names": spaces_and_names, **shown}
    return {name: hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12] for name, lines in known.items()}


def _space(space: gym.Space) -> str:
    if isinstance(space, spaces.Dict):
        return ", ".join(f"{name}: {_space(each)}" for name, each in space.items())
    return f"{space.dtype} {space.shape} from {space.low.min()} to {space.high.max()}"


def _text(value: Any) -> str:
    """All that there is to see of arrays in dicts and lists, in their order."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_text(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    return f"{value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}"


def made(case: str) -> FixedLengthVectorEnv:
    name, arguments = CASES[case]
    return gym.make_vec(f"saccade/{name}-v0", num_envs=6, **arguments)


@pytest.mark.parametrize("case", CASES)
def test_episodes_are_those_that_they_were(case):
    assert parts_of(made(case)) == PINNED[case]


@pytest.mark.parametrize("case", CASES)
def test_a_state_that_was_saved_goes_on_as_it_was(case):
    env, other = made(case), made(case)
    _, info = env.reset(seed=3)
    for step in range(6):
        *_, info = env.step(chosen_actions(env, info, step))
    other.restore_state(env.save_state())
    for step in range(6, 12):
        actions = chosen_actions(env, info, step)
        *seen, info = env.step(actions)
        assert _text([*seen, info]) == _text(other.step(actions))
