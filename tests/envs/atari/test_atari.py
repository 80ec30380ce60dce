"""Seeds, arguments and actions of ``make_atari``."""

import gymnasium as gym
import numpy as np
import pytest
from atari_play import FIRE, NOOP, RIGHT, assert_same_play, noops, play, random_actions, start

from saccade.envs import make_atari


def test_same_seed_same_games_and_another_seed_other_games(atari):
    """Over several games, each with its own no-ops at the start."""
    envs = [atari("Breakout", 2, seed=seed) for seed in (7, 7, 8)]
    first = [env.reset() for env in envs]
    np.testing.assert_array_equal(first[0], first[1])
    plays = [play(env, random_actions(env, 400)) for env in envs]
    assert sum("episode" in info for *_, infos in plays[0] for info in infos) >= 2
    assert_same_play(plays[0], plays[1])
    assert any((one[0][0] != other[0][0]).any() for one, other in zip(plays[0], plays[2], strict=True))


def test_seeds_count_up_from_the_first_env(atari):
    """Each env of a batch plays as it does alone, with lost lives, FIRE and game overs."""
    batch = atari("Breakout", 3, seed=10)
    batch.reset()
    starts = [info["episode_frame_number"] for info in batch.reset_infos]
    assert len(set(starts)) > 1
    actions = random_actions(batch, 300)
    played = play(batch, actions)
    for i in range(3):
        alone = atari("Breakout", 1, seed=10 + i)
        alone.reset()
        assert alone.reset_infos[0]["episode_frame_number"] == starts[i]
        mine = [tuple(part[i : i + 1] for part in step) for step in played]
        assert_same_play(mine, play(alone, actions[:, i : i + 1]))


def test_a_later_seed_plays_the_same_games_as_an_initial_one(atari):
    env, fresh = atari("Breakout", 2, seed=0), atari("Breakout", 2, seed=21)
    env.reset()
    play(env, random_actions(env, 50))
    env.seed(21)
    np.testing.assert_array_equal(env.reset(), fresh.reset())
    assert [info["episode_frame_number"] for info in env.reset_infos] == [
        info["episode_frame_number"] for info in fresh.reset_infos
    ]
    actions = random_actions(env, 100, seed=1)
    assert_same_play(play(env, actions), play(fresh, actions))


@pytest.mark.parametrize("seed", [0, 2**31 - 2, 2**31 - 1, 2**32 - 2])
def test_all_32_bit_seeds_are_accepted(atari, seed):
    """``VecEnv.seed()`` and RL Zoo draw from all unsigned 32-bit integers."""
    envs = [atari("Breakout", 2, seed=seed) for _ in range(2)]
    np.testing.assert_array_equal(envs[0].reset(), envs[1].reset())
    assert envs[0].reset_infos == envs[1].reset_infos


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_resets_after_a_seeded_one_are_reproducible(atari, render_mode):
    """Every call of ``evaluate_policy`` resets the env. Only the first reset has a seed."""
    starts = []
    for _ in range(2):
        env = atari("Pong", 2, seed=5, render_mode=render_mode)
        starts.append([])
        for _ in range(3):
            env.reset()
            starts[-1].append([info["episode_frame_number"] for info in env.reset_infos])
    assert len({tuple(each) for each in starts[0]}) > 1, "each reset draws its own no-ops"
    assert starts[0] == starts[1]


def test_noop_max_varies_the_start_of_games(atari):
    for noop_max, most in ((30, 29), (5, 4), (1, 0), (0, 0)):
        env = atari("Breakout", 1, seed=0, noop_max=noop_max, fire_reset=False)
        frames = [start(env)[1][0]["episode_frame_number"] for _ in range(30)]
        assert max(frames) <= most
        assert len(set(frames)) > most / 3


def test_sticky_actions_change_the_game(atari):
    actions = None
    plays = []
    for probability in (0.0, 0.25, 0.25):
        env = atari("Breakout", 2, seed=0, action_repeat_probability=probability, noop_max=1)
        env.reset()
        actions = random_actions(env, 200) if actions is None else actions
        plays.append(play(env, actions))
    assert any((one[0] != other[0]).any() for one, other in zip(plays[0], plays[1], strict=True))
    assert_same_play(plays[1], plays[2])


