"""The words for a gaze: learned, random, centre, or follow:RUN."""

import re
from pathlib import Path
from typing import NamedTuple

from ...errors import ConfigError

GazeChoice = str  # learned, random, centre, follow:RUN, follow-HEAD:RUN
FORCED = {"learned": None, "random": "random", "centre": "center"}  # what GazeWrapper calls them
FOLLOW = re.compile(r"follow(?:-(?P<head>\w+))?:(?P<agent>.+)", re.DOTALL)
WORDS = f"{', '.join(map(repr, FORCED))}, or 'follow:' and a run folder or model of an agent with a full view"


class Followed(NamedTuple):
    """
    An agent whose Jacobian the gaze follows.

    :param model: its .zip
    :param head: of the Jacobian; None for the one that says what to do
    """

    model: Path
    head: str | None

    @classmethod
    def of(cls, forced: object) -> "Followed | None":
        """What a word says; None if it is another word."""
        found = FOLLOW.fullmatch(forced) if isinstance(forced, str) else None
        return None if found is None else cls(Path(found["agent"]), found["head"])


def checked_gaze(gaze: object) -> str:
    """
    A word for a gaze, checked. A run folder becomes its newest checkpoint, and a path becomes a whole one, so that the run goes on
    with the same agent from any folder.

    :raises ConfigError: if it is none, or if there is no such run or model
    """
    followed = Followed.of(gaze)
    if isinstance(gaze, str) and gaze in FORCED:
        return gaze
    if followed is None:
        raise ConfigError(f"is {gaze!r}; it must be {WORDS}", option="gaze")
    path = followed.model.expanduser().absolute()
    if path.is_dir():
        checkpoints = sorted((path / "checkpoints").glob("step_*.zip"))
        if not checkpoints:
            raise ConfigError(f"follows {followed.model}, which has no checkpoint", option="gaze")
        path = checkpoints[-1]
    if not path.is_file():
        raise ConfigError(f"follows {followed.model}, but there is no such run folder or model", option="gaze")
    return f"{str(gaze).partition(':')[0]}:{path}"


def forced_by(gaze: str) -> str | None:
    """The argument ``forced`` of a gaze, as configurations keep it."""
    return FORCED.get(gaze, gaze)


def gaze_name(forced: str | None) -> str:
    """What scores call a gaze: ``learned``, ``random``, ``center``, ``follow`` or ``follow-HEAD``."""
    return "learned" if forced is None else forced.partition(":")[0]
