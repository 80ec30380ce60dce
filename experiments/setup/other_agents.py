"""Another agent that a run refers to: its file, and its name over seeds."""

from hashlib import sha256
from pathlib import Path

from ..errors import RunFolderError
from ..reading.checkpoint_files import NAME, checkpoint_files, steps_of
from ..reading.run_content import run_content

CHECKPOINTS = "checkpoints"  # folder of a run


def model_at(place: str | Path) -> Path:
    """
    The whole path of a model, so that a run finds it from any folder.

    :param place: a ``.zip``, or a run folder, which stands for its newest checkpoint
    :raises ValueError: if there is no such run or model; the message goes on after "names"
    """
    path = Path(place).expanduser().absolute()
    if path.is_dir():
        checkpoints = checkpoint_files(path / CHECKPOINTS)
        if not checkpoints:
            raise ValueError(f"{place}, which has no checkpoint")
        path = checkpoints[-1]
    if not path.is_file():
        raise ValueError(f"{place}, but there is no such run folder or model")
    return path


def run_of(model: Path) -> Path | None:
    """The run folder that a checkpoint lies in; None for any other model."""
    return model.parent.parent if model.parent.name == CHECKPOINTS else None


def env_and_agent(model: Path) -> str | None:
    """
    What a run of training is over its seeds, such as ``Enduro-pqn``; None if the model lies in no run folder that can be read.

    :param model: a checkpoint of the run, also one that is no longer there
    """
    run = run_of(model)
    if run is None:
        return None
    try:
        options = run_content(run / "config.yml")["options"]
    except RunFolderError:  # no run folder, or not any more
        return None
    return f"{options['env']}-{options['agent']}"


def name_of_start(weights_from: str | None) -> str | None:
    """
    What a run begins with, as its config.yml keeps it: env, agent and env steps of the training that made the weights. So runs that
    begin with seeds of one training are seeds of each other. A file outside a run folder has its name and the first digits of its
    SHA-256.

    :param weights_from: whole path of a model
    """
    if weights_from is None:
        return None
    model = Path(weights_from)
    whose = env_and_agent(model) if NAME.fullmatch(model.name) else None
    if whose is not None:
        return f"{whose}-{steps_of(model)}"
    return f"{model.stem}-{fingerprint(model)}"


def fingerprint(model: Path) -> str:
    """The first digits of a file's SHA-256; of its place if it has been moved since."""
    try:
        content = model.read_bytes()
    except OSError:
        content = str(model).encode()
    return sha256(content).hexdigest()[:8]
