"""The suite's own envs: checkers, vector envs against single envs, seeds, episodes, answers and rewards."""

import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env as gymnasium_check
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from stable_baselines3.common.env_checker import check_env as sb3_check
from vec_env_contract import assert_contract

from saccade.envs import GazeWrapper, GymnasiumVecEnv
from saccade.envs.tasks.catch import Catch
from saccade.envs.tasks.fixed_length_envs import FixedLengthEnv

DIGITS = {"dataset": "digits"}
# Warnings that the checkers give for our correct envs: they are wrapped, images may be small, and an action contains an index.
MEANT = ("is different from the unwrapped version", "minimal resolution for an image", "symmetric and normalized")
IDS = {
    "saccade/ClutteredMNIST-v0": DIGITS,
    "saccade/TranslatedMNIST-v0": DIGITS,
    "saccade/DigitPair-v0": DIGITS,
    "saccade/DigitSum-v0": DIGITS,
    "saccade/HouseNumber-v0": DIGITS,
    "saccade/Catch-v0": {},
    "saccade/CopyRecall-v0": {},
    "saccade/Quadrant-v0": {},
    "saccade/Reorder-v0": {},
}
GAZES = [None, {}, {"tiles": 3}]
STOPS = {**DIGITS, "stop": True, "look_price": 0.01}  # the agent says when it has seen enough
CHECKED = [*IDS.items(), ("saccade/ClutteredMNIST-v0", STOPS), ("saccade/TranslatedMNIST-v0", STOPS)]


@pytest.mark.parametrize(
    ("name", "arguments", "wrapped"),
    [
        (name, arguments, wrapped)
        for name, arguments in CHECKED
        for wrapped in GAZES
        if wrapped is None or "Reorder" not in name  # a gaze needs images
    ],
)
def test_envs_pass_the_checkers_of_gymnasium_and_sb3(name, arguments, wrapped):
    env = gym.make(name, **arguments)
    if wrapped is not None:
        env = GazeWrapper(env, **wrapped)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        gymnasium_check(env, skip_render_check=True)
        sb3_check(env)
    unexpected = [str(warning.message) for warning in heard if not any(known in str(warning.message) for known in MEANT)]
    assert not unexpected


class WrongObservations(FixedLengthEnv):
    """Its observations are not in its space."""

    def _observation(self):
        return super()._observation().astype(np.int32) + 300


@pytest.mark.filterwarnings("ignore:The minimal resolution for an image")  # SB3's advice for CnnPolicy
def test_sb3s_checker_finds_a_wrong_observation():
    with pytest.raises(AssertionError, match="observation"):
        sb3_check(WrongObservations(Catch()))


def test_ids_with_a_module_need_no_import():
    assert gym.make("saccade.envs:saccade/Catch-v0").observation_space.shape == (1, 24, 24)
    assert gym.make_vec("saccade.envs:saccade/ClutteredMNIST-v0", num_envs=3, **DIGITS).observation_space.shape == (3, 1, 60, 60)


@pytest.mark.parametrize("name", IDS)
def test_vector_env_plays_as_single_envs_for_any_number_of_envs(name):
    choices = 2 if "Quadrant" in name else 3  # of the actions

    def image_of(seen):
        return seen["image"] if isinstance(seen, dict) else seen

    def episodes(n_envs):
        env = gym.make_vec(name, num_envs=n_envs, **IDS[name])
        seen = [image_of(env.reset(seed=5)[0])]
        for t in range(60):
            seen.append(image_of(env.step(np.full(n_envs, t % choices))[0]))
        return np.stack(seen)

    many, few = episodes(7), episodes(2)
    assert (many[:, :2] == few).all()
    for i in (0, 6):
        env = gym.make(name, disable_env_checker=True, **IDS[name])
        seen = [image_of(env.reset(seed=5 + i)[0])]
        for t in range(60):
            image, _, ended, _, _ = env.step(t % choices)
            seen.append(image_of(env.reset()[0] if ended else image))
        assert (np.stack(seen) == many[:, i]).all()
    assert len({many[:, i].tobytes() for i in range(7)}) == 7


@pytest.mark.parametrize("name", ["saccade/ClutteredMNIST-v0", "saccade/Catch-v0"])
def test_tasks_work_in_gymnasium_vec_env(name):
    env = GymnasiumVecEnv(RecordEpisodeStatistics(gym.make_vec(name, num_envs=4, **IDS[name])))
    assert_contract(env)
    env.seed(0)
    env.reset()
    length = env.get_attr("game")[0].length
    for t in range(2 * length):
        _, rewards, dones, infos = env.step(np.zeros(4, dtype=np.int64))
        assert dones.all() == dones.any() == (t % length == length - 1)
        if dones.any():
            assert [info["episode"]["l"] for info in infos] == [length] * 4
            assert [info["episode"]["r"] for info in infos] == rewards.tolist()


