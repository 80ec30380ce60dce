"""``make_atari`` beside stable-baselines3's ``make_atari_env`` over whole games, and what it promises besides."""

from dataclasses import dataclass, field

import cv2
import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.vector import VectorWrapper
from gymnasium.wrappers.vector import TransformReward
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecEnv, VecFrameStack

from saccade.envs import GymnasiumVecEnv, make_atari

NOOP, FIRE, RIGHT = 0, 1, 2
NO_HIDDEN_STEPS = {"noop_max": 0, "fire_reset": False}


@pytest.fixture
def atari():
    """``make_atari`` whose envs are closed after the test."""
    made = []

    def make(*args, **kwargs) -> GymnasiumVecEnv:
        made.append(make_atari(*args, **kwargs))
        return made[-1]

    yield make
    for env in made:
        env.close()


@pytest.fixture
def one_torch_thread():
    """Threads that wait for each other take most of the time of such small batches on a busy machine."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


def difference(picture, other):
    """Mean absolute difference in grey levels."""
    return float(np.abs(picture.astype(np.int64) - other).mean())


def start(env):
    observations = env.reset()
    return observations, [dict(info) for info in env.reset_infos]


def play(env, actions):
    """All steps' observations, rewards, dones and infos."""
    return [env.step(each) for each in actions]


def random_actions(env, steps, seed=0):
    return np.random.default_rng(seed).integers(0, env.action_space.n, (steps, env.num_envs))


def noops(env, steps):
    return np.zeros((steps, env.num_envs), dtype=np.int64)


def assert_same_play(ours, theirs):
    for t, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        for one, other in zip(a[:3], b[:3], strict=True):
            np.testing.assert_array_equal(one, other, err_msg=f"step {t}")
        for info, other in zip(a[3], b[3], strict=True):
            assert info["lives"] == other["lives"], f"step {t}"
            assert ("episode" in info) == ("episode" in other), f"step {t}"
            if "episode" in info:
                assert info["episode"]["r"] == other["episode"]["r"], f"step {t}"
                assert info["episode"]["l"] == other["episode"]["l"], f"step {t}"


def spy_on_actions(monkeypatch, env):
    """A list that fills with the actions that the emulators get."""
    games = env.env.env
    sent, send = [], games.send

    def send_and_note(actions):
        sent.append(actions.copy())
        send(actions)

    monkeypatch.setattr(games, "send", send_and_note)
    return sent


# --- Beside SB3 ---


@dataclass
class Record:
    """What was seen of both envs in lock-step."""

    rewards: list = field(default_factory=list)
    apart: list = field(default_factory=list)  # newest frame from SB3's
    apart_if_late: list = field(default_factory=list)  # newest frame from SB3's last one, which it would be when shifted
    moved: list = field(default_factory=list)  # SB3's newest frame from its last one
    stacks_apart: list = field(default_factory=list)
    terminal_apart: list = field(default_factory=list)  # a lost life's newest frame
    game_over_apart: list = field(default_factory=list)  # a game's last frame
    games: list = field(default_factory=list)
    lost_lives: int = 0
    truncations: int = 0


