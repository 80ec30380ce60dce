"""Trainings in processes of their own, as a user starts them, and how fast they go."""

import csv
import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 120.0  # seconds for a run to save itself
HEARD = "stopping"
THREADS = re.compile(r"^threads: (\d+)", re.MULTILINE)


class Training:
    """
    ``saccade train --env Enduro``, without scores and W&B.

    :param train: the command, such as ``[python, scripts/train.py]``
    :param agent: its name
    :param seed: of the run
    :param words: more words of the command line
    :param folder: to make for the run; its output goes beside it
    """

    def __init__(self, train: list[str], agent: str, seed: int, words: list[str], folder: Path) -> None:
        self.folder, self.log = folder, folder.with_suffix(".log")
        options = ["--env", "Enduro", "--agent", agent, "--seed", str(seed), "--eval-games", "0", "--wandb", "disabled"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_", "MKL_"))}
        with self.log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [*train, *options, "--no-progress", "--output", str(folder), *words],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        self.start = time.monotonic()

    def check_alive(self) -> None:
        """:raises RuntimeError: if it has ended already, with the last line that it said"""
        if self._process.poll() is not None:
            said = self.log.read_text(encoding="utf-8").strip().splitlines()
            raise RuntimeError(f"a training ended before it had learned; it said: {said[-1] if said else 'nothing'}")

    def rate(self, begin: float, end: float) -> float:
        """
        Env steps per second.

        :param begin: seconds from the start of this training; the log's first row after it counts
        :param end: the log's last row before it counts
        :raises RuntimeError: if the log has fewer than two rows between them
        """
        with (self.folder / "progress.csv").open(newline="", encoding="utf-8") as file:
            rows = [(float(row["time/time_elapsed"]), float(row["time/total_timesteps"])) for row in csv.DictReader(file)]
        # Seconds in the log count from the beginning of learning.
        within = [(seconds, steps) for seconds, steps in rows if begin <= seconds <= end]
        if len(within) < 2:
            raise RuntimeError(f"{self.log} has no two rows from {begin:.0f} to {end:.0f} s; measure for longer")
        (first, before), (last, after) = within[0], within[-1]
        return (after - before) / (last - first)

    def threads(self) -> int | None:
        """The number of threads that the run has said last; None if it never changed."""
        said = THREADS.findall(self.log.read_text(encoding="utf-8"))
        return int(said[-1]) if said else None

    def interrupt(self) -> float:
        """Press Ctrl-C, and wait until the run says that it has heard it. Seconds that took."""
        begun = time.monotonic()
        self._process.send_signal(signal.SIGINT)
        while HEARD not in self.log.read_text(encoding="utf-8") and time.monotonic() - begun < PATIENCE:
            time.sleep(0.05)
        return time.monotonic() - begun

    def close(self) -> None:
        """Wait for the end of the run, or end it."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        self._process.kill()
        self._process.wait()
