"""The words for a gaze: learned, random, centre, at:X,Y, follow:RUN, or taught:RUN."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import ConfigError
from ..other_agents import model_at

GazeChoice = str  # learned, random, centre, at:X,Y, follow:RUN, follow-HEAD:RUN, taught:RUN, taught-HEAD:RUN
Place = list[float]  # x and y, as a YAML file keeps them
FORCED = {"learned": None, "random": "random", "centre": "center"}  # what GazeWrapper calls them
FOLLOW = re.compile(r"follow(?:-(?P<head>\w+))?:(?P<agent>.+)", re.DOTALL)
TAUGHT = re.compile(r"taught(?P<whom>(?:-\w+)?:.+)", re.DOTALL)  # FOLLOW and the rest say who teaches
NAMED = re.compile(r"(?P<word>(?:follow|taught)(?:-\w+)?:)(?P<agent>.+)", re.DOTALL)
OTHERS = ("forced", "taught")  # arguments of GazeWrapper that may name another agent
AT = re.compile(r"at:(?P<x>[^,]+),(?P<y>[^,]+)")
WORDS = (
    f"{', '.join(map(repr, FORCED))}, 'at:X,Y' with both from -1 to 1, such as at:0,0.5 (x to the right, y down), "
    "'follow:' and a run folder or model of an agent with a full view, or 'taught:' and such an agent"
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


def with_absolute_path(gaze: str) -> str:
    """The same word, which then means the same agent from any folder. It is not checked."""
    found = NAMED.fullmatch(gaze)
    return gaze if found is None else found["word"] + str(Path(found["agent"]).expanduser().absolute())


def checked_gaze(gaze: object, where: str | None = None, recorded: bool = False) -> str:
    """
    A word for a gaze, checked. A run folder becomes its newest checkpoint, and a path becomes a whole one, so that the run goes on
    with the same agent from any folder.

    :param gaze: the word
    :param where: it comes from, for the message; None for the option ``gaze``
    :param recorded: whether it is of a run that exists. Then its path is whole, and the agent may have been moved since: whoever
        needs the agent says so
    :raises ConfigError: if it is none, or if there is no such run or model
    """

    def refused(reason: str) -> ConfigError:
        return ConfigError(reason, option="gaze") if where is None else ConfigError(f"{where} {reason}")

    followed = Followed.of(teacher_of(gaze) or gaze)
    if isinstance(gaze, str) and (gaze in FORCED or place_of(gaze) is not None):
        return gaze
    if followed is None:
        raise refused(f"is {gaze!r}; it must be {WORDS}")
    if recorded:
        return str(gaze)
    try:
        path = model_at(followed.model)
    except ValueError as error:
        raise refused(f"names {error}") from None
    return f"{str(gaze).partition(':')[0]}:{path}"


def with_whole_path(gaze_kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """
    Arguments of the gaze wrapper. If ``forced`` or ``taught`` is ``follow:RUN``, it is checked and completed as the option
    ``gaze``.

    :raises ConfigError: as :func:`checked_gaze`
    """
    given = {name: gaze_kwargs.get(name) for name in OTHERS}
    named = {name: word for name, word in given.items() if isinstance(word, str) and word.startswith("follow")}
    return {**gaze_kwargs, **{name: checked_gaze(word, f"gaze_kwargs: {name}") for name, word in named.items()}}


def with_gaze(gaze_kwargs: Mapping[str, Any], gaze: str) -> dict[str, Any]:
    """
    Arguments of the gaze wrapper under another gaze.

    :param gaze_kwargs: as configurations keep them
    :param gaze: a word that :func:`checked_gaze` gave
    """
    teacher = teacher_of(gaze)
    return {**without_teacher(gaze_kwargs), "forced": forced_by(gaze), **({} if teacher is None else {"taught": teacher})}


def without_teacher(gaze_kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of the gaze wrapper where nothing is learned."""
    return {name: value for name, value in gaze_kwargs.items() if name != "taught"}


def forced_by(gaze: str) -> str | Place | None:
    """The argument ``forced`` of a gaze, as configurations keep it."""
    if gaze in FORCED:
        return FORCED[gaze]
    return place_of(gaze) or (None if teacher_of(gaze) else gaze)


def teacher_of(gaze: object) -> str | None:
    """The word ``follow:RUN`` for who teaches in ``taught:RUN``; None if the word is another one."""
    found = TAUGHT.fullmatch(gaze) if isinstance(gaze, str) else None
    return None if found is None else f"follow{found['whom']}"


def place_of(gaze: str) -> Place | None:
    """The place that ``at:X,Y`` names; None if the word is another one, or its numbers are not from -1 to 1."""
    found = AT.fullmatch(gaze)
    try:
        place = [] if found is None else [float(found["x"]), float(found["y"])]
    except ValueError:
        return None
    return place if place and all(-1 <= number <= 1 for number in place) else None
