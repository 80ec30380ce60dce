"""The life of a callback that draws now and then: when an event is due, what it costs, where its results go."""

import time
from abc import abstractmethod
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback

from .errors import SaliencyError
from .extras import Extras
from .readers.undisturbed.random_state import kept_random_state
from .records.event_folder import event_folder, kept_steps
from .records.event_name import event_name
from .records.tensorboard_log import TensorBoardLog
from .records.wandb_log import WandbLog
from .time_budget import TimeBudget


@dataclass
class Drawn:
    """
    What a drawing leaves for Weights & Biases and TensorBoard.

    :param pictures: {name: (H, W, 3) uint8}
    :param video: path, or None
    :param rows: of the table of maps
    """

    pictures: dict[str, np.ndarray] = field(default_factory=dict)
    video: Path | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Event:
    """
    One event, computed but not drawn.

    :param figures: {curve: value}
    :param draw: writes its files into a folder and returns what W&B and TensorBoard show; the flag says whether they want pictures.
        It runs in a thread, so it must not touch the model
    """

    figures: dict[str, float]
    draw: Callable[[Path, bool], Drawn]


class EventCallback(BaseCallback):
    """
    Makes an event before training, after it, and now and then in between. A subclass says what an event is.

    Inside another callback, such as SB3's ``EveryNTimesteps`` or ``EvalCallback(callback_on_new_best=)``, an event comes whenever
    that one calls. A budget has no effect there, and an event is drawn before training goes on: SB3 does not tell an inner
    callback that training ends.

    :param section: name of the folder, of the curves in SB3's logger and of the section in W&B
    :param folder: for the files; None for a new one (:func:`saccade.saliency.records.event_folder.event_folder`)
    :param budget: share of the wall-clock time that events may take; the first and the last event come in any case
    :param every: env steps between events, which come at its multiples, instead of a budget
    :param verbose: 1 prints a line for each event
    :raises ValueError: if a number is out of range
    """

    def __init__(self, section: str, folder: str | Path | None, budget: float, every: int | None, verbose: int = 0) -> None:
        super().__init__(verbose)
        if every is not None and every < 1:
            raise ValueError(f"every is {every}; it must be at least 1 env step")
        self.section = section
        self.wanted_folder = None if folder is None else Path(folder)
        self.folder: Path | None = None  # where events go, once training has started
        self.share = budget
        self.budget = TimeBudget(budget)
        self.every = every
        self.events = 0
        self.wandb_run: Any = None  # of W&B; None: the run that is active when training starts; False: none
        self._last_step = -1
        self._wandb: WandbLog | None = None
        self._tensorboard: TensorBoardLog | None = None
        # What the first event refuses is raised, because nothing is lost yet.
        self._computing = Extras(f"{section} event", "training goes on", loud=(SaliencyError,))
        self._drawing = Extras(f"{section} event", "training goes on")
        self._worker: ThreadPoolExecutor | None = None
        self._pending: tuple[int, Event, Future[tuple[Drawn, float]]] | None = None
        self._watches = False  # whether it is told of each step, from the start of training to its end
        self._watched: BaseAlgorithm | None = None  # the model of the events in `folder`

    @abstractmethod
    def _make_event(self) -> Event:
        """The event of this moment."""

    def _ready(self, patient: bool) -> bool:
        """Whether there is something to show; a caller who is not ``patient`` takes less. Its cost is not that of an event."""
        return True

    def _open(self) -> None:
        """What an event needs, made when training starts."""

    def _release(self) -> None:
        """Gives back what :meth:`_open` made."""

    def init_callback(self, model: BaseAlgorithm) -> None:
        """As SB3's, which calls it at the start of every ``learn``."""
        self.close()  # what an earlier `learn` left open
        with kept_random_state(model.device):
            super().init_callback(model)

    def _on_training_start(self) -> None:
        if self.parent is not None:
            return  # the parent calls when an event is due
        self._begin()
        self._watches = True
        if self._last_step < 0:
            self._event(patient=True)

    def _begin(self) -> None:
        # A `learn` that goes on with the steps of the last one goes on in its folder.
        goes_on = self._watched is self.model and 0 <= self._last_step <= self.num_timesteps and self.wanted_folder is None
        if self.folder is None or not goes_on:
            self.folder = event_folder(self.wanted_folder, self, self.section)
        self.budget = TimeBudget(self.share)
        self._last_step, self._watched = self._kept_step(), self.model
        if self._last_step >= 0:  # the first event comes later, when there is something to lose
            self._computing.loud = ()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix=self.section)
        self._wandb = WandbLog(self.section, self.folder, self.wandb_run)
        self._tensorboard = TensorBoardLog(self.section, self.logger)
        self._open()

    def _kept_step(self) -> int:
        """The newest event of a run that goes on; -1 without one. A budget begins anew, so such a run begins with an event."""
        assert self.folder is not None
        goes_on = self.every is not None and self.num_timesteps > 0
        kept = [step for step in kept_steps(self.folder) if step <= self.num_timesteps] if goes_on else []
        return max(kept, default=-1)

    def _look_back(self) -> None:
        """Takes in what happened since the last event. A subclass that needs each step and is not shown it asks the model."""

    def _inner_event(self) -> None:
        """An event inside another callback, from which nothing but this call may ever come."""
        if self._worker is None:
            self._begin()
        self._look_back()
        if self.every is None or self._last_step < 0 or self._is_multiple_passed():
            self._event(patient=False)
            self._deliver(wait=True)

    def _on_step(self) -> bool:
        if not self._watches:
            self._inner_event()
            return True
        # Under a budget an event waits until the last one is drawn, so that its cost is known. A cadence is always kept.
        self._deliver(wait=self.every is not None and self._due())
        if self._pending is None and self._due():
            self._event(patient=True)
        return True

    def _on_training_end(self) -> None:
        if not self._watches:  # RL Zoo calls this also if `learn` has refused the callback
            return
        self._deliver(wait=True)
        if self._last_step < self.num_timesteps:
            self._event(patient=False)
            self._deliver(wait=True)
        self._dump()
        self.close()

    def _dump(self) -> None:
        """Writes the last event. What others have recorded stays, so that it can be read after ``learn`` as without us."""
        logger = self.logger
        pending: tuple[dict[str, Any], ...] = (logger.name_to_value, logger.name_to_count, logger.name_to_excluded)
        others = [{name: each.pop(name) for name in list(each) if not name.startswith(f"{self.section}/")} for each in pending]
        logger.record("time/total_timesteps", self.num_timesteps, exclude="tensorboard")
        logger.dump(self.num_timesteps)
        for now, before in zip(pending, others, strict=True):
            now.update(before)

    def _due(self) -> bool:
        if self._last_step < 0:
            return True
        if self.every is not None:
            return self._is_multiple_passed()
        return self.budget.allows_event()

    def _is_multiple_passed(self) -> bool:
        """Events come at multiples of ``every``, wherever a run was stopped in between, so runs of other seeds have the same."""
        assert self.every is not None
        return self.num_timesteps // self.every > self._last_step // self.every

    def _event(self, patient: bool) -> None:
        """One event, if it is ready. Computing happens here; drawing and writing happen in a thread."""
        with self.budget.charge(), kept_random_state(self.model.device):
            ready = self._computing.tried(lambda: self._ready(patient))
        if ready is None:  # it has failed, and is not tried again at every step
            self._last_step = self.num_timesteps
        if not ready:
            return
        self.budget.begin_event()
        with self.budget.charge(), kept_random_state(self.model.device):
            event = self._computing.tried(self._make_event)
        self._last_step = self.num_timesteps
        if event is None:
            return
        assert self._worker is not None  # training has started
        assert self.folder is not None
        assert self._wandb is not None
        assert self._tensorboard is not None
        self.events += 1
        self._computing.loud = ()
        with_pictures = self._wandb.active or self._tensorboard.active
        drawing = self._worker.submit(_timed, event, self.folder, with_pictures, self._drawing)
        self._pending = (self.num_timesteps, event, drawing)
        if self.verbose:
            files = self.folder / event_name(self.num_timesteps, ".*")
            print(f"{self.section}: event {self.events} at {self.num_timesteps} env steps, {files}")

    def _deliver(self, wait: bool) -> None:
        """Gives a drawn event to the loggers, once its thread is done."""
        if self._pending is None or not (wait or self._pending[2].done()):
            return
        (env_steps, event, drawing), self._pending = self._pending, None
        drawn, seconds = drawing.result()
        self.budget.add(seconds)
        with self.budget.charge():
            figures = {f"{self.section}/{name}": value for name, value in event.figures.items()}
            figures[f"{self.section}/cost_seconds"] = self.budget.last_cost
            figures[f"{self.section}/share_of_time"] = self.budget.used()
            for name, value in figures.items():
                self.logger.record(name, value, exclude=("stdout", "wandb"))
            assert self._wandb is not None
            assert self._tensorboard is not None
            self._wandb.write(env_steps, figures, drawn.pictures, drawn.video, drawn.rows)
            self._tensorboard.write(env_steps, drawn.pictures)

    def close(self) -> None:
        """Releases what training started with. ``learn`` does this at its end; call it where an exception ended ``learn``."""
        if self._worker is not None:
            self._worker.shutdown()
            self._release()
            self._worker, self._pending = None, None
        self._watches = False


def _timed(event: Event, folder: Path, with_pictures: bool, extras: Extras) -> tuple[Drawn, float]:
    """A drawing, and the seconds that it took. Whatever it raises, training goes on."""
    start = time.perf_counter()
    drawn = extras.tried(lambda: event.draw(folder, with_pictures))
    return drawn or Drawn(), time.perf_counter() - start
