"""Things of states: said by envs, found on screens, kept in files."""

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.vec_env import DummyVecEnv, SubprocVecEnv, VecFrameStack

from saccade.envs import GymnasiumVecEnv, make_atari
from saccade.saliency import ProbeSet, States
from saccade.saliency.objects import find_objects
from saccade.saliency.states.known_objects import SaidObjects, game_of, with_objects
from saccade.saliency.states.play import Player
from saccade.saliency.states.states import stacked_objects
from saccade.saliency.whole_file import read_npz, write_npz


def catch(count: int = 1) -> GymnasiumVecEnv:
    return GymnasiumVecEnv(gym.make_vec("saccade/Catch-v0", count, vectorization_mode="vector_entry_point", size=8))


class Odd(gym.Env):
    """An env whose ``objects`` means something else."""

    observation_space, action_space = gym.spaces.Box(0, 1, (3,)), gym.spaces.Discrete(2)
    asked = 0

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def reset(self, *, seed=None, options=None):
        return np.zeros(3, np.float32), {}

    def step(self, action):
        return np.zeros(3, np.float32), 0.0, False, False, {}

    def objects(self):
        Odd.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def odd(answer: object) -> DummyVecEnv:
    return DummyVecEnv([lambda: Odd(answer)])


def test_the_things_of_a_play_are_those_of_its_pictures():
    env = catch()
    policy = PPO("MlpPolicy", env, n_steps=4, batch_size=4).policy
    played = Player(env).record(policy, 17)  # over the end of two episodes
    assert set(played.objects) == {"ball", "paddle"}
    assert np.array_equal(played.objects["ball"] | played.objects["paddle"], played.observations[:, 0] > 0)
    some = played.some(np.array([3, 9]))
    assert np.array_equal(some.objects["ball"], played.objects["ball"][[3, 9]])


def test_a_play_without_things_does_not_ask_for_them(monkeypatch):
    env = catch()
    policy = PPO("MlpPolicy", env, n_steps=4, batch_size=4).policy
    asked: list[str] = []
    monkeypatch.setattr(SaidObjects, "now", lambda self: asked.append("now"))
    player = Player(env)
    assert player.record(policy, 3, things=False).objects is None
    assert asked == []
    player.record(policy, 3)
    assert asked == ["now"] * 3


def test_the_things_of_probes_are_those_of_their_pictures_and_are_kept_in_files(tmp_path):
    probes = ProbeSet.collect(catch(2), size=5)
    assert np.array_equal(probes.objects["ball"] | probes.objects["paddle"], probes.observations[:, 0] > 0)
    probes.save(tmp_path / "probes.npz")
    again = ProbeSet.load(tmp_path / "probes.npz")
    assert list(again.objects) == list(probes.objects)
    assert all(np.array_equal(again.objects[name], x) for name, x in probes.objects.items())
    assert again.hash == probes.hash == replace(probes, objects=None).hash  # they are what is known, not what is seen


def test_a_file_without_things_is_read_and_a_damaged_one_is_not(tmp_path):
    probes = ProbeSet.collect(catch(), size=3)
    path = tmp_path / "probes.npz"
    replace(probes, objects=None).save(path)
    assert ProbeSet.load(path).objects is None
    write_npz(path, {**read_npz(path), "objects/ball": np.zeros(3)})
    assert ProbeSet.load(path) is None


def test_things_of_an_atari_game_are_found_on_its_screen():
    env = make_atari("Pong", 1, render_mode="rgb_array", max_frames=200)
    probes = ProbeSet.collect(env, size=3)
    env.close()
    expected = find_objects("pong", probes.frames)
    assert all(np.array_equal(x, expected[name]) for name, x in probes.objects.items())
    assert probes.objects["own_paddle"].shape == (3, 210, 160)


def test_without_frames_or_finder_nothing_is_found():
    bare = States(np.zeros((2, 4, 84, 84), np.uint8))
    assert with_objects(bare, "pong") is bare
    shown = replace(bare, frames=np.zeros((2, 210, 160, 3), np.uint8))
    assert with_objects(shown, "tetris") is shown
    assert with_objects(shown, "") is shown
    assert set(with_objects(shown, "pong").objects) == set(find_objects("pong", shown.frames))
    said = replace(shown, objects={"ball": np.ones((2, 8, 8), dtype=bool)})
    assert with_objects(said, "pong") is said  # what is known stays


def test_which_game_it_is():
    ours, theirs = make_atari("Enduro", 1), make_atari_env("BreakoutNoFrameskip-v4", 1)
    other = DummyVecEnv([lambda: gym.make("CartPole-v1")])
    assert game_of(ours) == "enduro"
    assert game_of(VecFrameStack(theirs, 4)) == "breakout"
    assert game_of(other) == game_of(catch()) == ""
    for env in (ours, theirs):
        env.close()


@pytest.mark.parametrize(
    "answer", [None, ["a", "list"], {"ball": 3}, {"ball": np.zeros(3)}, {1: np.zeros((2, 2), dtype=bool)}, ValueError("not now")],
    ids=str,
)  # fmt: skip
def test_a_method_of_this_name_that_means_something_else_is_asked_once(answer):
    said = SaidObjects(odd(answer))
    Odd.asked = 0
    assert said.now() is None
    assert said.now() is None
    assert Odd.asked == 1


def test_an_env_in_another_process_says_its_things():
    env = SubprocVecEnv([lambda: gym.make("saccade.envs:saccade/Catch-v0", size=8)])
    env.reset()
    (said,) = SaidObjects(env).now()
    assert said["ball"].sum() == 1
    env.close()


@pytest.mark.parametrize("answer", [["a", "list"], ValueError("not now")], ids=str)
def test_an_odd_env_in_another_process_is_not_asked_and_goes_on(answer):
    env = SubprocVecEnv([lambda: Odd(answer)])
    env.reset()
    assert SaidObjects(env).now() is None
    assert env.step(np.array([0]))[0].shape == (1, 3)
    env.close()


def test_steps_with_other_things_are_no_whole():
    ball, paddle = {"ball": np.zeros((2, 2), dtype=bool)}, {"paddle": np.zeros((2, 2), dtype=bool)}
    assert stacked_objects([ball, ball], 2)["ball"].shape == (2, 2, 2)
    assert stacked_objects([ball, paddle], 2) is None
    assert stacked_objects([ball, None], 2) is None
    assert stacked_objects([ball], 2) is None
    assert stacked_objects([], 0) is None
