"""What must hold in a run folder at every moment, whatever happened to its process."""

import json
from pathlib import Path

import cv2
import torch as th
import yaml

from saccade.experiments.reading.checkpoint_files import checkpoint_files, is_whole
from saccade.experiments.resuming.events_kept import events
from saccade.experiments.resuming.progress_csv import read_rows
from saccade.saliency.whole_file import read_npz

from .runs import config


def damaged_files(run: Path) -> list[str]:
    """Files under their final names that cannot be read."""
    return [str(file) for file in sorted(run.rglob("*")) if file.is_file() and ".part-" not in str(file) and not _can_be_read(file)]


def _can_be_read(file: Path) -> bool:
    try:
        match file.suffix:
            case ".zip":
                return is_whole(file)
            case ".npz":
                return bool(read_npz(file))
            case ".png":
                return cv2.imread(str(file)) is not None
            case ".mp4":
                return cv2.VideoCapture(str(file)).read()[0]
            case ".yml":
                return isinstance(yaml.safe_load(file.read_text()), dict)
            case ".json":
                return isinstance(json.loads(file.read_text()), dict)
            case ".csv":
                columns, rows = read_rows(file)
                return all(len(row) == len(columns) for row in rows)
    except Exception:  # whatever a damaged file raises, it is damaged
        return False
    return True  # locks


def newest_step(run: Path) -> int | None:
    """Env steps of the newest checkpoint."""
    found = checkpoint_files(run / "checkpoints")
    return int(found[-1].stem.removeprefix("step_")) if found else None


def shown_events(run: Path) -> set[int]:
    """Env steps of the events that a page shows."""
    return {step for name in ("saliency", "gaze") for step, file in events(run / name) if file.suffix == ".npz"}


def folders_of_events(run: Path) -> int:
    """One, if the run keeps its events together."""
    return len([*run.glob("saliency*"), *run.glob("gaze*")])


def weights(run: Path, agent: str) -> dict[str, th.Tensor]:
    """Of the newest checkpoint."""
    model = config(agent, Path("unused")).spec.algorithm.load(checkpoint_files(run / "checkpoints")[-1], device="cpu")
    return model.policy.state_dict()


def same(one: dict[str, th.Tensor], other: dict[str, th.Tensor]) -> bool:
    """Bit for bit."""
    return one.keys() == other.keys() and all(th.equal(one[name], other[name]) for name in one)
