"""Another agent that a run refers to: its file, and its name over seeds."""

from pathlib import Path

from ..errors import RunFolderError
from ..reading.checkpoint_files import checkpoint_files
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


def name_of_start(weights_from: object) -> str | None:
    """What a run began with over its seeds: env and agent of the run that trained the weights, else the name of the file."""
    return None if not isinstance(weights_from, str) else env_and_agent(Path(weights_from)) or Path(weights_from).name
