"""Whether a run has ended, and how: by its own note, by the sweep that it belongs to, and by its log."""

from dataclasses import dataclass

from ..endings.outcome import Outcome
from ..endings.run_note import How, RunNote
from ..endings.sweep_states import KnownOutcome
from .standing import State
from .sweep_says import SweepSays

GONE = "its process is gone and has said nothing; it was killed, or its machine went down"
LONGEST = 300  # letters of a reason
ENDS = {Outcome.FAILED: State.FAILED, Outcome.STOPPED: State.STOPPED, Outcome.PRUNED: State.PRUNED}


@dataclass(frozen=True)
class RunEnd:
    """
    :param state: of the run
    :param reason: in one line; empty if nobody knows it
    """

    state: State
    reason: str = ""


@dataclass(frozen=True)
class Noted:
    """
    The note of a run.

    :param note: what it says
    :param written: when, in seconds since 1970
    """

    note: RunNote
    written: float


def run_end(own: Noted | None, sweep: SweepSays | None, name: str, begun: bool, quiet: bool) -> RunEnd | None:
    """
    How a run that has not done its env steps ended.

    A process that trains just now is believed first, then the sweep, then the note that the run left, then the log. A note that is
    newer than the states of a sweep that has ended is of somebody who went on with the run without the sweep. So is a newer note of
    a process on another machine that trains.

    :param own: what the run says; None if it says nothing
    :param sweep: that the run belongs to; None for a run alone
    :param name: of the run in the sweep
    :param begun: whether the run has a config.yml
    :param quiet: whether no file of the run has changed for some time
    :return: None if it goes on, or if nobody knows of an end
    """
    runs = own is not None and own.note.how is How.RUNNING
    is_there = own.note.process.is_there() if own is not None and runs else False
    if is_there:
        return None
    told = None if sweep is None else sweep.of(name)
    had_ended = told is not None and told.outcome in ENDS
    is_newer = own is not None and sweep is not None and own.written > sweep.changed()
    without_sweep = is_newer and sweep is not None and ((runs and is_there is None) or not sweep.goes_on())
    if sweep is not None and told is not None and not without_sweep:
        if told.outcome in ENDS:
            return RunEnd(ENDS[told.outcome], _plain(_reason(told, own, sweep, name)))
        if sweep.goes_on():
            return RunEnd(State.WAITING) if told.outcome is Outcome.WAITING else None
    if own is not None:  # what somebody went on with after its end prints to no log of the sweep
        return _by_its_note(own.note, is_there, None if sweep is None or had_ended else sweep.last_line(name))
    said = sweep.why(name) if sweep is not None and (quiet or not begun) else None
    return None if said is None else RunEnd(State.FAILED, _plain(said))


def _by_its_note(note: RunNote, is_there: bool | None, last: str | None) -> RunEnd | None:
    if note.how is How.FAILED:
        return RunEnd(State.FAILED, _plain(note.reason))
    if note.how is How.ENDED:
        return RunEnd(State.STOPPED, _plain(note.reason))
    return RunEnd(State.FAILED, _plain(_with_last_line(GONE, last))) if is_there is False else None


def _reason(told: KnownOutcome, own: Noted | None, sweep: SweepSays, name: str) -> str:
    if told.outcome is not Outcome.FAILED:
        return told.reason
    said = sweep.why(name)
    if said is None and own is not None and own.note.how is How.FAILED:
        said = own.note.reason
    return said or _with_last_line(told.reason, sweep.last_line(name))


def _with_last_line(reason: str, last: str | None) -> str:
    return "; ".join([*([reason] if reason else []), *([f"the last line of its log: {last}"] if last else [])])


def _plain(text: str) -> str:
    """One line without control characters, which a log may have, and not too long for a page."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."
