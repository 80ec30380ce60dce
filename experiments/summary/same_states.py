"""Maps of runs whose probe states differ, made again on the states of the first run, with the last network of each."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ...saliency import ProbeSet, load_policy
from ...saliency.errors import SaliencyError
from ...saliency.map_key import MapKey
from ...saliency.methods import methods_named
from ...saliency.methods.map_making import make_maps
from ...saliency.page.comparison_page import ComparedRun
from ...saliency.readers.entries import Entries, letters_of
from ...saliency.readers.head import heads as heads_of
from ...saliency.records.recorded_events import RecordedEvents
from ...saliency.records.saliency_event import SaliencyEvent
from ..errors import ExperimentError, RunFolderError
from ..reading.checkpoint_files import steps_of
from ..run_folder import RunFolder


class OtherStatesError(ExperimentError):
    """A run whose maps cannot be made again on the states of another one."""


def on_states_of_the_first(runs: Mapping[str, Path], folder: Path) -> list[ComparedRun]:
    """
    Maps of all runs on the probe states of the first one, in events of one moment each.

    A recurrent policy meets each state as the start of an episode, because its memory was another one's.

    :param runs: run folders by name, each with a checkpoint
    :param folder: for the events; it may be deleted when the page is written
    :raises OtherStatesError: if a run has no network that can be asked, or one that does not see such states
    """
    first = next(iter(runs.values()))
    try:
        events = RecordedEvents.of(first)
        probes = events.probes()
    except SaliencyError as error:
        raise OtherStatesError(str(error)) from error
    if probes is None:
        raise OtherStatesError(f"{first} has no probes.npz, so its states are not known")
    states = replace(probes, memory=None, starts=None, masks=None)
    return [_mapped(name, path, states, events.map_keys, folder / str(number)) for number, (name, path) in enumerate(runs.items())]


def _mapped(name: str, run: Path, states: ProbeSet, keys: tuple[MapKey, ...], folder: Path) -> ComparedRun:
    try:
        checkpoint = RunFolder.check_existing(run).latest_checkpoint()
        policy = load_policy(checkpoint, "cpu")
        Entries.of(policy, states.observations)  # says what does not fit
        heads = [head for head in dict.fromkeys(key.head for key in keys) if head in heads_of(policy)]
        if not heads:
            raise OtherStatesError(f"{run} has none of the heads of the first run")
        methods = methods_named(list(dict.fromkeys(key.method for key in keys)))
        maps = make_maps(policy, states, heads, methods, refusals={})
        SaliencyEvent(steps_of(checkpoint), replace(states, axes=letters_of(policy)), maps).write(folder)
        return ComparedRun(name, RecordedEvents.of(folder))
    except (RunFolderError, SaliencyError) as error:
        raise OtherStatesError(f"{run}: {error}") from error
