"""A run that was stopped, killed or hung up and goes on has, bit for bit, the weights of the run that never was."""

import time
from pathlib import Path

import pytest
import torch as th
from small_eye import GAZE, RETINA
from stable_baselines3.common.callbacks import BaseCallback
from told import Told

from saccade.envs import GymnasiumVecEnv
from saccade.experiments import RunConfig, read_hyperparameters, resume, train
from saccade.experiments.resuming import continuing
from saccade.experiments.resuming.run_state import RunState

pytestmark = pytest.mark.usefixtures("no_events")


ATARI = {"env": "Breakout", "n_envs": 2, "checkpoint_every": 40}
KINDS = {
    "pqn": ({**ATARI, "total_timesteps": 192}, {"n_steps": 16, "batch_size": 16}),
    "soft-attention-pqn": ({**ATARI, "total_timesteps": 192}, {"n_steps": 16, "batch_size": 16}),
    "soft-glimpse-pqn": ({**ATARI, "total_timesteps": 192}, {"n_steps": 16, "batch_size": 16}),
    "dueling-dqn": (
        {**ATARI, "total_timesteps": 120},
        {"learning_starts": 20, "buffer_size": 100, "batch_size": 8, "gradient_steps": 1},
    ),
    "prioritized-dueling-dqn": (
        {**ATARI, "total_timesteps": 120},
        {"learning_starts": 20, "buffer_size": 100, "batch_size": 8, "gradient_steps": 1},
    ),
    "glimpse-reinforce": ({"env": "Catch", "n_envs": 4, "total_timesteps": 460, "checkpoint_every": 92}, GAZE),
    "glimpse-pqn": (
        {"env": "Catch", "n_envs": 4, "total_timesteps": 400, "checkpoint_every": 100},
        {"policy_kwargs": {"features_extractor_kwargs": RETINA, "hidden_width": 16}, "n_steps": 10, "batch_size": 20},
    ),
    "glimpse-ppo": (
        {"env": "Catch", "n_envs": 4, "total_timesteps": 400, "checkpoint_every": 100},
        {**GAZE, "n_steps": 10, "batch_size": 20},  # a rollout ends in the middle of an episode
    ),
    "reinforce": (
        {"env": "CopyRecall", "env_kwargs": {"delay": 0, "length": 5}, "n_envs": 4, "total_timesteps": 300, "checkpoint_every": 60},
        {"policy_kwargs": {"lstm_hidden_size": 8}, "reinforce_coef": 0.5},  # asked in the first step of an episode, too
    ),
    "recurrent-ppo": (
        {"env": "Reorder", "env_kwargs": {"length": 5}, "n_envs": 4, "total_timesteps": 400, "checkpoint_every": 100},
        {"policy_kwargs": {"lstm_hidden_size": 8}, "n_steps": 8, "batch_size": 16},
    ),
}
CHEAP = ("glimpse-pqn", "glimpse-ppo", "glimpse-reinforce")
ALL = [pytest.param(name, marks=() if name in CHEAP else pytest.mark.slow) for name in sorted(KINDS)]


def config(agent: str, output: str) -> RunConfig:
    options, changes = KINDS[agent]
    written = {
        **read_hyperparameters(agent, env=f"saccade/{options['env']}-v0" if agent in CHEAP else "atari"),
        **changes,
        "n_envs": options["n_envs"],
    }  # otherwise rollouts grow
    few = {"eval_games": 0, "wandb": "disabled", "progress": False, "eager": True, "seed": 3, "saliency_every": 10**9}
    return RunConfig(agent=agent, hyperparameters=written, output=Path(output), **few, **options)


def parameters(checkpoint: Path, agent: str) -> dict[str, th.Tensor]:
    model = config(agent, "unused").spec.algorithm.load(checkpoint, device="cpu")
    moments = model.policy.optimizer.state_dict()["state"]
    return {**model.policy.state_dict(), **{f"{i}/{name}": x for i, state in moments.items() for name, x in state.items()}}


def assert_same(one: Path, other: Path, agent: str) -> None:
    first, second = parameters(one, agent), parameters(other, agent)
    assert first.keys() == second.keys()
    assert one.name == other.name
    different = [name for name in first if not th.equal(first[name], second[name])]
    assert not different


class Killed(BaseException):
    """Ends a training without a chance to save anything."""


class Killer(BaseCallback):
    """Ends the training after some env steps."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after = after

    def _on_step(self) -> bool:
        if self.num_timesteps >= self.after:
            raise Killed
        return True


@pytest.mark.parametrize("agent", ALL)
def test_stopped_twice_and_killed_once(agent):
    straight = train(config(agent, "straight"))
    total, told = straight.env_steps, Told()

    def stop_after(steps: int):
        asked = []
        return lambda: asked.append(1) or len(asked) > steps

    n_envs = KINDS[agent][0]["n_envs"]
    stopped = train(config(agent, "run"), stop=stop_after(total // n_envs // 3))
    assert stopped.stopped
    assert stopped.env_steps <= total // 3 + 2 * n_envs  # an agent with a replay buffer finishes its step
    with pytest.raises(Killed):
        resume("run", callbacks=[Killer(2 * total // 3)], reporter=told)
    assert "the run goes on exactly as if it had not stopped" in told.lines
    again = resume("run", stop=stop_after(3))
    assert again.stopped
    finished = resume("run", reporter=told)
    assert finished.env_steps == total
    assert_same(straight.checkpoint, finished.checkpoint, agent)


def test_without_its_random_numbers_it_would_be_another_run(monkeypatch):
    straight = train(config("glimpse-reinforce", "straight"))
    asked: list[int] = []
    train(config("glimpse-reinforce", "run"), stop=lambda: asked.append(1) or len(asked) > 30)
    monkeypatch.setattr(RunState, "restore_random", lambda self, model: None)
    finished = resume("run")
    first, second = (parameters(path, "glimpse-reinforce") for path in (straight.checkpoint, finished.checkpoint))
    assert not all(th.equal(first[name], second[name]) for name in first)


def test_an_env_without_a_state_goes_on_with_new_games_and_says_so(monkeypatch):
    monkeypatch.setattr(GymnasiumVecEnv, "save_state", lambda self: None)
    weights, told = [], Told()
    for name in ("a", "b"):
        asked: list[int] = []
        train(config("glimpse-reinforce", name), stop=lambda asked=asked: asked.append(1) or len(asked) > 30)
        weights.append(parameters(resume(name, reporter=told).checkpoint, "glimpse-reinforce"))
    assert all(th.equal(weights[0][name], weights[1][name]) for name in weights[0])  # reproducible
    said = "the run goes on with new games from its seed, because the state of Catch cannot be saved"
    assert sum(line.startswith(said) for line in told.lines) == 2


def test_it_says_why_nothing_happens_while_games_are_brought_back(monkeypatch):
    """The reporter is told from another thread, while the games are still on their way."""
    asked: list[int] = []
    train(config("glimpse-reinforce", "run"), stop=lambda: asked.append(1) or len(asked) > 30)
    told, restore, before = Told(), RunState.restore, []

    def slow(self, model):
        deadline = time.monotonic() + 60
        while not told.lines and time.monotonic() < deadline:
            time.sleep(0.01)
        before.extend(told.lines)
        restore(self, model)

    monkeypatch.setattr(RunState, "restore", slow)
    monkeypatch.setattr(continuing, "SILENCE", 0.05)
    resume("run", reporter=told)
    assert before == [continuing.PLAYED_AGAIN]
