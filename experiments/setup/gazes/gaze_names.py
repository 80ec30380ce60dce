"""What gazes are called: in scores, where each agent that is followed is another gaze, and over seeds, where it is not."""

from hashlib import sha256
from pathlib import Path

from ...errors import RunFolderError
from ...reading.run_content import run_content
from .gaze_choice import Followed, Place, place_of, teacher_of

CHECKPOINTS = "checkpoints"  # folder of a run
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
    run = _run_of(followed.model)
    name = (followed.model.stem if run is None else run.name)[:LONGEST]
    try:
        content = followed.model.read_bytes()
    except OSError:  # it has been moved since; its place stands for it
        content = str(followed.model).encode()
    return f"{gaze_name(forced)}-{name}-{sha256(content).hexdigest()[:8]}"


def name_over_seeds(forced: str | Place | None) -> str:
    """
    The kind of a gaze; for one that follows a run, or is taught by it, also the run's env and agent, such as
    ``follow-Enduro-pqn``. It is one name for all seeds of that agent, wherever they lie.
    """
    followed = Followed.of(teacher_of(forced) or forced)
    run = None if followed is None else _run_of(followed.model)
    if run is None:
        return gaze_name(forced)
    try:
        options = run_content(run / "config.yml")["options"]
    except RunFolderError:  # no run folder, or not any more
        return gaze_name(forced)
    return f"{gaze_name(forced)}-{options['env']}-{options['agent']}"


def _run_of(model: Path) -> Path | None:
    """The run folder that a checkpoint lies in; None for any other model."""
    return model.parent.parent if model.parent.name == CHECKPOINTS else None
