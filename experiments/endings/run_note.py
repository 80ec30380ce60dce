"""What a run notes in its folder: that it goes on, and at its end how it ended."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from ...saliency.errors import first_line
from ...saliency.whole_file import write_text
from ..errors import DivergedError, ExperimentError
from .process_mark import ProcessMark

NAME = "status.json"
MOST_BYTES = 64 * 1024  # of a note that is read
LONGEST = 1000  # letters of an error
INTERRUPTED = "it was interrupted and could not save; what it had saved before is there"


class How(StrEnum):
    """What a run says of itself."""

    RUNNING = "running"
    ENDED = "ended"  # in order: it is done, or it was stopped. The other files of the run tell which
    FAILED = "failed"


@dataclass(frozen=True)
class RunNote:
    """
    :param how: it goes on, or how it ended
    :param reason: in one line; empty if there is nothing to tell
    :param process: that trains
    """

    how: How
    reason: str = ""
    process: ProcessMark = field(default_factory=ProcessMark.own)

    def text(self) -> str:
        """As the file has it."""
        return json.dumps({"state": self.how.value, "reason": self.reason, "process": self.process.content()}, indent=1) + "\n"

    @classmethod
    def of(cls, run: Path) -> "RunNote | None":
        """
        The note in a run folder.

        :param run: the folder
        :return: None if there is none that can be read, as in folders of saccade 0.1
        """
        try:
            with (run / NAME).open("rb") as file:
                content: Any = json.loads(file.read(MOST_BYTES))
            return cls(How(content["state"]), str(content["reason"])[:LONGEST], ProcessMark.of(content["process"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None


@contextlib.contextmanager
def noted(run: Path) -> Iterator[None]:
    """
    Notes in a run folder that a run goes on while the block lasts, and then how it ended. A disk that takes no note ends no run.

    :param run: the folder
    """
    _write(run, RunNote(How.RUNNING))
    try:
        yield
    except (ExperimentError, DivergedError) as error:  # it says in its own words what is wrong
        _write(run, RunNote(How.FAILED, first_line(error)[:LONGEST]))
        raise
    except Exception as error:  # whatever ends the training is noted, and then raised as it is
        said = f"{type(error).__name__}: {first_line(error)}" if str(error) else type(error).__name__
        _write(run, RunNote(How.FAILED, said[:LONGEST]))
        raise
    except BaseException:  # a second Ctrl-C
        _write(run, RunNote(How.ENDED, INTERRUPTED))
        raise
    _write(run, RunNote(How.ENDED))


def _write(run: Path, note: RunNote) -> None:
    with contextlib.suppress(OSError):
        write_text(run / NAME, note.text())
