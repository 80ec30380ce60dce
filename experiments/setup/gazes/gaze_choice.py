"""The words for a gaze: learned, random, centre, at:X,Y, or follow:RUN."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import ConfigError

GazeChoice = str  # learned, random, centre, at:X,Y, follow:RUN, follow-HEAD:RUN
Place = list[float]  # x and y, as a YAML file keeps them
FORCED = {"learned": None, "random": "random", "centre": "center"}  # what GazeWrapper calls them
FOLLOW = re.compile(r"follow(?:-(?P<head>\w+))?:(?P<agent>.+)", re.DOTALL)
AT = re.compile(r"at:(?P<x>[^,]+),(?P<y>[^,]+)")
WORDS = (
    f"{', '.join(map(repr, FORCED))}, 'at:X,Y' with both from -1 to 1, such as at:0,0.5 (x to the right, y down), "
    "or 'follow:' and a run folder or model of an agent with a full view"
)


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
    if isinstance(gaze, str) and (gaze in FORCED or place_of(gaze) is not None):
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


def forced_by(gaze: str) -> str | Place | None:
    """The argument ``forced`` of a gaze, as configurations keep it."""
    return FORCED[gaze] if gaze in FORCED else place_of(gaze) or gaze


def place_of(gaze: str) -> Place | None:
    """The place that ``at:X,Y`` names; None if the word is another one, or its numbers are not from -1 to 1."""
    found = AT.fullmatch(gaze)
    try:
        place = [] if found is None else [float(found["x"]), float(found["y"])]
    except ValueError:
        return None
    return place if place and all(-1 <= number <= 1 for number in place) else None
