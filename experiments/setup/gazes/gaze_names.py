"""What gazes are called: in scores, where each agent that is followed is another gaze, and over seeds, where it is not."""

from ..other_agents import env_and_agent, fingerprint, run_of
from .gaze_choice import Followed, Place, place_of, teacher_of

LONGEST = 60  # characters of a name in a file's name


def gaze_name(forced: str | Place | None) -> str:
    """The kind of a gaze: ``learned``, ``random``, ``center``, ``at_0_0.5``, ``follow``, ``follow-HEAD``, ``taught`` ..."""
    if forced is None:
        return "learned"
    place = place_of(forced) if isinstance(forced, str) else forced
    return str(forced).partition(":")[0] if place is None else "_".join(["at", *(f"{number:g}" for number in place)])


def name_in_scores(forced: str | Place | None) -> str:
    """
    The kind of a gaze; for one that follows an agent also which agent, as the name of its run or file and the first digits of its
    file's SHA-256. So scores under two agents have two names, also where one has taken the other's place.
    """
    followed = Followed.of(forced)
    if followed is None:
        return gaze_name(forced)
    run = run_of(followed.model)
    name = (followed.model.stem if run is None else run.name)[:LONGEST]
    return f"{gaze_name(forced)}-{name}-{fingerprint(followed.model)}"


def name_over_seeds(forced: str | Place | None) -> str:
    """
    The kind of a gaze; for one that follows a run, or is taught by it, also the run's env and agent, such as
    ``follow-Enduro-pqn``. It is one name for all seeds of that agent, wherever they lie.
    """
    followed = Followed.of(teacher_of(forced) or forced)
    whose = None if followed is None else env_and_agent(followed.model)
    return gaze_name(forced) if whose is None else f"{gaze_name(forced)}-{whose}"
