"""Saliency maps while an SB3 model trains."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

from .checks.trust import trust
from .errors import ObservationError
from .event_callback import Drawn, Event, EventCallback
from .extras import Extras
from .map_key import JACOBIAN, Maps
from .methods import methods_named
from .methods.map_making import make_maps
from .pictures.event_pictures import map_pictures
from .readers.head import shown_heads
from .records.saliency_event import SaliencyEvent
from .states.names import Names
from .states.notes import Notes, notes_of
from .states.probe_set import ProbeSet
from .states.sources import OwnEnv, TrainingStream
from .states.states import States
from .statistics.map_figures import map_figures


class SaliencyCallback(EventCallback):
    """
    Shows, now and then, what the heads of a model in training look at.

    It goes into any SB3 ``learn()`` whose policy has heads (:func:`saccade.saliency.heads`). Each event computes the exact
    Jacobian of every head on a fixed probe set and on a trajectory, and writes pictures, a video and raw maps into ``folder``. If
    a Weights & Biases run is active, they go there too, under ``saliency/``, with curves that are also in SB3's logger. Training
    goes on exactly as it would without the callback.

    The first event comes before the first update (if the env cannot be remade, after 500 steps). The last event comes after the
    last update. Between them events come as often as the budget allows, or every so many env steps. A short run has these two
    events only, whatever they cost.

    :param folder: for pictures, videos and raw maps. By default a new folder ``saliency`` where the logger writes, or in
        ``runs/`` in the working directory if the logger writes nowhere. If the folder holds another run's files, a number is
        added to its name
    :param probes: the states; by default the env's own probe set (:class:`ProbeSet`) if the env can be remade, as ``make_atari``'s
        can, else states of the run's first steps
    :param budget: share of the wall-clock time that events may take, as measured by the callback
    :param every: env steps between events, instead of a budget
    :param heads: names of the heads; by default the main ones, such as value and advantage
    :param methods: names of the methods (:data:`saccade.saliency.METHODS`) that make maps of the probe set; the video has Jacobians
    :param trust: whether each event also measures how far its maps can be trusted (:class:`saccade.saliency.Trust`)
    :param probe_count: size of the default probe set
    :param video_steps: length of the trajectory; 0 for no video. A recurrent policy has its memory there if the env can be remade.
        Otherwise, and on the probe set, each state counts as the start of an episode
    :param verbose: 1 prints a line for each event
    :param feature_names: of observations that are vectors, for the pictures; by default ``feature_names`` or ``observation_names``
        of the env, or what gymnasium's documentation says of its classic envs
    :raises ValueError: if a number is out of range
    :raises UnknownMethodError: if there is no method of a name
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
        feature_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__("saliency", folder, budget, every, verbose)
        if not methods:
            raise ValueError("methods is empty; give at least one, such as jacobian")
        if probe_count < 1 or video_steps < 0:
            raise ValueError("probe_count must be at least 1 and video_steps at least 0")
        self.probes = probes
        self.head_names = heads
        self.methods = methods_named(methods)
        self.trust = trust
        self.probe_count = probe_count
        self.video_steps = video_steps
        self._heads: tuple[str, ...] = ()  # as the policy has them
        self._source: OwnEnv | TrainingStream | None = None
        self._before: Maps | None = None
        self.feature_names = feature_names
        self._names: Names | None = None  # of the env, once an event was made

    def _init_callback(self) -> None:
        space = self.model.observation_space
        if not isinstance(space, spaces.Box):
            raise ObservationError(f"SaliencyCallback looks at images and vectors (Box observations), not at {space}")
        self.head_names = self._heads = shown_heads(self.model.policy, self.head_names)
        if self.probes is not None and self.probes.observations.shape[1:] != space.shape:
            raise ObservationError(f"the probes have shape {self.probes.observations.shape[1:]}, but the model sees {space.shape}")
        # A method without a map of any head says so now, and not after hours of training.
        make_maps(self.model.policy, States(np.zeros((1, *space.shape), space.dtype)), self._heads, self.methods)

    def _open(self) -> None:
        self._source = self._make_source(self.training_env)
        self._before = None

    def _release(self) -> None:
        if self._source is not None:
            self._source.close()

    def _on_step(self) -> bool:
        observations = self.locals.get("new_obs")
        if observations is not None and self._source is not None:
            self._source.watch(observations)
        return super()._on_step()

    def _make_source(self, env: VecEnv) -> OwnEnv | TrainingStream:
        # The outermost env's own attribute: through a wrapper such as VecNormalize the policy sees something else.
        remake = vars(env).get("remake")
        if remake is not None:
            return OwnEnv(remake, env.observation_space, self.probe_count)
        return TrainingStream(self.probe_count, self.video_steps)

    def _ready(self, patient: bool) -> bool:
        if self.probes is None and self._source is not None:
            self.probes = self._source.probes(patient)
        return self.probes is not None

    def _make_event(self) -> Event:
        assert self._source is not None  # training has started
        assert self.probes is not None  # it is ready
        policy = self.model.policy
        maps = make_maps(policy, self.probes, self._heads, self.methods)
        figures = map_figures(maps, self._before)
        if self.trust:
            for row in trust(policy, self.probes, maps, self.methods):
                figures |= {f"trust/{row.head}/{row.method}/{name}": x for name, x in row.figures().items()}
        trajectory = self._source.trajectory(self.model, self.video_steps) if self.video_steps else None
        of_trajectory = None if trajectory is None else make_maps(policy, trajectory, self._heads, methods_named([JACOBIAN]))
        self._before = maps
        event = SaliencyEvent(self.num_timesteps, self.probes, maps, trajectory, of_trajectory, figures, *self._notes(trajectory))
        return Event(figures, partial(_draw, event, self._drawing))

    def _notes(self, trajectory: States | None) -> tuple[Notes, Notes]:
        """What the pictures say of the probes and of the trajectory."""
        probes, policy = self.probes, self.model.policy
        assert probes is not None
        if self._names is None:
            self._names = Names.of(self.training_env, self.feature_names)
        names = self._names.for_length(probes.observations[0].size) if isinstance(probes.observations, np.ndarray) else self._names
        places = [f"probe {i + 1}{'' if x is None else f' ({x:.0%} of its game)'}" for i, x in enumerate(_phases(probes))]
        of_probes = self._drawing.tried(lambda: notes_of(policy, probes, places, names))
        steps = [f"step {t}" for t in range(0 if trajectory is None else len(trajectory))]
        of_trajectory = None if trajectory is None else self._drawing.tried(lambda: notes_of(policy, trajectory, steps, names))
        return of_probes or Notes(), of_trajectory or Notes()


def _phases(probes: ProbeSet) -> Sequence[float | None]:
    return [None] * len(probes) if probes.phases is None else [float(phase) for phase in probes.phases]


def _draw(event: SaliencyEvent, extras: Extras, folder: Path, with_pictures: bool) -> Drawn:
    video = event.write(folder, extras)
    if not with_pictures:
        return Drawn(video=video)
    return Drawn(map_pictures(event.probes, event.maps, event.notes), video, event.rows())