def play_beside_sb3(ours: VecEnv, theirs: VecEnv, draw_action, n_games: int) -> Record:
    """
    Both envs from the same emulator frame with the same actions until so many games are over.

    ALE is deterministic without sticky actions. With ``noop_max=0`` on both sides and without FIRE by itself on ours, both
    start at frame 0. The steps that SB3 plays inside its ``reset`` (FIRE and action 2 at the start; a no-op, FIRE and action 2
    after a lost life) are sent to ours as ordinary steps. What must be the same is checked here; what may differ a little is
    recorded: SB3 takes the larger of two frames in colour, and OpenCV makes it grey.
    """
    record = Record()

    def hidden_steps(actions):
        for action in actions:
            observations, _, dones, _ = ours.step(np.array([action]))
            assert not dones[0], "a hidden step of SB3's ended an episode; choose another seed"
        return observations

    fire_and_right = (FIRE, RIGHT)
    our_stack, their_stack = ours.reset(), theirs.reset()
    our_stack = hidden_steps(fire_and_right)
    their_last, age = their_stack[0, :, :, -1], 0
    while len(record.games) < n_games:
        ours_newest, theirs_newest = our_stack[0, -1], their_stack[0, :, :, -1]
        record.apart.append(difference(ours_newest, theirs_newest))
        record.apart_if_late.append(difference(ours_newest, their_last))
        record.moved.append(difference(theirs_newest, their_last))
        their_last = theirs_newest
        if age >= 4:  # before that SB3's stack knows nothing of its hidden steps
            record.stacks_apart.append(difference(our_stack[0], np.moveaxis(their_stack[0], -1, 0)))

        action = np.array([draw_action()])
        our_stack, our_rewards, our_dones, (our_info,) = ours.step(action)
        their_stack, their_rewards, their_dones, (their_info,) = theirs.step(action)
        age += 1
        record.rewards.append(float(our_rewards[0]))
        assert our_rewards[0] == their_rewards[0]
        assert our_dones[0] == their_dones[0]
        assert our_info["TimeLimit.truncated"] == their_info["TimeLimit.truncated"]
        assert ("episode" in our_info) == ("episode" in their_info)
        for key in ("lives", "episode_frame_number", "frame_number"):
            assert our_info[key] == their_info[key]
        if not our_dones[0]:
            continue
        age = 0
        terminal, their_terminal = our_info["terminal_observation"], np.moveaxis(their_info["terminal_observation"], -1, 0)
        if "episode" in our_info:
            record.games.append(our_info["episode"])
            record.truncations += our_info["TimeLimit.truncated"]
            record.game_over_apart.append(difference(terminal[-1], their_terminal[-1]))
            assert our_info["episode"]["r"] == their_info["episode"]["r"]
            assert our_info["episode"]["l"] == -(-their_info["episode"]["l"] // 4), "SB3's Monitor counts frames, four a step"
            our_stack = hidden_steps(fire_and_right)
        else:
            record.lost_lives += 1
            record.terminal_apart.append(difference(terminal[-1], their_terminal[-1]))
            our_stack = hidden_steps((NOOP, *fire_and_right))
    return record


def mostly_fire(rng, n_actions):
    return FIRE if rng.random() < 0.85 else rng.integers(n_actions)


def any_action(rng, n_actions):
    return rng.integers(n_actions)


@pytest.mark.parametrize(("game", "n_games", "draw", "evaluation", "max_frames"), [
    ("Breakout", 4, any_action, False, 108_000),
    ("Enduro", 1, mostly_fire, False, 108_000),  # FIRE is the throttle
    ("SpaceInvaders", 2, any_action, False, 108_000),
    ("SpaceInvaders", 2, any_action, True, 108_000),
    ("Pong", 1, any_action, False, 108_000),
    ("Pong", 3, any_action, True, 1002),  # cut off in the midst of a step
    ("Breakout", 3, any_action, False, 300),
])
def test_whole_games_as_in_sb3(atari, game, n_games, draw, evaluation, max_frames):
    ours = atari(game, 1, seed=0, evaluation=evaluation, max_frames=max_frames, **NO_HIDDEN_STEPS)
    theirs = VecFrameStack(make_atari_env(
        f"{game}NoFrameskip-v4", 1, seed=0, env_kwargs={"max_num_frames_per_episode": max_frames},
        wrapper_kwargs={"noop_max": 0, "terminal_on_life_loss": not evaluation, "clip_reward": not evaluation},
    ), 4)
    assert ours.action_space == theirs.action_space
    rng = np.random.default_rng(0)
    record = play_beside_sb3(ours, theirs, lambda: draw(rng, ours.action_space.n), n_games)
    theirs.close()

    apart, late, moved = np.array(record.apart), np.array(record.apart_if_late), np.array(record.moved)
    assert apart.max() < 0.1  # grey levels; 0 in most games
    assert max(record.stacks_apart) < 0.1
    assert max(record.terminal_apart, default=0) < 0.1
    # ALE ends a step before it has seen the frame in which the game is over, SB3 does not: they are one frame apart there.
    assert max(record.game_over_apart) < 2
    moving = moved > 0.1
    assert moving.mean() > 0.3
    assert (apart < late)[moving].all(), "never is SB3's last frame the nearer one"

    if max_frames == 108_000:
        assert record.truncations == 0
    else:
        assert record.truncations > 0
    if not evaluation and game == "Breakout" and max_frames == 108_000:
        assert record.lost_lives == 4 * n_games
    if game in ("Enduro", "Pong") or evaluation:
        assert record.lost_lives == 0
    clipped = set(record.rewards) <= {-1.0, 0.0, 1.0}
    assert clipped == (game != "SpaceInvaders" or not evaluation)
    assert set(record.rewards) != {0.0} or max_frames == 300, "an empty comparison"
    assert any(game["r"] != 0 for game in record.games) or max_frames == 300


# --- Lost lives ---


def steps_to_lost_lives(env, actions):
    """(previous observation, step) of every step in which the only env lost a life and not the game."""
    observations, (info,) = start(env)
    found, lives = [], info["lives"]
    for action in actions:
        step = env.step(action)
        info = step[3][0]
        if info["lives"] < lives and "episode" not in info:
            found.append((observations, step))
        lives, observations = info["lives"], step[0]
    return found


def test_a_lost_life_ends_the_training_episode_and_not_the_game(atari):
    env = atari("Breakout", 1, seed=0)
    observations, (info,) = start(env)
    assert info["lives"] == 5
    lost = 0
    for action in noops(env, 400):
        last, frame = observations, info["episode_frame_number"]
        observations, _, (done,), (info,) = env.step(action)
        if not done:
            np.testing.assert_array_equal(observations[0, :-1], last[0, 1:])
            assert info["episode_frame_number"] == frame + 4
            continue
        terminal = info["terminal_observation"]
        np.testing.assert_array_equal(terminal[:-1], last[0, 1:])
        assert not info["TimeLimit.truncated"]
        assert not observations[0, :-1].any()
        assert observations[0, -1].any()
        if "episode" in info:
            break
        lost += 1
        assert info["lives"] == 5 - lost
        assert info["episode_frame_number"] == frame + 4
        np.testing.assert_array_equal(terminal[-1], observations[0, -1])
    assert lost == 4
    assert "episode" in info
    assert env.reset_infos[0]["lives"] == 5
    assert env.reset_infos[0]["episode_frame_number"] < 30


def test_every_end_in_a_batch_has_its_own_stack(atari):
    """Some envs lose a life while others lose the game or go on, and two things end in the same step."""
    env = atari("Breakout", 4, seed=0, max_frames=600)
    observations, _ = start(env)
    seen, both_at_once = set(), False
    for action in random_actions(env, 500):
        last = observations
        observations, _, dones, infos = env.step(action)
        assert [info.get("env_id") for info in infos] == list(range(4)), "each env has its info, whatever ended beside it"
        for i, info in enumerate(infos):
            shifted = last[i, 1:]
            if dones[i]:
                seen.add(("truncated" if info["TimeLimit.truncated"] else "game over") if "episode" in info else "lost life")
                np.testing.assert_array_equal(info["terminal_observation"][:-1], shifted)
                assert info["terminal_observation"].shape == observations.shape[1:]
                assert not observations[i, :-1].any()
                assert observations[i, -1].any()
            else:
                assert "terminal_observation" not in info
                np.testing.assert_array_equal(observations[i, :-1], shifted)
        kinds = {("game" if "episode" in info else "life") for info, done in zip(infos, dones, strict=True) if done}
        both_at_once |= len(kinds) == 2
    assert seen == {"truncated", "game over", "lost life"}
    assert both_at_once


@pytest.mark.parametrize("more_steps", [1, 2, 3, 4])
def test_an_episode_shorter_than_the_stack(atari, more_steps):
    """A game that is cut off soon after a lost life: its last stacks hold nothing from before that."""
    env = atari("Breakout", 1, seed=0, **NO_HIDDEN_STEPS)
    given = [[FIRE]] + [[NOOP]] * 100
    env.reset()
    n = 1 + next(t for t, (_, _, dones, _) in enumerate(play(env, np.array(given))) if dones[0])
    capped = atari("Breakout", 1, seed=0, max_frames=4 * (n + more_steps), **NO_HIDDEN_STEPS)
    capped.reset()
    played = play(capped, np.array(given[:n + more_steps]))
    assert [t for t, (_, _, dones, _) in enumerate(played, start=1) if dones[0]] == [n, n + more_steps]
    terminal = played[-1][3][0]["terminal_observation"]
    np.testing.assert_array_equal(terminal[:-1], played[-2][0][0, 1:])
    assert terminal.any(axis=(1, 2)).tolist() == [age <= more_steps for age in (3, 2, 1, 0)]
    assert not played[-1][0][0, :-1].any()


@pytest.mark.parametrize("kwargs", [{"terminal_on_life_loss": False}, {"evaluation": True}])
def test_whole_games_go_on_through_lost_lives(atari, kwargs):
    env = atari("Breakout", 1, seed=0, **kwargs)
    found = steps_to_lost_lives(env, noops(env, 300))
    assert len(found) > 4
    for last, (observations, _, dones, (info,)) in found:
        assert not dones[0]
        assert set(info) == {"env_id", "lives", "frame_number", "episode_frame_number", "TimeLimit.truncated"}
        np.testing.assert_array_equal(observations[0, :-1], last[0, 1:])


@pytest.fixture(scope="module")
def space_invaders():
    """Actions, raw rewards and ends of two whole games, whose points are multiples of 5."""
    env = make_atari("SpaceInvaders", 1, seed=3, evaluation=True)
    env.reset()
    actions, raw, overs = [], [], []
    for action in random_actions(env, 3000, seed=1):
        _, rewards, dones, _ = env.step(action)
        actions.append(action)
        raw.append(float(rewards[0]))
        overs.append(bool(dones[0]))
        if sum(overs) == 2:
            break
    env.close()
    return actions, raw, overs


@pytest.mark.parametrize(("kwargs", "whole_games", "raw_rewards"), [
    ({}, False, False),
    ({"evaluation": True}, True, True),
    ({"terminal_on_life_loss": False}, True, False),
    ({"clip_reward": False}, False, True),
    ({"evaluation": True, "clip_reward": True}, True, False),
    ({"evaluation": True, "terminal_on_life_loss": True}, False, True),
])
def test_episodes_and_rewards_of_each_mode(atari, space_invaders, kwargs, whole_games, raw_rewards):
    """Whatever the learner sees of it, the games are the same and so are their scores and lengths."""
    actions, raw, overs = space_invaders
    assert sum(overs) == 2
    assert max(raw) >= 5
    env = atari("SpaceInvaders", 1, seed=3, **kwargs)
    env.reset()
    score, length, n_ends = 0.0, 0, 0
    for t, (_, rewards, dones, (info,)) in enumerate(play(env, actions)):
        assert rewards[0] == (raw[t] if raw_rewards else np.sign(raw[t]))
        assert rewards.dtype == np.float32
        score, length, n_ends = score + raw[t], length + 1, n_ends + int(dones[0])
        assert ("episode" in info) == overs[t]
        if overs[t]:
            assert dones[0]
            assert (info["episode"]["r"], info["episode"]["l"]) == (score, length)
            assert info["episode"]["t"] >= 0
            score, length = 0.0, 0
    if whole_games:
        assert n_ends == sum(overs)
    else:
        assert n_ends > sum(overs), "lost lives are ends too"


def test_info_at_game_over_is_of_the_ended_game(atari):
    """``GymnasiumVecEnv`` promises so; SB3's own envs say ``lives: 0`` there."""
    env = atari("Breakout", 1, seed=0, evaluation=True)
    _, (info,) = start(env)
    for action in noops(env, 400):
        last = info
        _, _, dones, (info,) = env.step(action)
        if dones[0]:
            break
    assert "episode" in info
    assert env.reset_infos[0]["lives"] == 5
    assert env.reset_infos[0]["episode_frame_number"] < 30
    assert info["lives"] == 0
    assert info["episode_frame_number"] > last["episode_frame_number"]


def test_a_reset_amid_a_game_starts_counting_anew(atari, monkeypatch):
    """Right after a lost life, when FIRE is due."""
    env, fresh = atari("Breakout", 1, seed=0), atari("Breakout", 1, seed=1)
    env.reset()
    while not any(env.step(np.array([NOOP]))[2]):
        pass
    env.seed(1)
    np.testing.assert_array_equal(env.reset(), fresh.reset())
    assert env.reset_infos[0]["lives"] == 5
    sent = spy_on_actions(monkeypatch, env)
    played = play(env, noops(env, 400))
    assert sent[0].tolist() == [NOOP]
    assert any("episode" in info for *_, (info,) in played)
    assert_same_play(played, play(fresh, noops(env, 400)))


# --- FIRE ---


@pytest.mark.parametrize("evaluation", [False, True])
def test_fire_puts_the_ball_into_play_for_a_player_who_never_fires(atari, evaluation):
    env = atari("Breakout", 1, seed=0, evaluation=evaluation)
    _, (info,) = start(env)
    lives, since, longest, n_games = info["lives"], 0, 0, 0
    for observations, _, _, (info,) in play(env, noops(env, 400)):
        since += 1
        if info["lives"] != lives:
            lives, longest, since = info["lives"], max(longest, since), 0
        n_games += "episode" in info
        if since == 10:
            assert (observations[0, -1] != observations[0, 0]).any(), "the ball flies"
    assert n_games >= 2
    assert longest < 60


@pytest.mark.parametrize("evaluation", [False, True])
def test_without_fire_reset_the_game_waits(atari, evaluation):
    env = atari("Breakout", 1, seed=0, evaluation=evaluation, fire_reset=False)
    env.reset()
    played = play(env, noops(env, 100))
    assert [info["lives"] for *_, (info,) in played] == [5] * 100
    assert len({observations.tobytes() for observations, *_ in played[10:]}) == 1, "a still picture"
    env.step(np.array([FIRE]))
    played = play(env, noops(env, 300))
    assert len({observations.tobytes() for observations, *_ in played[:20]}) > 10, "the ball flies"
    assert [info["lives"] for *_, (info,) in played[100:]] == [4] * 200, "one life is lost, and then the game waits"
    assert len({observations.tobytes() for observations, *_ in played[100:]}) == 1


@pytest.mark.parametrize(("game", "kwargs", "fires"), [
    ("Breakout", {}, True),
    ("Breakout", {"evaluation": True}, True),
    ("Breakout", {"full_action_space": True}, True),
    ("Breakout", {"fire_reset": False, "noop_max": 1}, False),
    ("MsPacman", {}, False),  # it has no FIRE among its own actions
])
def test_fire_replaces_one_action_of_the_env_that_lost_a_life(atari, monkeypatch, game, kwargs, fires):
    env = atari(game, 2, seed=0, **kwargs)
    sent = spy_on_actions(monkeypatch, env)
    _, infos = start(env)
    lives, due, n_due = np.array([info["lives"] for info in infos]), np.zeros(2, dtype=bool), 0
    one_alone = False
    given = random_actions(env, 300)
    given[given == FIRE] = RIGHT
    given[:5] = FIRE if not fires else RIGHT  # somebody has to start
    for t, actions in enumerate(given):
        before = actions.copy()
        infos = env.step(actions)[3]
        np.testing.assert_array_equal(actions, before, err_msg="the caller's own array")
        np.testing.assert_array_equal(sent[t], np.where(due & fires, FIRE, before))
        now = np.array([info["lives"] for info in infos])
        game_on = np.array(["episode" not in info for info in infos])
        due, lives = (now < lives) & game_on, now
        n_due += due.sum()
        one_alone |= due.sum() == 1
    assert n_due >= (5 if fires else 2)
    assert one_alone or not fires


# --- The frame cap ---


@pytest.mark.parametrize("kwargs", [{}, {"evaluation": True}])
@pytest.mark.parametrize(("game", "max_frames", "steps"), [("Pong", 400, 100), ("Breakout", 400, 100), ("Enduro", 402, 101)])
def test_the_frame_cap_truncates(atari, game, max_frames, steps, kwargs):
    env = atari(game, 2, seed=0, max_frames=max_frames, **kwargs)
    observations, _ = start(env)
    played = play(env, noops(env, 3 * steps))
    for n, (observations, _, dones, infos) in enumerate(played, start=1):
        over = n % steps == 0
        for info, done in zip(infos, dones, strict=True):
            assert info["TimeLimit.truncated"] == over
            assert ("episode" in info) == over
            if over:
                assert done
                assert info["episode"]["l"] == steps
                assert info["terminal_observation"].any(axis=(1, 2)).all()
        if over:
            assert not observations[:, :-1].any(), "a new game"
            np.testing.assert_array_equal([info["terminal_observation"][:-1] for info in infos], played[n - 2][0][:, 1:])
    n_ends, n_games = sum(dones.sum() for _, _, dones, _ in played), 2 * 3
    assert (n_ends > n_games) == (game == "Breakout" and not kwargs), "a lost life does not start the count of frames anew"


def test_a_life_lost_at_the_frame_cap_is_a_truncation_of_the_whole_game(atari):
    env = atari("Breakout", 1, seed=0, evaluation=True)
    env.reset()
    n = 1 + next(t for t, (*_, (info,)) in enumerate(play(env, noops(env, 100))) if info["lives"] == 4)
    capped = atari("Breakout", 1, seed=0, evaluation=True, max_frames=4 * n)
    capped.reset()
    *before, (_, _, dones, (info,)) = play(capped, noops(capped, n))
    assert not any(done[0] for _, _, done, _ in before)
    assert dones[0]
    assert info["episode"]["l"] == n
    assert info["TimeLimit.truncated"]


# --- Seeds ---


def test_same_seed_same_games_and_another_seed_other_games(atari):
    """Over several games, with new no-ops at the start of each."""
    envs = [atari("Breakout", 2, seed=seed) for seed in (7, 7, 8)]
    first = [env.reset() for env in envs]
    np.testing.assert_array_equal(first[0], first[1])
    plays = [play(env, random_actions(env, 400)) for env in envs]
    assert sum("episode" in info for *_, infos in plays[0] for info in infos) >= 2
    assert_same_play(plays[0], plays[1])
    assert any((one[0][0] != other[0][0]).any() for one, other in zip(plays[0], plays[2], strict=True))


def test_seeds_count_up_from_the_first_env(atari):
    """A batch plays as its envs do alone, through lost lives, FIRE and game overs."""
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
        mine = [tuple(part[i:i + 1] for part in step) for step in played]
        assert_same_play(mine, play(alone, actions[:, i:i + 1]))


def test_a_seed_given_later(atari):
    env, fresh = atari("Breakout", 2, seed=0), atari("Breakout", 2, seed=21)
    env.reset()
    play(env, random_actions(env, 50))
    env.seed(21)
    np.testing.assert_array_equal(env.reset(), fresh.reset())
    assert [info["episode_frame_number"] for info in env.reset_infos] == [
        info["episode_frame_number"] for info in fresh.reset_infos]
    actions = random_actions(env, 100, seed=1)
    assert_same_play(play(env, actions), play(fresh, actions))


@pytest.mark.parametrize("seed", [0, 2**31 - 2, 2**31 - 1, 2**32 - 2])
def test_every_seed_that_sb3_draws(atari, seed):
    """``VecEnv.seed()`` draws from all unsigned 32-bit integers, and so does RL Zoo."""
    envs = [atari("Breakout", 2, seed=seed) for _ in range(2)]
    np.testing.assert_array_equal(envs[0].reset(), envs[1].reset())
    assert envs[0].reset_infos == envs[1].reset_infos


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_resets_after_a_seeded_one_are_reproducible(atari, render_mode):
    """``evaluate_policy`` resets the env each time it is called; only the first reset has a seed."""
    starts = []
    for _ in range(2):
        env = atari("Pong", 2, seed=5, render_mode=render_mode)
        starts.append([])
        for _ in range(3):
            env.reset()
            starts[-1].append([info["episode_frame_number"] for info in env.reset_infos])
    assert len({tuple(each) for each in starts[0]}) > 1, "each reset draws its own no-ops"
    assert starts[0] == starts[1]


def test_no_ops_at_the_start(atari):
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


# --- Arguments ---


def test_any_spelling_of_a_game(atari):
    plays = []
    for game in ("breakout", "Breakout", "ALE/Breakout-v5", "BreakoutNoFrameskip-v4", "BreakoutDeterministic-v4"):
        env = atari(game, 1, seed=0)
        env.reset()
        plays.append(play(env, random_actions(env, 50)))
        assert_same_play(plays[0], plays[-1])


def test_games_that_cannot_be_played(atari):
    with pytest.raises(ValueError, match=r"Brekout.*breakout"):
        atari("Brekout")
    with pytest.raises(ValueError, match="two players"):
        atari("ALE/Joust-v5")


@pytest.mark.parametrize("kwargs", [
    {"n_envs": 0}, {"n_envs": -1}, {"frame_skip": 0}, {"frame_skip": -4}, {"frame_stack": 0}, {"noop_max": -1},
    {"max_frames": 0}, {"render_mode": "human"}, {"render_mode": "ansi"}, {"screen_size": 0}, {"screen_size": (84, 0)},
    {"screen_size": -84}, {"screen_size": (84, 84, 3)}, {"action_repeat_probability": -0.1},
    {"action_repeat_probability": 1.1}, {"seed": -1},
], ids=str)
def test_arguments_out_of_their_range_are_refused(kwargs):
    with pytest.raises(ValueError):  # noqa: PT011
        make_atari("Breakout", **kwargs)


@pytest.mark.parametrize(("kwargs", "shape", "n_actions"), [
    ({}, (4, 84, 84), 4),
    ({"frame_stack": 1}, (1, 84, 84), 4),
    ({"frame_stack": 2, "screen_size": 42}, (2, 42, 42), 4),
    ({"screen_size": (64, 48)}, (4, 64, 48), 4),
    ({"screen_size": (210, 160)}, (4, 210, 160), 4),
    ({"full_action_space": True}, (4, 84, 84), 18),
    ({"frame_skip": 1, "evaluation": True}, (4, 84, 84), 4),
    ({"render_mode": "rgb_array", "num_threads": 1}, (4, 84, 84), 4),
])
def test_spaces(atari, kwargs, shape, n_actions):
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
def test_frames_of_a_step(atari, frame_skip):
    env = atari("Pong", 1, seed=0, frame_skip=frame_skip)
    _, (info,) = start(env)
    frames = [info["episode_frame_number"]] + [info["episode_frame_number"] for *_, (info,) in play(env, noops(env, 20))]
    assert np.diff(frames).tolist() == [frame_skip] * 20


def test_what_was_returned_does_not_change_later(atari):
    """SB3 keeps the last observations over the next step."""
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


# --- Actions ---


BAD_ACTIONS = ([0, -1], [4, 0], [0, 2**40], [-(2**40), 0], [0.0, 1.0], [0.5, 0], [np.nan, 0], [True, False], ["0", "1"])


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_bad_actions_are_refused_and_the_env_goes_on(atari, monkeypatch, render_mode):
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
    """ALE never answers an action that it does not know, so a test that lets one through must fail instead."""
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


def test_actions_of_any_integer_type(atari):
    env = atari("Breakout", 1)
    actions = random_actions(env, 100)
    plays = []
    for dtype in (np.int64, np.int32, np.int8, np.uint8):
        env.seed(0)
        env.reset()
        plays.append(play(env, actions.astype(dtype)))
        assert_same_play(plays[0], plays[-1])


# --- Pictures ---


@pytest.mark.parametrize(("game", "kwargs"), [
    ("Breakout", {}),
    ("Breakout", {"action_repeat_probability": 0.25, "evaluation": True}),
    ("SpaceInvaders", {"frame_skip": 3, "max_frames": 500}),
])
def test_the_picture_is_of_the_newest_frame(atari, game, kwargs):
    """Also after several games without a new seed, of which each starts with its own no-ops."""
    env = atari(game, 2, seed=0, render_mode="rgb_array", **kwargs)
    assert env.render_mode == "rgb_array"
    last = env.reset()
    n_games = n_moved = 0
    for action in random_actions(env, 500):
        observations, _, _, infos = env.step(action)
        n_games += sum("episode" in info for info in infos)
        images = env.get_images()
        assert len(images) == 2
        for i, picture in enumerate(images):
            assert (picture.shape, picture.dtype) == ((210, 160, 3), np.uint8)
            grey = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (84, 84), interpolation=cv2.INTER_AREA)
            apart = difference(grey, observations[i, -1])
            assert apart < 0.5
            if difference(observations[i, -1], last[i, -1]) > 0.5:
                n_moved += 1
                assert apart < difference(grey, last[i, -1])
        last = observations
    assert n_games >= 4
    assert n_moved > 50