def test_every_spelling_of_a_game_plays_the_same(atari):
    plays = []
    for game in ("breakout", "Breakout", "ALE/Breakout-v5", "BreakoutNoFrameskip-v4", "BreakoutDeterministic-v4"):
        env = atari(game, 1, seed=0)
        env.reset()
        plays.append(play(env, random_actions(env, 50)))
        assert_same_play(plays[0], plays[-1])


def test_a_seed_may_be_a_number_of_numpy(atari):
    plays = []
    for seed in (3, np.int64(3)):
        env = atari("Breakout", 1, seed=seed)
        env.reset()
        plays.append(play(env, random_actions(env, 50)))
    assert_same_play(*plays)


def test_unknown_games_and_games_for_two_players_are_refused(atari):
    with pytest.raises(ValueError, match=r"Brekout.*breakout"):
        atari("Brekout")
    with pytest.raises(ValueError, match="two players"):
        atari("ALE/Joust-v5")


@pytest.mark.parametrize(
    "kwargs",
    [
        {"n_envs": 0},
        {"n_envs": -1},
        {"frame_skip": 0},
        {"frame_skip": -4},
        {"frame_stack": 0},
        {"noop_max": -1},
        {"max_frames": 0},
        {"render_mode": "human"},
        {"render_mode": "ansi"},
        {"screen_size": 0},
        {"screen_size": (84, 0)},
        {"screen_size": -84},
        {"screen_size": (84, 84, 3)},
        {"action_repeat_probability": -0.1},
        {"action_repeat_probability": 1.1},
        {"seed": -1},
        {"seed": "a"},
        {"n_envs": 2.0},
    ],
    ids=str,
)
def test_arguments_out_of_range_are_refused(kwargs):
    with pytest.raises(ValueError):  # noqa: PT011
        make_atari("Breakout", **kwargs)


@pytest.mark.parametrize(
    ("kwargs", "shape", "n_actions"),
    [
        ({}, (4, 84, 84), 4),
        ({"frame_stack": 1}, (1, 84, 84), 4),
        ({"frame_stack": 2, "screen_size": 42}, (2, 42, 42), 4),
        ({"screen_size": (64, 48)}, (4, 64, 48), 4),
        ({"screen_size": (210, 160)}, (4, 210, 160), 4),
        ({"full_action_space": True}, (4, 84, 84), 18),
        ({"frame_skip": 1, "evaluation": True}, (4, 84, 84), 4),
        ({"render_mode": "rgb_array", "num_threads": 1}, (4, 84, 84), 4),
    ],
)
def test_observation_and_action_spaces(atari, kwargs, shape, n_actions):
    env = atari("Breakout", 1, seed=0, max_frames=120, **kwargs)
    assert env.observation_space == gym.spaces.Box(0, 255, shape, np.uint8)
    assert env.action_space == gym.spaces.Discrete(n_actions)
    batches = [env.reset()]
    for observations, rewards, dones, infos in play(env, random_actions(env, 130)):
        batches.append(observations)
        assert (rewards.dtype, rewards.shape, dones.dtype, dones.shape) == (np.float32, (1,), np.bool_, (1,))
        batches += [info["terminal_observation"][None] for info in infos if "terminal_observation" in info]
    assert len(batches) > 131
    assert all(env.observation_space.contains(observation) for batch in batches for observation in batch)
    assert {batch.dtype for batch in batches} == {np.dtype(np.uint8)}


@pytest.mark.parametrize("frame_skip", [1, 2, 4, 7])
def test_a_step_takes_frame_skip_frames(atari, frame_skip):
    env = atari("Pong", 1, seed=0, frame_skip=frame_skip)
    _, (info,) = start(env)
    frames = [info["episode_frame_number"]] + [info["episode_frame_number"] for *_, (info,) in play(env, noops(env, 20))]
    assert np.diff(frames).tolist() == [frame_skip] * 20


