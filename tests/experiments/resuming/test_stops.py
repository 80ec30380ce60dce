"""Signals, stops in long updates and in the last games, and envs whose state cannot be saved."""

import signal
import time
from pathlib import Path

import pytest
from small_eye import GAZE
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback

from saccade.experiments import Console, RunConfig, RunFolderError, read_hyperparameters, resume, train
from saccade.experiments.endings.run_note import How, RunNote
from saccade.experiments.learning.stopping import StopAtSignal
from saccade.experiments.learning.training_callbacks import LogWriter, ProgressBar
from saccade.experiments.resuming.progress_csv import read_rows
from saccade.experiments.scoring.score_keeper import ScoreKeeper

pytestmark = pytest.mark.usefixtures("no_events")


def catch(agent: str = "glimpse-reinforce", **changes) -> RunConfig:
    written = {**read_hyperparameters(agent, env="saccade/Catch-v0"), **GAZE, "n_envs": 2}
    if agent == "glimpse-ppo":
        written |= {"n_steps": 10, "batch_size": 10}
    few = {"env": "Catch", "n_envs": 2, "total_timesteps": 92, "eval_games": 0, "wandb": "disabled", "eager": True, "output": "run"}
    return RunConfig(agent=agent, hyperparameters=written, **{**few, **changes})


class Nobody:
    shows_progress = False

    def say(self, line: str) -> None:
        """Nothing."""


@pytest.fixture
def not_ignored(number):
    """What started the tests may ignore a signal, as nohup does."""
    outside = signal.signal(number, signal.SIG_DFL)
    yield
    signal.signal(number, outside)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_are_heard_and_handlers_put_back(number, not_ignored):
    before = signal.getsignal(number)
    with StopAtSignal(Nobody()) as stopping:
        assert not stopping.is_stopped()
        signal.raise_signal(number)
        assert stopping.is_stopped()
        if number == signal.SIGHUP:  # a closed terminal may send several
            signal.raise_signal(number)
        else:
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(number)
    assert signal.getsignal(number) == before


def test_nohup_is_respected():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with StopAtSignal(Nobody()) as stopping:
            signal.raise_signal(signal.SIGHUP)
            assert not stopping.is_stopped()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_run_goes_on_from_before_damaged_checkpoints_and_keeps_its_new_ones():
    run = train(catch(total_timesteps=184, checkpoint_every=46)).run
    _whole, *damaged = sorted((run / "checkpoints").glob("*.zip"))
    for path in damaged:
        path.write_bytes(path.read_bytes()[:1000])
    asked: list[int] = []
    result = resume(run, total_timesteps=920, keep_checkpoints=1, stop=lambda: len(asked) > 30 or bool(asked.append(1)))
    assert result.stopped
    assert result.checkpoint.exists()
    assert result.env_steps < 184  # earlier than the damaged ones
    assert resume(run).env_steps == 920


def test_a_stop_is_heard_between_the_updates_of_a_rollout():
    updates = []

    class InTheSecondTraining(BaseCallback):
        """Sends a signal with the third update of the second rollout."""

        def _on_training_start(self) -> None:
            self.model.policy.optimizer.register_step_post_hook(self._on_update)

        def _on_update(self, *_) -> None:
            updates.append(self.num_timesteps)
            if updates.count(40) == 3:
                signal.raise_signal(signal.SIGTERM)

        def _on_step(self) -> bool:
            return True

    result = train(catch("glimpse-ppo"), callbacks=[InTheSecondTraining()])
    assert updates.count(20) > 3
    assert updates.count(40) == 3
    assert (result.stopped, result.env_steps) == (True, 20)  # the rollout is played again
    assert result.checkpoint.name == "step_0000000020.zip"


def test_a_training_that_a_callback_ended_has_a_score_and_can_go_on(capsys):
    noted = []

    class Ends(BaseCallback):
        def _on_step(self) -> bool:
            noted.append(RunNote.of(Path("run")).how)
            return self.num_timesteps < 40

    first = train(catch("glimpse-ppo", eval_games=4), callbacks=[Ends()], reporter=Console(progress=False))
    assert (first.stopped, first.env_steps, len(first.scores)) == (False, 40, 4)
    assert set(noted) == {How.RUNNING}
    assert RunNote.of(Path("run")).how is How.ENDED
    assert "a callback ended the training at 40 of 92 env steps; resume it to go on" in capsys.readouterr().out
    second = resume("run", reporter=Console(progress=False))
    assert second.env_steps >= 92
    assert "a callback ended" not in capsys.readouterr().out


def test_last_games_that_were_stopped_are_made_up(monkeypatch, capsys):
    original = ScoreKeeper.score

    def interrupted(self):
        signal.raise_signal(signal.SIGTERM)
        original(self)

    with monkeypatch.context() as patched:
        patched.setattr(ScoreKeeper, "score", interrupted)
        first = train(catch(eval_games=4), reporter=Console(progress=False))
    assert (first.scores, first.stopped, first.scored) == (None, False, False)
    assert "the final games were stopped" in capsys.readouterr().out
    second = resume("run", reporter=Console(progress=False))
    assert (len(second.scores), second.env_steps, second.checkpoint) == (4, first.env_steps, first.checkpoint)
    assert second.scored
    assert "has no final score" in capsys.readouterr().out
    with pytest.raises(RunFolderError, match="give a larger total_timesteps") as refused:
        resume("run")
    assert refused.value.option == "total_timesteps"  # a command line says --total-timesteps
    log = Path("run/progress.csv")
    log.write_bytes(junk := b"\x00junk\n\xff\n")
    with pytest.raises(RunFolderError, match=r"progress\.csv is damaged \(it is not text\); mend it, or move it away, and"):
        resume("run", total_timesteps=second.env_steps + 1)
    assert log.read_bytes() == junk


def test_a_clock_that_is_set_back_changes_no_speed(monkeypatch):
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() - 10**15)

    class SetBack(BaseCallback):
        def _on_step(self) -> bool:
            monkeypatch.setattr(time, "time_ns", lambda: real() - 2 * 10**15)
            return True

    train(catch(), callbacks=[SetBack()])
    fps = [float(row["time/fps"]) for row in read_rows(Path("run/progress.csv"))[1] if row["time/fps"]]
    assert fps
    assert max(fps) < 10**6
    assert LogWriter(1, seconds=5.0).seconds() >= 5.0


@pytest.mark.parametrize("closed", [BrokenPipeError, SystemExit])
def test_a_pipe_that_is_closed_does_not_end_the_training(closed, monkeypatch):
    """``saccade train ... | head -1``: rich, which draws the bar, asks to end the process then."""

    class Closed:
        total = n = 0

        def __init__(self, *args, **kwargs):
            pass

        def update(self, steps):
            raise closed

        refresh = close = lambda self: self.update(1)

    monkeypatch.setattr("stable_baselines3.common.callbacks.tqdm", Closed)
    model = PPO("MlpPolicy", "CartPole-v1", n_steps=8, batch_size=8, n_epochs=1, device="cpu")
    bar = ProgressBar()
    assert model.learn(16, bar).num_timesteps == 16
    bar.close()