def test_pictures_without_a_seed_and_after_a_reset(atari):
    """At full size not a pixel is another."""
    env = atari("Breakout", 2, render_mode="rgb_array", screen_size=(210, 160))
    for _ in range(3):
        last = env.reset()
        n_moved = 0
        for action in random_actions(env, 40):
            observations = env.step(action)[0]
            for i, picture in enumerate(env.get_images()):
                grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.int64)
                assert np.abs(grey - observations[i, -1]).max() <= 8
                n_moved += np.abs(grey - last[i, -1]).max() > 8
            last = observations
        assert n_moved > 40


def test_rendering_changes_nothing_of_the_game(atari):
    plain, rendered = atari("Breakout", 2, seed=4), atari("Breakout", 2, seed=4, render_mode="rgb_array")
    np.testing.assert_array_equal(plain.reset(), rendered.reset())
    actions = random_actions(plain, 300)
    assert_same_play(play(plain, actions), play(rendered, actions))


def test_all_pictures_in_one(atari):
    env = atari("Breakout", 2, seed=0, render_mode="rgb_array")
    env.reset()
    tiled = env.render()
    assert tiled.shape == (420, 160, 3)
    np.testing.assert_array_equal(tiled, np.concatenate(env.get_images()))


def test_no_pictures_unless_asked_for(atari):
    env = atari("Breakout", 2)
    env.reset()
    assert env.render_mode is None
    assert list(env.get_images()) == [None, None]


