"""Gaze as an action: split of actions, moves, first gazes, seeds, forced gazes, refused input, Atari."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from vec_env_contract import assert_contract

from saccade.envs import GazeWrapper, GymnasiumVecEnv, VectorGazeWrapper
from saccade.envs.gaze import Gaze
from saccade.envs.gazes.tiles import tile_centers

IMAGE = spaces.Box(0, 255, (1, 20, 30), np.uint8)
DIGITS = {"dataset": "digits"}


def gaze(actions=4, **arguments) -> Gaze:
    made = Gaze(spaces.Discrete(actions), IMAGE, **{"first": "center", **arguments})
    made.seed(np.arange(3))
    return made


def cluttered(**arguments):
    return gym.make_vec("saccade/ClutteredMNIST-v0", num_envs=3, **DIGITS, **arguments)


def test_tile_centers_by_hand():
    assert tile_centers(1, 1).tolist() == [[0, 0]]
    assert tile_centers(2, 4).tolist() == [
        [-0.75, -0.5],
        [-0.25, -0.5],
        [0.25, -0.5],
        [0.75, -0.5],
        [-0.75, 0.5],
        [-0.25, 0.5],
        [0.25, 0.5],
        [0.75, 0.5],
    ]


def test_observation_and_action_spaces():
    assert gaze().action_space == spaces.Box(np.float32([0, -1, -1]), np.float32([3, 1, 1]))
    assert gaze(tiles=5).action_space == spaces.MultiDiscrete([4, 25])
    assert gaze(tiles=(2, 3)).action_space == spaces.MultiDiscrete([4, 6])
    assert gaze().observation_space["gaze"] == spaces.Box(-1, 1, (2,), np.float32)


def test_absolute_and_relative_gazes_by_hand():
    absolute, relative = gaze(), gaze(relative=True)
    for target, expected in (([0.5, -0.25], [0.5, -0.25]), ([0.75, 0.5], [1.0, 0.25]), ([-1, 0], [0.0, 0.25])):
        targets = np.tile(np.float32(target), (3, 1))
        absolute.move(targets)
        relative.move(targets)
        assert (absolute.points == targets).all()
        assert np.allclose(relative.points, expected)


def test_a_gaze_stays_within_its_bound():
    """A chosen, a moved, a random and a forced one. Of 5x5 tiles the nine about the middle are left, numbered row by row."""
    near = gaze(tiles=5, within=0.5)
    assert near.action_space == spaces.MultiDiscrete([4, 9])
    _, places = near.split(np.array([[0, 0], [1, 4], [2, 8]]))
    assert np.allclose(places, [[-0.4, -0.4], [0, 0], [0.4, 0.4]])
    with pytest.raises(ValueError, match="tile below 9"):
        near.split(np.array([[0, 9]] * 3))
    far = np.full((3, 2), 0.9, np.float32)
    for bounded in (gaze(within=0.5), gaze(relative=True, within=0.5), gaze(relative=True, tiles=3, within=0.5)):
        bounded.move(far)
        assert np.allclose(bounded.points, 0.5)
    assert gaze(relative=True, tiles=3, within=0.5).action_space == spaces.MultiDiscrete([4, 9])  # moves, none is left out
    wandering = gaze(forced="random", within=0.5)
    forced = Gaze(spaces.Discrete(4), IMAGE, forced=lambda images: np.ones((len(images), 2)), within=0.5)
    seen = np.zeros((3, *IMAGE.shape), np.uint8)
    forced.seed(np.arange(3), seen)
    assert (forced.points == 0.5).all()
    for _ in range(50):
        wandering.move(far)
        assert np.abs(wandering.points).max() <= 0.5
    assert np.abs(gaze(within=0.5, first="random").points).max() <= 0.5


def test_split_of_actions_by_hand():
    doing, looking = gaze().split(np.float32([[0, -1, 1], [2.4, 0.5, 0], [3, 0, 0]]))
    assert doing.tolist() == [0, 2, 3]
    assert looking.tolist() == [[-1, 1], [0.5, 0], [0, 0]]
    doing, looking = gaze(tiles=(1, 2)).split(np.array([[1, 0], [3, 1]]))
    assert doing.tolist() == [1, 3]
    assert looking.tolist() == [[-0.5, 0], [0.5, 0]]
    shifted = Gaze(spaces.Discrete(3, start=-1), IMAGE)
    assert shifted.split(np.float32([[0, 0, 0], [2, 0, 0]]))[0].tolist() == [-1, 1]


@pytest.mark.parametrize(
    "action",
    [
        [0, np.nan, 0],
        [0, 0, np.inf],
        [0, 1.01, 0],
        [0, 0, -2],
        [4, 0, 0],
        [-1, 0, 0],
        [np.nan, 0, 0],
    ],
)
def test_invalid_continuous_actions_are_refused(action):
    made = gaze()
    with pytest.raises(ValueError, match=r"from -1 to 1|index from 0 to 3"):
        made.split(np.float32([action]))
    assert not made.points.any()


@pytest.mark.parametrize("actions", [[[0, 6]], [[4, 0]], [[-1, 0]], [[0.5, 1.0]], [[0, 1, 2]], [0, 1]])
def test_invalid_tile_actions_are_refused(actions):
    with pytest.raises(ValueError, match="actions"):
        gaze(tiles=(2, 3)).split(np.array(actions))


@pytest.mark.parametrize(
    "arguments",
    [
        {"tiles": 0},
        {"tiles": 21},
        {"tiles": (20, 31)},
        {"first": "left"},
        {"first": (0, 2)},
        {"first": (0, float("nan"))},
        {"first": 3},
        {"first": np.array([1, 2, 3])},
        {"tiles": 2.5},
        {"tiles": "4"},
        {"tiles": (2,)},
        {"tiles": (2.0, 2.0)},
        {"forced": "top"},
        {"forced": "11"},
        {"forced": (0.0, 1.5)},
        {"forced": [0.0]},
        {"forced": 0.5},
        {"within": 0.5, "forced": (0.0, 0.6)},
        {"tiles": 3, "taught": "center"},
        {"reach": 0},
        {"reach": 1.5},
        {"tiles": (2, 2), "reach": 0.4},
        {"within": 0},
        {"within": 1.5},
        {"tiles": (2, 2), "within": 0.4},
        {"within": 0.5, "first": (0.0, 0.6)},
    ],
)
def test_arguments_out_of_range_are_refused(arguments):
    with pytest.raises(ValueError, match="must be"):
        gaze(**arguments)


def test_unsuitable_envs_are_refused():
    with pytest.raises(TypeError, match="Discrete actions"):
        GazeWrapper(gym.make("Pendulum-v1"))
    with pytest.raises(TypeError, match="three axes"):
        GazeWrapper(gym.make("CartPole-v1"))
    with pytest.raises(ValueError, match="SAME_STEP"):
        VectorGazeWrapper(
            gym.make_vec(
                "CartPole-v1", num_envs=2, vectorization_mode="sync", vector_kwargs={"autoreset_mode": AutoresetMode.NEXT_STEP}
            )
        )


def test_tiles_fit_channels_last_images():
    tall = spaces.Box(0, 255, (40, 10, 3), np.uint8)
    Gaze(spaces.Discrete(2), tall, tiles=(40, 10))
    with pytest.raises(ValueError, match="at most 40x10"):
        Gaze(spaces.Discrete(2), tall, tiles=(10, 40))


@pytest.mark.parametrize(
    "arguments", [{}, {"tiles": 4}, {"relative": True}, {"forced": "random"}, {"first": (0.5, -0.5)}, {"within": 0.3}]
)
def test_vector_wrapper_plays_as_single_wrappers(arguments):
    vector = VectorGazeWrapper(cluttered(glimpses=3), **arguments)
    actions = vector.action_space
    actions.seed(0)
    taken = [actions.sample() for _ in range(10)]
    seen = [vector.reset(seed=4)[0]]
    ends = []
    for action in taken:
        obs, _, ended, _, info = vector.step(action)
        seen.append(obs)
        ends.append(info["final_obs"] if ended.all() else None)
    for i in range(3):
        single = GazeWrapper(gym.make("saccade/ClutteredMNIST-v0", glimpses=3, **DIGITS), **arguments)
        obs, _ = single.reset(seed=4 + i)
        for t, action in enumerate(taken):
            assert (obs["gaze"] == seen[t]["gaze"][i]).all()
            assert (obs["image"] == seen[t]["image"][i]).all()
            obs, _, ended, _, _ = single.step(action[i])
            if ended:
                assert (obs["gaze"] == ends[t]["gaze"][i]).all()
                obs, _ = single.reset()


def test_numpy_numbers_are_accepted():
    assert gaze(tiles=np.int64(4)).action_space == gaze(tiles=4).action_space
    assert gaze(first=np.array([0.5, 0.25])).points.tolist() == [[0.5, 0.25]] * 3


def test_first_gaze_of_each_episode():
    for first, expected in (("center", [0, 0]), ((0.25, -0.5), [0.25, -0.5])):
        env = VectorGazeWrapper(cluttered(glimpses=1), first=first)
        obs, _ = env.reset(seed=0)
        assert obs["gaze"].tolist() == [expected] * 3
        obs, *_ = env.step(np.float32([[0, 0.9, 0.9]] * 3))
        assert obs["gaze"].tolist() == [expected] * 3  # the first gaze of the next episode
    env = VectorGazeWrapper(cluttered(glimpses=1), first="random", reach=0.5)
    env.reset(seed=0)
    drawn = np.concatenate([env.step(np.float32([[0, 0, 0]] * 3))[0]["gaze"] for _ in range(300)])
    assert np.abs(drawn).max() <= 0.5
    assert np.abs(drawn.mean(0)).max() < 0.05
    assert np.allclose(drawn.std(0), 1 / np.sqrt(12), atol=0.03)


def test_a_forced_gaze_ignores_the_actions():
    action = np.float32([[0, 0.9, -0.9]] * 3)
    env = VectorGazeWrapper(cluttered(), forced="center", first="random")
    assert not env.reset(seed=0)[0]["gaze"].any()
    assert not env.step(action)[0]["gaze"].any()
    env = VectorGazeWrapper(cluttered(), forced=[-0.25, 0.5], first="random")
    assert env.forced_gaze
    expected = [[-0.25, 0.5]] * 3
    assert env.reset(seed=0)[0]["gaze"].tolist() == expected
    assert all(env.step(action)[0]["gaze"].tolist() == expected for _ in range(9))  # and in the next episode
    env = VectorGazeWrapper(cluttered(), forced="random", tiles=3)
    env.reset(seed=0)
    drawn = np.concatenate([env.step(np.zeros((3, 2), dtype=int))[0]["gaze"] for _ in range(300)])
    assert {tuple(point) for point in drawn.tolist()} == {tuple(point) for point in tile_centers(3, 3).tolist()}


def at(x: float, y: float):
    """A teacher who always looks there."""
    return lambda images: np.tile([x, y], (len(images), 1))


def test_lessons_by_hand():
    images = np.zeros((1, *IMAGE.shape), np.uint8)

    def lesson(x: float, y: float, gaze_at: tuple[float, float] = (0.0, 0.0), **arguments) -> int:
        taught = Gaze(spaces.Discrete(4), IMAGE, first=gaze_at, taught=at(x, y), **arguments)
        taught.seed(np.arange(1))
        assert not taught.follows
        return int(taught.lessons(images)[0])

    # Centres of 3x3 tiles are at -2/3, 0 and 2/3, numbered row by row.
    assert [lesson(-0.6, -0.7, tiles=3), lesson(0.2, 0.1, tiles=3), lesson(0.9, -0.1, tiles=3)] == [0, 4, 5]
    assert lesson(0.9, 0.9, tiles=3, within=0.5) == 0  # of the only tile that is left
    # Moves of half an image: from (0.5, 0.5) one up and to the left comes closest to (-0.1, 0.1); at the edge the gaze stops.
    assert lesson(-0.1, 0.1, gaze_at=(0.5, 0.5), tiles=3, relative=True, step=0.5) == 0
    assert lesson(1.0, 0.4, gaze_at=(1.0, 0.5), tiles=3, relative=True, step=0.5) == 4  # to stay; to the right is no closer


@pytest.mark.parametrize("vector", [True, False])
def test_a_teacher_sees_what_there_is_to_see_now_and_moves_nothing(vector):
    seen: list[np.ndarray] = []

    def teacher(images: np.ndarray) -> np.ndarray:
        seen.append(images.copy())
        return np.tile([0.9, -0.9], (len(images), 1))

    n = 3 if vector else 1
    plain, taught = (
        VectorGazeWrapper(cluttered(glimpses=2), tiles=3, first="center", **kwargs)
        if vector
        else GazeWrapper(gym.make("saccade/Catch-v0"), tiles=3, first="center", **kwargs)
        for kwargs in ({}, {"taught": teacher})
    )
    assert taught.taught_gaze
    assert not plain.taught_gaze
    assert not taught.forced_gaze
    plain.reset(seed=0)
    taught.reset(seed=0)
    for _ in range(5):  # episodes of two looks end
        actions = np.zeros((3, 2), dtype=int) if vector else np.zeros(2, dtype=int)
        expected, *_, info = plain.step(actions)
        obs, _, ended, _, lessons = taught.step(actions)
        assert np.array_equal(obs["gaze"], expected["gaze"])
        assert np.array_equal(obs["image"], expected["image"])
        assert np.array_equal(np.atleast_1d(lessons["gaze_lesson"]), [2] * n)
        assert "gaze_lesson" not in info
        now = lessons["final_obs"] if vector and ended.any() else None
        last = np.stack([one["image"] for one in now]) if isinstance(now, np.ndarray) else now and now["image"]
        assert np.array_equal(seen[-1], (obs["image"] if vector else obs["image"][None]) if last is None else last)


@pytest.mark.parametrize("batched", [True, False])
def test_lessons_reach_sb3_in_the_infos_of_each_step(batched):
    """Of a batch, and of single envs, which say in ``final_info`` all that is known of an episode that has ended."""
    single = {"vectorization_mode": "sync", "vector_kwargs": {"autoreset_mode": AutoresetMode.SAME_STEP}}
    inner = cluttered(glimpses=2) if batched else gym.make_vec("saccade/Catch-v0", num_envs=3, **single)
    env = GymnasiumVecEnv(VectorGazeWrapper(inner, tiles=3, taught=at(0.9, -0.9)))
    env.reset()
    ended = False
    for _ in range(60):
        _, _, dones, infos = env.step(np.zeros((3, 2), dtype=int))
        assert [info["gaze_lesson"] for info in infos] == [2, 2, 2]
        ended |= bool(dones.any())
    assert ended


def test_a_refused_action_leaves_env_and_gaze_as_they_were():
    env = VectorGazeWrapper(cluttered(glimpses=2))
    env.reset(seed=0)
    with pytest.raises(ValueError, match="from -1 to 1"):
        env.step(np.float32([[0, 0, 0], [0, 3, 0], [0, 0, 0]]))
    _, _, ended, _, _ = env.step(np.float32([[0, 0, 0]] * 3))
    assert not ended.any()


def test_a_step_before_reset_is_refused():
    for env in (VectorGazeWrapper(cluttered()), GazeWrapper(gym.make("saccade/Catch-v0"))):
        with pytest.raises(gym.error.ResetNeeded):
            env.step(env.action_space.sample())


@pytest.mark.parametrize(("size", "tiles"), [(84, None), ((210, 160), (7, 5))])
def test_gaze_works_on_atari(size, tiles, atari):
    env = atari("Breakout", 2, seed=0, screen_size=size, wrapper=lambda games: VectorGazeWrapper(games, tiles))
    shape = (4, 84, 84) if size == 84 else (4, 210, 160)
    assert env.observation_space["image"].shape == shape
    assert_contract(env)
