"""Which kinds of games are played where, and what evaluate prints and keeps of them."""

import csv
import json
import tarfile
from functools import partial
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from corridor import Corridor
from gymnasium import spaces
from stable_baselines3 import DQN
from told import Told

from saccade.envs import make_atari
from saccade.experiments import USER_ERRORS, ConfigError, Console, GameScores, evaluate
from saccade.experiments.scoring.game_kinds import Wanted
from saccade.experiments.scoring.played_games import GREEDY, Kind, PlayedGames

SMALL = {"features_extractor_kwargs": {"features_dim": 8}, "net_arch": []}
DISCRETE, CONTINUOUS = spaces.Discrete(3), spaces.Box(-1, 1, (2,))


def kinds(wanted: Wanted, atari: bool, actions: spaces.Space, distinct: bool) -> list[tuple[str, int]]:
    """(kind, games) in the order of the result, where greedy games are copies or not."""

    def play(kind: Kind, games: int) -> PlayedGames:
        names = [str(i) for i in range(games)] if distinct or kind != GREEDY else ["0"] * games
        return PlayedGames(np.zeros(games), np.zeros(games), [None] * games, names, kind)

    return [(str(played.kind), len(played.scores)) for played in wanted.played(play, atari, actions)]


@pytest.mark.parametrize(
    ("wanted", "atari", "actions", "distinct", "played"),
    [
        (Wanted(), True, DISCRETE, False, [("sticky actions 0.25", 30), ("greedy", 10)]),
        (Wanted(games=4), True, DISCRETE, False, [("sticky actions 0.25", 4), ("greedy", 4)]),
        (Wanted(sticky_actions=0.5), True, DISCRETE, True, [("sticky actions 0.5", 30), ("greedy", 10)]),
        (Wanted(sticky_actions=0), True, DISCRETE, False, [("greedy", 30)]),
        (Wanted(epsilon=0.05), True, DISCRETE, False, [("epsilon 0.05", 30), ("greedy", 10)]),
        (Wanted(), False, DISCRETE, False, [("epsilon 0.01", 30), ("greedy", 30)]),
        (Wanted(), False, DISCRETE, True, [("greedy", 30)]),
        (Wanted(), False, CONTINUOUS, False, [("greedy", 30)]),
        (Wanted(epsilon=0), False, DISCRETE, False, [("greedy", 30)]),
        (Wanted(games=3, epsilon=0.1), False, DISCRETE, True, [("epsilon 0.1", 3), ("greedy", 3)]),
    ],
)
def test_the_main_figure_comes_first(wanted, atari, actions, distinct, played):
    assert kinds(wanted, atari, actions, distinct) == played


def test_what_cannot_be_asked_for():
    with pytest.raises(ConfigError, match=r"sticky_actions is 1\.5; it must be from 0 to 1"):
        Wanted(sticky_actions=1.5)
    with pytest.raises(ConfigError, match="either makes games differ"):
        Wanted(sticky_actions=0.25, epsilon=0.01)
    with pytest.raises(ConfigError, match="sticky_actions are for Atari games, and CartPole-v1 is none; take epsilon"):
        Wanted(sticky_actions=0.25).check("CartPole-v1", False, DISCRETE)
    with pytest.raises(ConfigError, match="epsilon is for discrete actions"):
        Wanted(epsilon=0.1).check("Pendulum-v1", False, CONTINUOUS)


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as opened:
        return list(csv.DictReader(opened))


