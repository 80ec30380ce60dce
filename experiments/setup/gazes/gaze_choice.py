"""The words for a gaze: learned, random, centre, or follow:RUN."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

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


def checked_gaze(gaze: object, where: str | None = None) -> str:
    """
    A word for a gaze, checked. A run folder becomes its newest checkpoint, and a path becomes a whole one, so that the run goes on
    with the same agent from any folder.

    :param gaze: the word
    :param where: it comes from, for the message; None for the option ``gaze``
    :raises ConfigError: if it is none, or if there is no such run or model
    """

    def refused(reason: str) -> ConfigError:
        return ConfigError(reason, option="gaze") if where is None else ConfigError(f"{where} {reason}")

    followed = Followed.of(gaze)
    if isinstance(gaze, str) and gaze in FORCED:
        return gaze
    if followed is None:
        raise refused(f"is {gaze!r}; it must be {WORDS}")
    path = followed.model.expanduser().absolute()
    if path.is_dir():
        checkpoints = sorted((path / "checkpoints").glob("step_*.zip"))
        if not checkpoints:
            raise refused(f"follows {followed.model}, which has no checkpoint")
        path = checkpoints[-1]
    if not path.is_file():
        raise refused(f"follows {followed.model}, but there is no such run folder or model")
    return f"{str(gaze).partition(':')[0]}:{path}"


def with_whole_path(gaze_kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """
    Arguments of the gaze wrapper. If ``forced`` is ``follow:RUN``, it is checked and completed as the option ``gaze``.

    :raises ConfigError: as :func:`checked_gaze`
    """
    forced = gaze_kwargs.get("forced")
    follows = isinstance(forced, str) and forced.startswith("follow")
    return {**gaze_kwargs, **({"forced": checked_gaze(forced, "gaze_kwargs: forced")} if follows else {})}


def forced_by(gaze: str) -> str | None:
    """The argument ``forced`` of a gaze, as configurations keep it."""
    return FORCED.get(gaze, gaze)