def test_the_last_action_is_the_answer():
    env = gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=10, glimpses=3, **DIGITS)
    image, info = env.reset(seed=0)
    for _ in range(5):
        labels, first = info["label"], image
        for t in range(3):
            answers = labels.copy()
            answers[5:] = (answers[5:] + 1) % 10 if t == 2 else answers[5:]  # half of them are wrong at the last step
            image, rewards, terminated, truncated, info = env.step(answers)
            assert not truncated.any()
            assert terminated.all() == (t == 2)
            assert rewards.tolist() == ([1.0] * 5 + [0.0] * 5 if t == 2 else [0.0] * 10)
            assert t == 2 or (image == first).all()
        assert (info["final_obs"] == first).all()
        assert (info["final_info"]["label"] == labels).all()
        assert not (image == first).all()


def test_digits_in_turn_come_equally_often():
    env = gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=50, split="test", in_turn=50, glimpses=1, **DIGITS)
    _, info = env.reset(seed=3)
    labels, images = [], []
    for _ in range(15):
        labels.append(info["label"].copy())
        *_, info = env.step(np.zeros(50, dtype=int))
        images.append(info["final_obs"])
    game = env.game
    count = len(game.canvas.labels)  # 359
    assert np.concatenate(labels).tolist() == [game.canvas.labels[(3 + i) % count].item() for i in range(750)]
    assert len({image.tobytes() for image in np.concatenate(images)}) == 750  # all canvases differ


def test_copies_share_their_episodes():
    env = gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=6, copies=3, **DIGITS)
    images, _ = env.reset(seed=0)
    assert (images[:3] == images[:1]).all()
    assert (images[3:] == images[3:4]).all()
    assert not (images[0] == images[3]).all()


def test_changing_an_observation_does_not_change_the_game():
    env = gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=2, **DIGITS)
    images, info = env.reset(seed=0)
    kept = images.copy()
    images[:] = 0
    info["label"][:] = 3
    assert (env.game.labels != 3).any()
    assert (env.step(np.zeros(2, dtype=int))[0] == kept).all()


@pytest.mark.parametrize("seeds", [[1, 2], [1, 2, 3, 4]])
def test_a_wrong_number_of_seeds_is_refused(seeds):
    env = gym.make_vec("saccade/Catch-v0", num_envs=3)
    with pytest.raises(ValueError, match="seeds for 3 envs"):
        env.reset(seed=seeds)


@pytest.mark.parametrize("task", ["Catch", "CopyRecall"])
def test_seeds_of_any_size_are_taken(task):
    """As gymnasium takes them: it has no largest seed."""
    one, several = gym.make(f"saccade/{task}-v0"), gym.make_vec(f"saccade/{task}-v0", num_envs=2)
    images, _ = several.reset(seed=2**63 - 1)
    for i, seed in enumerate((2**63 - 1, 2**63)):
        assert (one.reset(seed=seed)[0] == images[i]).all()
    for seeds in ([2**63 - 1, 2**63], (2**63 - 1, 2**63), np.array([2**63 - 1, 2**63], np.uint64), np.int64(2**63 - 1)):
        assert (several.unwrapped.reset(seed=seeds)[0] == images).all()
    one.reset(seed=2**70 + 9)


def test_unseeded_envs_differ_and_a_reset_starts_the_next_episode():
    first, second = (gym.make_vec("saccade/Catch-v0", num_envs=5) for _ in range(2))
    assert not (first.reset()[0] == second.reset()[0]).all()
    env = gym.make("saccade/ClutteredMNIST-v0", **DIGITS)
    image, _ = env.reset(seed=1)
    other, _ = env.reset()
    assert not (image == other).all()
    assert (env.reset(seed=1)[0] == image).all()


@pytest.mark.parametrize(
    "arguments",
    [
        {"glimpses": 0},
        {"glimpses": 2.5},
        {"size": True},
        {"digits": 4},
        {"size": 20},
        {"in_turn": 0},
        {"dataset": "letters"},
    ],
)
def test_arguments_out_of_range_are_refused(arguments):
    with pytest.raises(ValueError, match=r"must|needs|need"):
        gym.make("saccade/ClutteredMNIST-v0", **{**DIGITS, **arguments})


def test_steps_before_reset_and_invalid_actions_are_refused():
    env = gym.make_vec("saccade/Catch-v0", num_envs=2)
    with pytest.raises(gym.error.ResetNeeded):
        env.step(np.zeros(2, dtype=int))
    env.reset(seed=0)
    for actions in (np.array([0, 3]), np.array([-1, 0]), np.array([0.5, 1.0]), np.array([0])):
        with pytest.raises(ValueError, match="integers from 0 to 2"):
            env.step(actions)
