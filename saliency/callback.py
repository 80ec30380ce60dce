"""Saliency maps while an SB3 model trains."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

from .checks.object_relevance import object_curves
from .checks.trust import QUICK, trust
from .errors import ObservationError
from .event_callback import Drawn, Event, EventCallback
from .extras import Extras
from .looking_back import look_back
from .map_key import MapKey, Maps
from .memory.episode_drawing import drawing_of
from .memory.stretch_of_play import latest_stretch, usual_steps
from .methods import methods_named
from .methods.first_map import first_methods
from .methods.gradient_methods import Method
from .methods.map_making import film_maps, make_maps
from .pictures.event_pictures import map_pictures
from .readers.entries import Entries, Observations, letters_of
from .readers.head import shown_heads
from .readers.head_reader import recurrent_reader
from .readers.seen_axes import say_axes
from .records.memory_record import MemoryRecord
from .records.saliency_event import SaliencyEvent
from .states.names import Names
from .states.notes import Notes, notes_of
from .states.probe_set import ProbeSet
from .states.seen_by_model import seen_by_model
from .states.sources import STREAM_STEPS_BEFORE_PROBES, OwnEnv, TrainingStream
from .states.states import States, stacked
from .statistics.map_figures import map_figures

log = logging.getLogger(__name__)


class SaliencyCallback(EventCallback):
    """
    Shows, now and then, what the heads of a model in training look at.

    It goes into any SB3 ``learn()`` whose policy has heads (:func:`saccade.saliency.heads`). Each event makes maps of every head on
    a fixed probe set and on a trajectory, and writes pictures, a video and raw maps into ``folder``. If
    a Weights & Biases run is active, they go there too, under ``saliency/``, with curves that are also in SB3's logger. Training
    goes on exactly as it would without the callback.

    Where the named things of the states are known (:mod:`saccade.saliency.objects`), there are curves of how much of each map lies
    on each of them.

    Of dict observations every entry that can have a map gets one (``value@image``); one log line names the others. A recurrent
    policy has in each state the memory with which it met that state: in the video at that time, on the probe set when that was
    made. ``probes`` of one's own have the memory that they hold, or that of the start of an episode.

    Of a recurrent policy each event also says how far back a few decisions look: the norms of their Jacobian through time over a
    stretch of the latest play, from the memory that the agent had there, as a square with curves of the mean lag and of the lag of
    the largest mean norm. An env may draw the episode of the last decision (:mod:`saccade.saliency.memory.episode_drawing`).

    The first event comes before the first update (if the env cannot be remade, after 500 steps of each env). The last event comes
    after the last update. Between them events come as often as the budget allows, or every so many env steps. A short run has these
    two events only, whatever they cost.

    :param folder: for pictures, videos and raw maps. By default a new folder ``saliency`` where the logger writes, or in
        ``runs/`` in the working directory if the logger writes nowhere. If the folder holds another run's files, a number is
        added to its name
    :param probes: the states: observations (B, ...), :class:`States` or a :class:`ProbeSet`; by default the env's own probe set if
        the env can be remade, as ``make_atari``'s can, else states of the run's first steps
    :param budget: share of the wall-clock time that events may take, as measured by the callback
    :param every: env steps between events, which come at its multiples, instead of a budget
    :param heads: names of the heads, or one name; by default the main ones, such as value and advantage
    :param methods: names of the methods, or one name, that make maps of the probe set (:data:`saccade.saliency.METHODS`). By
        default, and in the video, those that are shown first: of images ``jacobian_x_contrast`` beside the exact Jacobian (and
        ``attention`` of a policy that has it), of vectors the Jacobian
    :param trust: whether each event also measures how far its maps can be trusted (:class:`saccade.saliency.Trust`), with fewer
        steps and draws than ``explain`` takes
    :param probe_count: size of the default probe set
    :param video_steps: length of the trajectory; 0 for no video
    :param through_time: steps of the stretch of play that is looked back on, of recurrent policies; 0 for none. By default those of
        an episode if the env's game says how many it has, up to 512, else 64
    :param verbose: 1 prints a line for each event
    :param feature_names: of observations that are vectors, for the pictures; by default ``feature_names`` or ``observation_names``
        of the env, or what gymnasium's documentation says of its classic envs
    :param axes: what the axes of observations are where neither the space nor the policy tells, such as ``"HWC"`` or
        ``{"board": "HWC"}`` (:func:`saccade.saliency.explain`)
    :raises ValueError: if a number is out of range
    :raises UnknownMethodError: if there is no method of a name
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        probes: States | Observations | None = None,
        budget: float = 0.01,
        every: int | None = None,
        heads: str | Sequence[str] | None = None,
        methods: str | Sequence[str] | None = None,
        trust: bool = True,
        probe_count: int = 8,
        video_steps: int = 64,
        verbose: int = 0,
        feature_names: Sequence[str] | None = None,
        axes: str | Mapping[str, str] | None = None,
        through_time: int | None = None,
    ) -> None:
        super().__init__("saliency", folder, budget, every, verbose)
        if methods is not None and not methods:
            raise ValueError("methods is empty; give at least one, such as jacobian")
        if probe_count < 1 or video_steps < 0:
            raise ValueError("probe_count must be at least 1 and video_steps at least 0")
        if through_time is not None and through_time < 0:
            raise ValueError(f"through_time is {through_time}; it must be at least 0")
        self._given_probes = None if probes is None else ProbeSet.of_states(probes)
        self.probes = self._given_probes
        self._given_heads = (heads,) if isinstance(heads, str) else None if heads is None else tuple(heads)
        self.head_names = self._given_heads
        self._given_methods = None if methods is None else methods_named([methods] if isinstance(methods, str) else methods)
        self.methods: Mapping[str, Method] = self._given_methods or {}  # those shown first, once the policy is known
        self.trust = trust
        self.axes = axes
        self.probe_count = probe_count
        self.video_steps = video_steps
        self.through_time = through_time
        self._stretch_steps = 0  # 0: of a policy without a memory
        self._refusals: dict[str, str] = {}  # of heads without a map through time
        self._heads: tuple[str, ...] = ()  # as the policy has them
        self._source: OwnEnv | TrainingStream | None = None
        self._before: Maps | None = None
        self.feature_names = feature_names
        self._names: Names | None = None  # of the env, once an event was made

    def _init_callback(self) -> None:
        space = self.model.observation_space
        self.head_names = self._heads = shown_heads(self.model.policy, self._given_heads)
        if self.axes is not None:
            say_axes(self.model.policy, self.axes)
        self.methods = self._given_methods or methods_named(first_methods(self.model.policy, self._heads))
        if self._watched is not self.model:  # those of another model are not of its env
            self.probes = self._given_probes
        if self.probes is not None:
            _check_probes(self.probes.observations, space)
            Entries.of(self.model.policy, self.probes.observations)  # says what else does not fit
        # A method without a map of any head says so now, and not after hours of training.
        refusals: dict[MapKey, str] = {}
        met = seen_by_model(self.model, 1)  # a made-up observation may be one that no env gives and no network takes
        make_maps(self.model.policy, States(stacked(met) if met else _blank(space)), self._heads, self.methods, refusals)
        for key, reason in refusals.items():
            log.warning("saliency: there will be no map %s: %s", key, reason)

    def _open(self) -> None:
        recurrent = recurrent_reader(self.model.policy) is not None
        asked = usual_steps(self.training_env) if self.through_time is None else self.through_time
        self._stretch_steps = asked if recurrent else 0
        self._source = self._make_source(self.training_env)
        self._before = None

    def _release(self) -> None:
        if self._source is not None:
            self._source.close()

    def _on_step(self) -> bool:
        observations = self.locals.get("new_obs")
        if observations is not None and self._source is not None:
            dones = self.locals.get("dones")
            starts = None if dones is None else np.asarray(dones, dtype=bool)
            self._source.watch(observations, self._memory(starts), starts, self.locals.get("action_masks"))
        return super()._on_step()

    def _look_back(self) -> None:
        if isinstance(self._source, TrainingStream):
            for observation in seen_by_model(self.model, STREAM_STEPS_BEFORE_PROBES):
                self._source.watch(stacked([observation]))

    def _make_source(self, env: VecEnv) -> OwnEnv | TrainingStream:
        # The outermost env's own attribute: through a wrapper such as VecNormalize the policy sees something else.
        remake = vars(env).get("remake")
        if remake is not None:
            recurrent = recurrent_reader(self.model.policy) is not None
            return OwnEnv(remake, env.observation_space, self.probe_count, self.model.policy if recurrent else None)
        return TrainingStream(self.probe_count, self._played_steps)

    @property
    def _played_steps(self) -> int:
        """Consecutive steps that an event takes."""
        return max(self.video_steps, 2 * self._stretch_steps)

    def _memory(self, starts: np.ndarray | None) -> th.Tensor | None:
        """With what a recurrent policy meets the new observations, (N, M, H); None if the algorithm does not show it."""
        reader, states = recurrent_reader(self.model.policy), self.locals.get("lstm_states")
        if reader is None or starts is None or not (hasattr(states, "pi") and hasattr(states, "vf")):
            return None
        memory = reader.memory_of(states)
        return memory.masked_fill(th.as_tensor(starts, device=memory.device)[:, None, None], 0.0)

    def _ready(self, patient: bool) -> bool:
        if self.probes is None and self._source is not None:
            self.probes = self._source.probes(patient)
        if self.probes is not None and self.probes.axes is None:
            self.probes = replace(self.probes, axes=letters_of(self.model.policy))
        return self.probes is not None

    def _make_event(self) -> Event:
        assert self._source is not None  # training has started
        assert self.probes is not None  # it is ready
        policy = self.model.policy
        maps = make_maps(policy, self.probes, self._heads, self.methods)
        figures = map_figures(maps, self._before) | object_curves(maps, self.probes)
        rows = trust(policy, self.probes, maps, self.methods, effort=QUICK) if self.trust else []
        for row in rows:
            of_entry = f"@{row.entry}" if row.entry else ""
            figures |= {f"trust/{row.head}/{row.method}{of_entry}/{name}": x for name, x in row.figures().items()}
        played = self._source.trajectory(self.model, self._played_steps) if self._played_steps else None
        played = None if played is None else replace(played, axes=self.probes.axes)
        memory = None if played is None or not self._stretch_steps else self._look_back_on(played)
        figures |= {} if memory is None else memory.figures()
        trajectory = None if played is None or not self.video_steps else played.some(slice(-self.video_steps, None))
        of_trajectory = None if trajectory is None else film_maps(policy, trajectory, self._heads)[0]
        self._before = maps
        event = SaliencyEvent(
            self.num_timesteps,
            self.probes,
            maps,
            trajectory,
            of_trajectory,
            figures,
            *self._notes(trajectory),
            verdicts={str(row.key): row.verdict for row in rows},
            memory=memory,
        )
        return Event(figures, partial(_draw, event, self._drawing))

    def _look_back_on(self, played: States) -> MemoryRecord | None:
        """Maps through time of the latest play. They are not an extra: their failure is that of the event."""
        drawing = self._drawing.tried(lambda: drawing_of(self.training_env))
        stretch = latest_stretch(played, self._stretch_steps)
        refusals: dict[str, str] = {}
        memory = look_back(self.model.policy, stretch, self._heads, drawing, refusals=refusals, extras=self._drawing)
        for head, reason in refusals.items():
            if head not in self._refusals:
                log.warning("saliency: there will be no map of %s through time: %s", head, reason)
        self._refusals |= refusals
        return memory

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