def test_a_run_of_atari_prints_both_figures_and_keeps_every_game_once(one_torch_thread, monkeypatch):
    with tarfile.open(Path(__file__).parents[2] / "first_house" / "breakout-dueling-dqn.tar.xz") as kept:
        kept.extractall(filter="data")
    run = Path("first_house/breakout-dueling-dqn")
    short = partial(make_atari, max_frames=12)  # three env steps
    monkeypatch.setattr("saccade.experiments.setup.run_envs.make_atari", short)
    told = Told()
    scores = evaluate(run, games=3, video_steps=0, reporter=told)
    assert isinstance(scores, GameScores)
    text = "\n".join(told.lines)
    assert "\nsticky actions 0.25: 0.0" in text
    assert "\ngreedy: 0.0" in text
    assert text.count("of 3 games distinct") == 2
    rows = rows_of(run / "scores.csv")
    assert [(row["kind"], row["game"]) for row in rows] == [(kind, game) for kind in ("sticky", "greedy") for game in "123"]
    assert {row["length"] for row in rows} == {"3"}
    assert {int(row["frames"]) for row in rows} <= set(range(12, 45))  # no-ops come before the cap
    evaluate(run, games=3, video_steps=0, force=True)
    assert rows_of(run / "scores.csv") == rows  # the same games, and none twice
    report = json.loads((run / "evaluation" / "step_0000000122-seed1000000.json").read_text())
    assert (report["kind"], report["probability"], report["others"][0]["kind"]) == ("sticky", 0.25, "greedy")


@pytest.mark.parametrize("sticky", [0.0, 0.5])
def test_sticky_actions_reach_the_emulator(sticky, atari):
    """The same actions from the same start: games differ only where the emulator repeats actions by its own draw."""
    env = atari("Breakout", n_envs=1, seed=3, evaluation=True, action_repeat_probability=sticky, noop_max=1)
    pictures = []
    for _ in range(2):
        env.reset()
        for t in range(60):
            seen = env.step(np.array([1 if t % 20 == 0 else 2 + t % 2]))[0]
        pictures.append(seen)
    assert np.array_equal(*pictures) == (sticky == 0)


@pytest.fixture
def corridor():
    gym.register("Corridor-v0", lambda: Corridor(0, 1.0))
    DQN("MlpPolicy", gym.make("Corridor-v0"), buffer_size=10, device="cpu", seed=0).save("dqn.zip")
    yield "Corridor-v0"
    del gym.registry["Corridor-v0"]


def test_a_strangers_env_that_repeats_itself_gets_epsilon(corridor):
    told = Told()
    scores = evaluate("dqn.zip", env=corridor, games=6, video_steps=0, reporter=told)
    text = "\n".join(told.lines)
    assert "epsilon 0.01: 3.0" in text
    assert "greedy: 3.0; one game has no standard error (1 of 6 games distinct)" in text
    assert [played.kind.name for played in scores.played] == ["epsilon", "greedy"]
    evaluate("dqn.zip", env=corridor, games=2, epsilon=0.5, seed=1, video_steps=0, force=True)
    rows = rows_of(Path("evaluate-dqn/scores.csv"))
    assert [row["probability"] for row in rows] == ["0.01"] * 6 + ["0.0"] * 6 + ["0.5"] * 2 + ["0.0"] * 2
    with pytest.raises(USER_ERRORS, match="sticky_actions are for Atari games"):
        evaluate("dqn.zip", env=corridor, sticky_actions=0.25, output="other")


def test_a_console_sees_a_bar_of_each_kind(corridor, capsys):
    evaluate("dqn.zip", env=corridor, games=3, video_steps=0, reporter=Console())
    shown = capsys.readouterr().err
    assert "games, greedy" in shown
    assert "games, epsilon 0.01" in shown
    evaluate("dqn.zip", env=corridor, games=3, video_steps=0, force=True, reporter=Console(progress=False))
    assert "games," not in capsys.readouterr().err


def test_a_model_of_atari_is_played_in_both_kinds(one_torch_thread):
    env = make_atari("Pong", n_envs=1)
    DQN("CnnPolicy", env, buffer_size=1, device="cpu", policy_kwargs=SMALL).save("pong.zip")
    env.close()
    scores = evaluate("pong.zip", env="Pong", env_kwargs={"max_frames": 40}, games=2, video_steps=0)
    assert [str(played.kind) for played in scores.played] == ["sticky actions 0.25", "greedy"]
    native = DQN("CnnPolicy", gym.make("ALE/Pong-v5"), buffer_size=1, device="cpu", policy_kwargs=SMALL)
    native.save("native.zip")
    kwargs = {"max_num_frames_per_episode": 40}
    scores = evaluate("native.zip", env="Pong", env_kwargs=kwargs, games=2, video_steps=0)
    assert [str(played.kind) for played in scores.played] == ["sticky actions 0.25", "greedy"]