def test_returned_arrays_do_not_change_later(atari):
    """SB3 still uses the last observations after the next step."""
    env = atari("Breakout", 2, seed=0, max_frames=300, render_mode="rgb_array")
    kept = [env.reset()]
    copies = [kept[0].copy()]
    for action in random_actions(env, 150):
        observations, rewards, dones, infos = env.step(action)
        terminal = [info["terminal_observation"] for info in infos if "terminal_observation" in info]
        for new in (observations, rewards, dones, *terminal, *env.get_images()):
            kept.append(new)
            copies.append(new.copy())
    for one, copy in zip(kept, copies, strict=True):
        np.testing.assert_array_equal(one, copy)


BAD_ACTIONS = ([0, -1], [4, 0], [0, 2**40], [-(2**40), 0], [0.0, 1.0], [0.5, 0], [np.nan, 0], [True, False], ["0", "1"])


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_invalid_actions_are_refused_and_the_env_still_plays(atari, monkeypatch, render_mode):
    env, untroubled = atari("Breakout", 2, seed=0, render_mode=render_mode), atari("Breakout", 2, seed=0)
    for emulators in filter(None, (env.env.env, env.env.twin)):
        _refuse_what_would_hang(monkeypatch, emulators)
    env.reset()
    untroubled.reset()
    for bad in BAD_ACTIONS:
        with pytest.raises(ValueError, match="integers from 0 to 3"):
            env.step(np.array(bad))
        actions = random_actions(env, 5)
        assert_same_play(play(env, actions), play(untroubled, actions))


def _refuse_what_would_hang(monkeypatch, emulators):
    """ALE hangs on an unknown action. Make a test that lets one through fail instead."""
    send = emulators.send

    def guarded(actions):
        assert actions.dtype.kind == "i"
        assert ((actions >= 0) & (actions < emulators.single_action_space.n)).all()
        send(actions)

    monkeypatch.setattr(emulators, "send", guarded)


def test_a_wrong_number_of_actions_is_refused(atari):
    env = atari("Breakout", 2, seed=0)
    env.reset()
    for shape in ((1,), (3,), (2, 1), ()):
        with pytest.raises(ValueError, match="shape"):
            env.step(np.zeros(shape, dtype=np.int64))
        assert env.step(np.zeros(2, dtype=np.int64))[0].shape == (2, 4, 84, 84)


def test_actions_of_all_integer_types_are_accepted(atari):
    env = atari("Breakout", 1)
    actions = random_actions(env, 100)
    plays = []
    for dtype in (np.int64, np.int32, np.int8, np.uint8):
        env.seed(0)
        env.reset()
        plays.append(play(env, actions.astype(dtype)))
        assert_same_play(plays[0], plays[-1])


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_a_reset_drops_a_running_step(atari, render_mode):
    env, fresh = atari("Breakout", 2, seed=0, render_mode=render_mode), atari("Breakout", 2, seed=6)
    env.reset()
    env.step_async(np.array([FIRE, RIGHT]))
    env.seed(6)
    np.testing.assert_array_equal(env.reset(), fresh.reset())
    actions = random_actions(env, 50)
    assert_same_play(play(env, actions), play(fresh, actions))


def test_a_second_step_async_is_refused_until_step_wait(atari):
    env, plain = atari("Breakout", 2, seed=0), atari("Breakout", 2, seed=0)
    env.reset()
    plain.reset()
    env.step_async(np.array([RIGHT, NOOP]))
    with pytest.raises(RuntimeError, match="step_wait"):
        env.step_async(np.array([NOOP, RIGHT]))
    assert_same_play([env.step_wait()], [plain.step(np.array([RIGHT, NOOP]))])
    actions = random_actions(env, 20)
    assert_same_play(play(env, actions), play(plain, actions))


def test_videos_run_as_fast_as_the_console(atari):
    assert atari("Breakout", 1, render_mode="rgb_array").metadata["render_fps"] == 15  # 60 frames a second, of which it skips some
    assert atari("Breakout", 1, frame_skip=1).metadata["render_fps"] == 60