# --- Wrappers, other envs of the same kind, and SB3 ---


class OneFrameOfTheStack(VectorWrapper):
    """Changes observations, their space, and the terminal ones."""

    def __init__(self, env):
        super().__init__(env)
        box = env.single_observation_space
        self.single_observation_space = gym.spaces.Box(0, 255, (1, *box.shape[1:]), np.uint8)

    def reset(self, **kwargs):
        observations, info = self.env.reset(**kwargs)
        return observations[:, -1:], info

    def step(self, actions):
        observations, *rest, info = self.env.step(actions)
        if "final_obs" in info:
            info["final_obs"] = info["final_obs"][:, -1:]
        return observations[:, -1:], *rest, info


def test_a_wrapper_comes_before_the_door(atari):
    env, plain = atari("Breakout", 2, seed=0, wrapper=OneFrameOfTheStack), atari("Breakout", 2, seed=0)
    assert isinstance(env.env, OneFrameOfTheStack)
    assert env.observation_space.shape == (1, 84, 84)
    np.testing.assert_array_equal(env.reset(), plain.reset()[:, -1:])
    actions = random_actions(env, 200)
    n_terminal = 0
    for (observations, _, _, infos), (stacks, _, _, plain_infos) in zip(play(env, actions), play(plain, actions), strict=True):
        np.testing.assert_array_equal(observations, stacks[:, -1:])
        for info, plain_info in zip(infos, plain_infos, strict=True):
            if "terminal_observation" in plain_info:
                n_terminal += 1
                np.testing.assert_array_equal(info["terminal_observation"], plain_info["terminal_observation"][-1:])
    assert n_terminal > 4


