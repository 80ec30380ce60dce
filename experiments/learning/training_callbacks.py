"""What training does beside learning: pictures, logs and a progress bar."""

import contextlib
import time
from pathlib import Path

from stable_baselines3.common.callbacks import BaseCallback, ProgressBarCallback
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

from ...saliency import GazeCallback, SaliencyCallback
from ..run_config import RunConfig


def event_callbacks(config: RunConfig, run: Path) -> list[SaliencyCallback | GazeCallback]:
    """
    What a run draws now and then. Several kinds share the time that such events may take.

    :param config: of the run
    :param run: its folder; each kind has a folder in it
    """
    kinds, known = config.spec.events, {"saliency": SaliencyCallback, "gaze": GazeCallback}
    share = config.saliency_budget / len(kinds)
    return [known[kind](folder=run / kind, budget=share, every=config.saliency_every) for kind in kinds]


class LogWriter(BaseCallback):
    """
    Writes SB3's logs every so many env steps. SB3 counts episodes, and Enduro has one in 3,000 env steps or more.

    :param every: env steps
    :param seconds: of training before this part of the run
    """

    def __init__(self, every: int, seconds: float = 0.0) -> None:
        super().__init__()
        self.every, self.before = every, seconds
        self._started = time.monotonic()

    def _on_training_start(self) -> None:
        self.latest = self.num_timesteps
        if self.before:
            self.model._num_timesteps_at_start = 0  # speed is that of the whole run, too

    def _on_step(self) -> bool:
        if self.num_timesteps - self.latest >= self.every:
            self.latest = self.num_timesteps
            self.dump()
        return True

    def dump(self) -> None:
        """Write now. SB3 reads the time of day, which may be set back; the seconds come from a clock that only goes on."""
        assert isinstance(self.model, OffPolicyAlgorithm | OnPolicyAlgorithm)
        self.model.start_time = time.time_ns() - round(1e9 * self.seconds())
        self.model.dump_logs()

    def seconds(self) -> float:
        """Of training so far."""
        return self.before + time.monotonic() - self._started


# A terminal or a pipe that was closed: rich, which draws the bar, asks to end the process then.
CLOSED = (OSError, SystemExit)


class ProgressBar(ProgressBarCallback):
    """SB3's progress bar. A terminal or a pipe that was closed does not end the training."""

    def _on_training_start(self) -> None:
        with contextlib.suppress(*CLOSED):
            super()._on_training_start()

    def _on_step(self) -> bool:
        with contextlib.suppress(*CLOSED):
            if hasattr(self, "pbar"):
                super()._on_step()
        return True

    def _on_training_end(self) -> None:
        self.close()

    def close(self) -> None:
        """Leave the terminal in order."""
        with contextlib.suppress(*CLOSED):
            if hasattr(self, "pbar"):
                self.pbar.refresh()
                self.pbar.close()
