"""Experiments as functions: many times in one process, in a thread, in Optuna, and the process is afterwards as it was."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
import torch as th
from stable_baselines3.common.callbacks import BaseCallback

from saccade.agents import DoubleDQN
from saccade.experiments import (
    Console,
    DivergedError,
    RunConfig,
    RunFolderError,
    evaluate,
    read_hyperparameters,
    resume,
    train,
)
from saccade.experiments.scoring.score_keeper import ScoreKeeper

SIGNALS = (signal.SIGINT, signal.SIGTERM)

pytestmark = pytest.mark.usefixtures("small_events")


def process_state() -> tuple:
    return [signal.getsignal(number) for number in SIGNALS], sys.excepthook, dict(os.environ), th.get_num_threads()


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    """Whatever a test does, the process is afterwards as it was."""
    before = process_state()
    yield
    after = process_state()
    for state in (before, after):
        state[2].pop("PYTEST_CURRENT_TEST", None)
    assert after == before


def short(output: str, **changes) -> RunConfig:
    few = {"total_timesteps": 64, "n_envs": 2, "eval_games": 1, "wandb": "disabled", "eager": True, "output": Path(output)}
    return RunConfig(**{"env": "Breakout", "agent": "dueling-dqn", **few, **changes})


def catch(output: str, **changes) -> RunConfig:
    return short(output, **{"env": "Catch", "agent": None, "total_timesteps": 46, "eval_games": 4, "eager": False, **changes})


def test_twice_in_one_process_and_once_in_a_thread():
    first, second = train(short("a")), train(short("b", seed=1))
    assert (first.env_steps, first.stopped, len(first.scores)) == (64, False, 1)
    assert [result.checkpoint.is_file() for result in (first, second)] == [True, True]
    in_thread = []
    thread = threading.Thread(target=lambda: in_thread.append(train(catch("c"))))
    thread.start()
    thread.join()
    assert in_thread[0].env_steps == 46
    assert resume("c", total_timesteps=92).env_steps == 92


def test_the_same_seed_gives_the_same_weights_again():
    weights = []
    for name in ("a", "b"):
        result = train(short(name, eval_games=0))
        weights.append(DoubleDQN.load(result.checkpoint, device="cpu").policy.state_dict())
    assert all(th.equal(weights[0][name], weights[1][name]) for name in weights[0])


class Pruner(BaseCallback):
    """Prunes the trial after some env steps."""

    def _on_step(self) -> bool:
        if self.num_timesteps >= 40:
            raise optuna.TrialPruned
        return True


@pytest.mark.slow
def test_inside_an_optuna_objective_with_a_loss_that_is_not_a_number():
    before = set(threading.enumerate())  # a callback of another test may not be garbage yet

    def objective(trial: optuna.Trial) -> float:
        rate = trial.suggest_categorical("learning_rate", [1e-4, 1e30])
        written = {**read_hyperparameters("dueling-dqn"), "learning_rate": rate, "max_grad_norm": 1e30}
        config = short(f"trial-{trial.number}", hyperparameters=written, total_timesteps=200)
        try:
            result = train(config, callbacks=[Pruner()] if trial.number == 2 else [])
        except DivergedError as error:
            trial.set_user_attr("reason", str(error))
            raise optuna.TrialPruned from error
        return float(result.scores.mean())

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for rate in (1e-4, 1e30, 1e-4):
        study.enqueue_trial({"learning_rate": rate})
    study.optimize(objective, n_trials=3)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "PRUNED", "PRUNED"]
    assert "is not finite" in study.trials[1].user_attrs["reason"]
    assert "The last good one is" in study.trials[1].user_attrs["reason"]
    # What a callback raised has left a run that goes on, with its lock free.
    with pytest.raises(RunFolderError, match="has no checkpoint"):
        resume("trial-2")
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("saliency")]


@pytest.mark.parametrize("kind", [KeyError, KeyboardInterrupt])
def test_what_a_callback_raises_comes_out(kind):
    class Raiser(BaseCallback):
        def _on_step(self) -> bool:
            raise kind("mine")

    with pytest.raises(kind, match="mine"):
        train(short("run"), callbacks=[Raiser()])


def test_stopped_from_outside_and_resumed():
    asked = []
    stopped = train(short("run", total_timesteps=10_000), stop=lambda: asked.append(1) or len(asked) > 10)
    assert stopped.stopped
    assert stopped.env_steps < 100
    assert list(Path("run/checkpoints/replay").glob("*.npz"))
    finished = resume("run", total_timesteps=stopped.env_steps + 20)
    assert not finished.stopped
    assert finished.env_steps == stopped.env_steps + 20


def test_a_stop_in_the_final_evaluation_comes_too_late_and_is_said(monkeypatch, capsys):
    original = ScoreKeeper.score

    def interrupted(self):
        signal.raise_signal(signal.SIGTERM)
        original(self)

    monkeypatch.setattr(ScoreKeeper, "score", interrupted)
    result = train(short("run"), reporter=Console(progress=False))
    assert "so there is no final score" in capsys.readouterr().out
    assert (result.env_steps, result.stopped, result.scores) == (64, False, None)
    assert not Path("run/checkpoints/replay").exists()


def test_a_signal_stops_the_training_of_the_main_thread():
    class Interrupter(BaseCallback):
        def _on_step(self) -> bool:
            if self.n_calls == 3:
                signal.raise_signal(signal.SIGTERM)
            return True

    result = train(short("run", total_timesteps=10_000), callbacks=[Interrupter()])
    assert result.stopped
    assert result.checkpoint.is_file()


def test_silent_prints_nothing_and_the_console_tells_what_happens(capfd):
    train(catch("quiet"))
    evaluate("quiet", games=4, video_steps=0)
    assert capfd.readouterr() == ("", "")
    train(catch("loud"), reporter=Console(progress=False))
    told, complained = capfd.readouterr()
    assert "run folder loud" in told
    assert "done: loud/checkpoints/step_" in told
    assert complained == ""


@pytest.mark.integration
def test_wandb_is_not_imported_for_a_run_that_is_not_logged():
    program = (
        "import sys; from pathlib import Path; from saccade.experiments import RunConfig, train\n"
        "hook = sys.excepthook\n"
        "train(RunConfig('Catch', total_timesteps=46, n_envs=2, eval_games=0, wandb='disabled', output=Path('run')))\n"
        "assert sys.excepthook is hook is sys.__excepthook__; print('wandb' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == "False\n"


def test_one_configuration_makes_many_runs_and_stays_as_it_is():
    written = {**read_hyperparameters("glimpse-reinforce", env="Catch"), "n_envs": 2}
    before = deepcopy(written)
    config = replace(catch("run", eval_games=0), output=None, hyperparameters=written)
    runs = [train(config).run for _ in range(2)]
    assert len(set(runs)) == 2
    assert written == before


def test_a_configuration_is_frozen_and_can_be_varied():
    config = catch("run")
    assert replace(config, env="Breakout", agent="pqn").spec.name == "pqn"
    with pytest.raises(AttributeError):
        config.seed = 3  # type: ignore[misc]