def test_a_wrapped_reward_leaves_the_score_alone(atari):
    def halved(vector_env):
        return TransformReward(vector_env, lambda rewards: rewards / 2)

    env = atari("SpaceInvaders", 1, seed=0, max_frames=800, wrapper=halved)
    env.reset()
    played = play(env, random_actions(env, 200))
    assert {float(rewards[0]) for _, rewards, *_ in played} == {0.0, 0.5}
    score = played[-1][3][0]["episode"]["r"]
    assert score >= 5
    assert score % 5 == 0
    assert env.env_is_wrapped(Monitor) == [True]


def test_remake_makes_an_env_of_the_same_kind(atari):
    kwargs = {"evaluation": True, "terminal_on_life_loss": True, "clip_reward": True, "noop_max": 7, "fire_reset": False,
              "frame_skip": 3, "frame_stack": 2, "screen_size": (60, 50), "action_repeat_probability": 0.1,
              "full_action_space": True, "max_frames": 90, "num_threads": 1, "wrapper": OneFrameOfTheStack}
    env, expected = atari("Breakout", 1, seed=0, **kwargs), atari("Breakout", 2, seed=5, **kwargs)
    first = expected.reset()
    actions = random_actions(expected, 100)
    played = play(expected, actions)
    remade = env.remake(n_envs=2, seed=5, render_mode="rgb_array")
    again = remade.remake(n_envs=2, seed=5)
    assert (env.render_mode, remade.render_mode, again.render_mode) == (None, "rgb_array", None)
    for other in (remade, again):
        assert other.num_envs == 2
        assert other.observation_space == env.observation_space
        assert other.action_space == env.action_space
        np.testing.assert_array_equal(other.reset(), first)
        assert_same_play(play(other, actions), played)
        other.close()