def _blank(space: spaces.Space) -> Any:
    """A made-up observation of a space, (1, ...): 0, or what is nearest to it."""
    if isinstance(space, spaces.Dict):
        return {key: _blank(one) for key, one in space.spaces.items()}
    if isinstance(space, spaces.Box):
        return np.clip(0, space.low, space.high).astype(space.dtype)[None]
    return np.zeros((1, *(space.shape or ())), space.dtype)


def _check_probes(observations: Any, space: spaces.Space) -> None:
    """
    Maps take images with their channels first or last. Pictures of the probes need the form of the model's space.

    :raises ObservationError: if the probes are not what the model sees
    """
    if not isinstance(space, spaces.Dict) and (isinstance(observations, dict) or observations.shape[1:] != space.shape):
        given = "entries" if isinstance(observations, dict) else f"shape {observations.shape[1:]}"
        raise ObservationError(f"the probes have {given}, but the model sees {space.shape}")


def _draw(event: SaliencyEvent, extras: Extras, folder: Path, with_pictures: bool) -> Drawn:
    video = event.write(folder, extras)
    if not with_pictures:
        return Drawn(video=video)
    pictures = map_pictures(event.probes, event.maps, event.notes)
    memory = event.memory
    squares = None if memory is None else extras.tried(memory.pictures)
    return Drawn(pictures | (squares or {}), video, event.rows())
