"""What a run of a sweep has done so far, read from its folder, and how it goes on."""

import csv
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ..curves.curve import read_scores
from ..errors import RunFolderError
from ..reading.checkpoint_files import is_whole, steps_of
from ..resuming.progress_csv import ENV_STEPS, SCORE, SECONDS, number, read_rows
from ..run_folder import RunFolder
from .cells import Cell
from .child import Task
from .command_words import PYTHON, resume_words, shown, train_words
from .sweep_folder import SweepFolder

# Weights & Biases: what belongs to one run may not come from the environment of all, or they would share it.
OF_ONE_RUN = ("WANDB_RUN_ID", "WANDB_RESUME")
MADE_FIRST = ("checkpoints", ".lock")  # by a run that was killed before it had a config.yml


@dataclass(frozen=True)
class Progress:
    """
    How far a run is.

    :param env_steps: done, as the log of the run has them
    :param total: env steps of the whole run; None before it has a folder
    :param seconds: of training so far
    :param score: mean of the latest evaluation; None before the first
    """

    env_steps: int = 0
    total: int | None = None
    seconds: float = 0.0
    score: float | None = None

    @property
    def seconds_left(self) -> float | None:
        """At the speed so far; None if there is none yet."""
        if self.total is None or not self.env_steps or not self.seconds:
            return None
        return max(self.total - self.env_steps, 0) * self.seconds / self.env_steps


class RunOfCell:
    """
    A run of a sweep.

    :param cell: what it is
    :param folder: of the sweep
    :param group: of the sweep's runs at Weights & Biases
    :param threads: of the run
    """

    def __init__(self, cell: Cell, folder: SweepFolder, group: str, threads: int) -> None:
        self.cell, self.name = cell, cell.name
        self.folder, self.log = RunFolder(folder.run(cell)), folder.log(cell)
        self._group, self._threads = group, threads
        self._seen: tuple[int, int] | None = None  # size and time of the log that was read last
        self._progress = Progress()

    @property
    def is_begun(self) -> bool:
        """Whether the run has a folder."""
        return (self.folder.path / "config.yml").is_file()

    def is_complete(self) -> bool:
        """
        Whether the run has done its env steps and has its final score, so that nothing is left.

        :raises RunFolderError: if the folder is damaged
        """
        checkpoints = self.folder.kept_checkpoints()
        if not self.is_begun or not checkpoints:
            return False
        content = self.folder.read_content()
        env_steps = steps_of(checkpoints[-1])
        if env_steps < content["hyperparameters"]["n_timesteps"] or not is_whole(checkpoints[-1]):
            return False
        return content["options"].get("eval_games") == 0 or any(s.env_steps >= env_steps for s in read_scores(self.folder))

    def is_occupied(self) -> bool:
        """Whether a process is training in the folder just now."""
        if not self.folder.path.is_dir():
            return False
        lock = FileLock(self.folder.path / ".lock", blocking=False)
        try:
            with lock:
                return False
        except Timeout:
            return True

    def task(self, share_of_gpus: float) -> Task:
        """
        What starts the run or, if it has a checkpoint, goes on with it. Without one it begins again.

        :param share_of_gpus: that the run gets; without one it sees none
        :raises RunFolderError: if a folder cannot be deleted
        """
        if self.is_begun and self.folder.kept_checkpoints():
            words = resume_words(self.folder.path)
        else:
            self._clear()
            words = train_words(self.cell.options, self.folder.path)
        said: dict[str, str | None] = {"OMP_NUM_THREADS": str(self._threads)}
        if self.cell.options.get("wandb") != "disabled":
            said |= {"WANDB_RUN_GROUP": os.environ.get("WANDB_RUN_GROUP") or self._group, "WANDB_NAME": self.name}
        hidden: dict[str, str | None] = {**dict.fromkeys(OF_ONE_RUN), "PYTHONUNBUFFERED": "1"}
        hidden |= {} if share_of_gpus else {"CUDA_VISIBLE_DEVICES": ""}
        return Task((*PYTHON, *words), {**hidden, **said}, str(Path.cwd()), str(self.log), shown(words, said))

    def progress(self) -> Progress:
        """How far the run is. The files are read again only if they have changed."""
        file = self.folder.progress
        try:
            state = file.stat()
            key = (state.st_size, state.st_mtime_ns)
            if key != self._seen:
                total = self._progress.total or self.folder.read_content()["hyperparameters"]["n_timesteps"]
                self._progress, self._seen = _read(file, total), key
        except (OSError, RunFolderError, csv.Error):  # it is being made, or damaged, which the run itself will say
            pass
        return self._progress

    def env_steps(self) -> int:
        """Done so far, as the log has them."""
        return self.progress().env_steps

    def note(self, problem: str) -> None:
        """A line in the run's log, as the run itself would have written it. A log that cannot be written stays as it is."""
        with suppress(OSError), self.log.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"$ (by the sweep)\nerror: {problem}\n")

    def _clear(self) -> None:
        path = self.folder.path
        if not path.exists():
            return
        if not self.is_begun and any(not one.name.startswith((*MADE_FIRST, ".part-")) for one in path.iterdir()):
            raise RunFolderError(f"{path} is not a run folder (it has no config.yml), so it is not replaced; move it, or delete it")
        try:
            shutil.rmtree(self.folder.path)
        except OSError as error:
            raise RunFolderError(f"{self.folder.path} has no checkpoint to go on from and cannot be deleted: {error}") from error


def _read(file: Path, total: int) -> Progress:
    env_steps, seconds, score = 0, 0.0, None
    for row in read_rows(file)[1]:
        env_steps = int(number(row.get(ENV_STEPS), env_steps))
        seconds = number(row.get(SECONDS), seconds)
        score = number(row.get(SCORE), score)
    return Progress(env_steps, total, seconds, score)