def test_remake_leaves_the_env_alone(atari):
    env, plain = atari("Breakout", 1, seed=0), atari("Breakout", 1, seed=0)
    env.reset()
    plain.reset()
    actions = random_actions(env, 60)
    first = play(env, actions[:30])
    other = env.remake(n_envs=1, seed=9)
    other.reset()
    play(other, noops(other, 20))
    other.close()
    assert_same_play(first + play(env, actions[30:]), play(plain, actions))


class RandomPlayer:
    def __init__(self, n_actions):
        self.n_actions = n_actions
        self.rng = np.random.default_rng(0)

    def predict(self, observations, state=None, episode_start=None, deterministic=False):
        return self.rng.integers(0, self.n_actions, len(observations)), state


@pytest.mark.filterwarnings("error")
def test_sb3_evaluates_whole_games_by_their_raw_scores(atari):
    """Also of a training env, whose rewards are clipped and whose episodes end with a life."""
    results = []
    for kwargs in ({}, {"evaluation": True}):
        env = atari("SpaceInvaders", 2, seed=1, **kwargs)
        assert env.env_is_wrapped(Monitor) == [True, True]
        assert env.env_is_wrapped(Monitor, indices=[1]) == [True]
        results.append(evaluate_policy(RandomPlayer(env.action_space.n), env, n_eval_episodes=4, return_episode_rewards=True))
    assert results[0] == results[1]
    scores, lengths = results[0]
    assert len(scores) == 4
    assert max(scores) > 20
    assert all(score % 5 == 0 for score in scores)
    assert min(lengths) > 200


@pytest.mark.usefixtures("one_torch_thread")
def test_stock_dqn_runs(atari):
    env = atari("Pong")
    model = DQN("CnnPolicy", env, buffer_size=500, learning_starts=50, batch_size=8, device="cpu", seed=0).learn(100)
    assert model.env is env, "SB3 found nothing to wrap"
    assert model.num_timesteps == 100
    assert model._n_updates > 0


@pytest.mark.usefixtures("one_torch_thread")
def test_stock_ppo_runs(atari):
    env = atari("Breakout", 2, max_frames=60)
    model = PPO("CnnPolicy", env, n_steps=20, batch_size=20, n_epochs=1, device="cpu", seed=0).learn(40)
    assert model.num_timesteps == 40
    assert [episode["l"] for episode in model.ep_info_buffer] == [15, 15]
