"""A run that was stopped and goes on logs the scores of the run that never was: all evaluations play the same games."""

from pathlib import Path

import numpy as np
import pytest
from small_eye import RETINA
from stable_baselines3 import A2C
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger

from saccade.experiments import Console, RunConfig, read_hyperparameters, resume, train
from saccade.experiments.curves.curve import read_scores
from saccade.experiments.run_folder import RunFolder
from saccade.experiments.scoring.played_games import PlayedGames
from saccade.experiments.scoring.score_keeper import ScoreKeeper
from saccade.experiments.scoring.score_table import read_games
from saccade.experiments.setup.run_envs import make_env

pytestmark = pytest.mark.usefixtures("no_events")


SHORT = {"n_steps": 10, "batch_size": 20, "n_epochs": 1}
KINDS = {
    "answers": (
        {"env": "Catch", "agent": "glimpse-pqn", "eval_games": 40},
        {"policy_kwargs": {"features_extractor_kwargs": RETINA, "hidden_width": 16}},
    ),
    "games": ({"env": "Quadrant", "agent": "pqn", "eval_games": 6}, {}),
}


class Clock(BaseCallback):
    """Knows the env steps so far."""

    def _on_step(self) -> bool:
        return True


def config(kind: str, output: str) -> RunConfig:
    options, changes = KINDS[kind]
    written = {**read_hyperparameters(options["agent"], env=options["env"]), **SHORT, **changes, "n_envs": 4, "learning_rate": 0.01}
    every = {"eval_every": 80, "checkpoint_every": 80, "total_timesteps": 240}
    few = {"wandb": "disabled", "progress": False, "eager": True, "seed": 3, "n_envs": 4}
    return RunConfig(hyperparameters=written, output=Path(output), **options, **every, **few)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_resumed_run_logs_the_scores_of_the_run_never_stopped(kind):
    straight = train(config(kind, "straight"))
    clock = Clock()
    assert train(config(kind, "run"), callbacks=[clock], stop=lambda: clock.num_timesteps >= 100).stopped
    assert len(read_scores(RunFolder(Path("run")))) == 1  # it has been evaluated once
    finished = resume("run")
    assert np.array_equal(straight.scores, finished.scores)
    logs = [[(s.env_steps, s.mean, s.std, s.counted) for s in read_scores(RunFolder(Path(run)))] for run in ("straight", "run")]
    assert len(logs[0]) == 3
    assert logs[0] == logs[1]
    assert read_games(Path("straight/scores.csv")) == read_games(Path("run/scores.csv"))


def test_every_evaluation_plays_the_same_games_and_inside_one_they_differ():
    """Weights that never change have one score, however many evaluations there were."""
    env = make_env("Quadrant", 3, 5)
    model = A2C("MlpPolicy", env, device="cpu", seed=0, policy_kwargs={"net_arch": [4]})
    model.set_logger(Logger(None, []))
    kept: list[PlayedGames] = []
    for seed in (5, 5, 50):
        keeper = ScoreKeeper(env, 7, 100, lambda: False, Console(), seed=seed, keep=lambda _, played: kept.append(played))
        keeper.init_callback(model)
        keeper.score()
        env.step(np.zeros(3, int))  # whatever happens to the envs in between
    first, again, other = ([*played.trajectories] for played in kept)
    assert first == again
    assert set(first).isdisjoint(other)
    assert kept[0].distinct == 7
    env.close()
