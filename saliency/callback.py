"""Saliency maps while an SB3 model trains."""

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv

from .methods import methods_named
from .methods.maps import JACOBIAN, Maps, all_maps, all_trust
from .readers.head import shown_heads
from .records.event_folder import event_folder
from .records.saliency_event import SaliencyEvent
from .records.wandb_log import WandbLog
from .states.probe_set import ProbeSet
from .states.sources import OwnEnv, TrainingStream
from .statistics.map_statistics import map_figures
from .time_budget import TimeBudget

log = logging.getLogger(__name__)


class SaliencyCallback(BaseCallback):
    """
    Looks, every now and then, at what the heads of a model in training look at.

    Goes into any SB3 ``learn()`` whose policy has heads (:func:`saccade.saliency.heads`). Each event computes the exact Jacobian
    of every head on a fixed probe set and on a stretch of play, and writes pictures, a video and raw maps into ``folder``; if a
    Weights & Biases run is active they go there too, under ``saliency/``, with curves that are also in SB3's logger. Training
    itself goes on as it would have without.

    The first event comes before the first update (where the env cannot be remade, once 500 steps have been seen) and the last one
    after the last. Between them events come as often as the budget allows (a short run has these two alone, whatever they cost),
    or every so many env steps.

    :param folder: for pictures, videos and raw maps; by default a new ``saliency`` folder where the logger writes, or in the
        working directory if it writes nowhere. A number is put behind the name rather than mix two runs' files
    :param probes: the states; by default those of the env's own probe set (:class:`ProbeSet`) where the env can be remade, as
        ``make_atari``'s can, else states of the run's first steps
    :param budget: share of the wall-clock time that events may take, as measured by the callback
    :param every: env steps between events, instead of a budget
    :param heads: names of the heads; by default the main ones, such as value and advantage
    :param methods: names of the methods (:data:`saccade.saliency.METHODS`) that make maps of the probe set; the video has Jacobians
    :param trust: whether each event also measures how far its maps can be trusted (:class:`saccade.saliency.Trust`)
    :param probe_count: size of the default probe set
    :param video_steps: length of the stretch of play; 0 for no video. A recurrent policy has its memory there where the env can be
        remade; elsewhere, and on the probe set, each state is taken for an episode's start
    :param verbose: 1 prints a line an event
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        probes: ProbeSet | None = None,
        budget: float = 0.01,
        every: int | None = None,
        heads: tuple[str, ...] | None = None,
        methods: tuple[str, ...] = (JACOBIAN,),
        trust: bool = True,
        probe_count: int = 8,
        video_steps: int = 64,
        verbose: int = 0,
    ) -> None:
        super().__init__(verbose)
        if every is not None and every < 1:
            raise ValueError(f"every is {every}; it must be at least 1 env step")
        if not 0 < budget <= 1:
            raise ValueError(f"the budget is {budget}; it must be a share of the wall-clock time above 0 and up to 1")
        if not methods:
            raise ValueError("methods is empty; give one at least, such as jacobian")
        if probe_count < 1 or video_steps < 0:
            raise ValueError("probe_count must be at least 1 and video_steps at least 0")
        self.wanted_folder = None if folder is None else Path(folder)
        self.probes = probes
        self.share = budget
        self.every = every
        self.head_names = heads
        self.methods = methods_named(methods)
        self.trust = trust
        self.probe_count = probe_count
        self.video_steps = video_steps
        self.events = 0
        self.folder: Path | None = None  # where events go, once training has started
        self._worker: ThreadPoolExecutor | None = None
        self._pending: Future[Drawn] | None = None

    def _init_callback(self) -> None:
        space = self.model.observation_space
        if not isinstance(space, spaces.Box):
            raise ValueError(f"SaliencyCallback looks at images and vectors (Box observations), not at {space}")
        self.head_names = shown_heads(self.model.policy, self.head_names)
        if self.probes is not None and self.probes.observations.shape[1:] != space.shape:
            raise ValueError(f"the probes have shape {self.probes.observations.shape[1:]}, but the model sees {space.shape}")

        # A method that has no map of any head says so now, not in the midst of training.
        all_maps(self.model.policy, np.zeros((1, *space.shape), space.dtype), self.head_names, self.methods)

    def _on_training_start(self) -> None:
        self.close()  # what an interrupted `learn` left open
        self.folder = event_folder(self.wanted_folder, self, "saliency")
        self.budget = TimeBudget(self.share)
        self._source = self._make_source(self.training_env)
        self._before: Maps | None = None
        self._last_step = -1
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="saliency")
        self._wandb = WandbLog("saliency", self.folder)
        self._maybe_event(patient=True)

    def _on_step(self) -> bool:
        observations = self.locals.get("new_obs")
        if observations is not None:
            self._source.watch(observations)
        # Under a budget an event waits until the last one is drawn, so that its cost is known; a cadence is kept in any case.
        self._deliver(wait=self.every is not None and self._due())
        if self._pending is None and self._due():
            self._maybe_event(patient=True)
        return True

    def _on_training_end(self) -> None:
        self._deliver(wait=True)
        if self._last_step < self.num_timesteps:
            self._maybe_event(patient=False)
            self._deliver(wait=True)
        self.logger.dump(self.num_timesteps)
        self.close()

    def close(self) -> None:
        """Release the worker thread and env. ``learn`` does so at its end; call it where an exception ended ``learn``."""
        if self._worker is not None:
            self._worker.shutdown()
            self._source.close()
            self._worker, self._pending = None, None

    def _make_source(self, env: VecEnv) -> OwnEnv | TrainingStream:
        # The outermost env's own attribute: through a wrapper such as VecNormalize the policy sees something else.
        remake = vars(env).get("remake")
        if remake is not None:
            return OwnEnv(remake, env.observation_space, self.probe_count)
        return TrainingStream(self.probe_count, self.video_steps)

    def _due(self) -> bool:
        if self.events == 0:
            return True
        if self.every is not None:
            return self.num_timesteps - self._last_step >= self.every
        return self.budget.allows_event()

    def _maybe_event(self, patient: bool) -> None:
        """One event, unless there are no probes yet. Torch's part runs here, drawing and writing in a thread."""
        first = self.probes is None
        if first:
            with self.budget.charge():
                self.probes = self._source.probes(patient)
        if self.probes is None:
            return
        self.budget.begin_event()
        with self.budget.charge():
            policy, names = self.model.policy, self.head_names
            assert names is not None
            maps = all_maps(policy, self.probes.observations, names, self.methods)
            figures = map_figures(maps, self._before)
            if self.trust:
                for row in all_trust(policy, self.probes.observations, maps, self.methods):
                    figures |= {f"trust/{row.head}/{row.method}/{name}": x for name, x in row.figures().items()}
            stretch = self._source.stretch(self.model, self.video_steps) if self.video_steps else None
            event = SaliencyEvent(
                self.num_timesteps,
                self.probes,
                maps,
                stretch,
                None
                if stretch is None
                else all_maps(policy, stretch.observations, names, methods_named([JACOBIAN]), stretch.memory),
                figures,
            )
        assert self.folder is not None
        self.events += 1
        self._last_step = self.num_timesteps
        self._before = maps
        assert self._worker is not None
        self._pending = self._worker.submit(_draw, event, self.folder, self._wandb.active)
        self._curves = figures
        if self.verbose:
            print(f"saliency: event {self.events} at {self.num_timesteps} env steps, {self.folder}/{event.stem}.png")

    def _deliver(self, wait: bool) -> None:
        """Hand the drawn event to the loggers once the thread is done with it."""
        if self._pending is None or not (wait or self._pending.done()):
            return
        drawn, self._pending = self._pending.result(), None
        self.budget.add(drawn.seconds)
        if drawn.error is not None:  # a full disk, or no encoder, must not end a training run of days
            log.warning("saliency event not written: %s", drawn.error)
        with self.budget.charge():
            figures = {f"saliency/{name}": value for name, value in self._curves.items()}
            figures["saliency/cost_seconds"] = self.budget.last_cost
            figures["saliency/share_of_time"] = self.budget.used()
            for name, value in figures.items():
                self.logger.record(name, value, exclude=("stdout", "wandb"))
            self._wandb.write(drawn.env_steps, figures, drawn.pictures, drawn.video, drawn.rows)


@dataclass
class Drawn:
    """
    What a drawing left.

    :param env_steps: of training
    :param pictures: {name: (H, W, 3) uint8}
    :param video: path, or None
    :param rows: of the table of maps
    :param seconds: that it took
    :param error: that ended it, or None
    """

    env_steps: int
    pictures: dict[str, np.ndarray]
    video: Path | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    error: Exception | None = None


def _draw(event: SaliencyEvent, folder: Path, head_pictures: bool) -> Drawn:
    """All that an event shows; runs in a thread."""
    start = time.perf_counter()
    drawn = Drawn(event.env_steps, {})
    try:
        drawn.video = event.write(folder)
        if head_pictures:
            drawn.pictures, drawn.rows = event.head_pictures(), event.rows()
    except (OSError, RuntimeError) as error:  # a full disk, an encoder that ended, none at all; the caller tells it
        drawn.error = error
    drawn.seconds = time.perf_counter() - start
    return drawn
