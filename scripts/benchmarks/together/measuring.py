"""Several trainings at once: how fast all together, and whether they hear Ctrl-C."""

import json
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from saccade.experiments import ConfigError, OutputError
from saccade.experiments.circumstances import commit, hardware
from saccade.scripts.benchmarks.together.runs import Training

DOOR = Path(__file__).parents[2] / "train.py"
WORDS = {  # so that updates begin at once, and the log has a row every few seconds
    "pqn": ["--total-timesteps", "300000"],
    "dueling-dqn": ["--total-timesteps", "50000", "--set", "learning_starts=1000", "buffer_size=50000"],
}


@dataclass(frozen=True)
class Options:
    """Env steps per second of several trainings at once, beside one alone."""

    agents: tuple[str, ...] = ("pqn", "dueling-dqn")
    """Agents, by name."""
    counts: tuple[int, ...] = (1, 2, 4)
    """How many trainings at once."""
    warm: float = 75.0
    """Seconds of learning before a rate is taken: compiling takes about as long as this."""
    seconds: float = 60.0
    """Over which a rate is taken."""
    rival: Path | None = None
    """Another checkout, such as an earlier version with an installation of its own in .venv; one alone is measured there too."""
    fixed: tuple[int, ...] = field(default=())
    """Threads that one alone is given by hand, as rivals of what it takes itself."""
    rounds: int = 1
    """How often all is measured: once after the other, so that a machine whose speed drifts is the same for all."""
    json: Path = Path("results/side-by-side.json")
    """File of what is measured."""


def measure(options: Options) -> None:
    """
    Measure one way after the other, and write each when it is known.

    :raises ConfigError: if there is no such agent, or nothing that runs alone
    :raises OutputError: if the file cannot be written
    """
    for agent in options.agents:
        if agent not in WORDS:
            raise ConfigError(f"has {agent!r}; it must be some of: {', '.join(WORDS)}", option="agents")
    if 1 not in options.counts:
        raise ConfigError("has no 1, which the others are compared with", option="counts")
    if not options.json.parent.is_dir():
        raise OutputError(f"there is no folder {options.json.parent}; make it, or choose another --json file")
    told = {k: str(v) for k, v in asdict(options).items()}
    told |= {} if options.rival is None else {"rival": f"commit {commit(options.rival)}"}  # its folder says nothing to a reader
    about = {"commit": commit(), "hardware": hardware("cpu"), "options": told}
    found: list[dict[str, Any]] = []
    for number in range(options.rounds):
        for agent in options.agents:
            for name, train, count, words in ways(options):
                row = {"round": number, "agent": agent, "way": name, "count": count}
                row |= at_once(train, agent, count, words, options)
                print(json.dumps(row), flush=True)
                found.append(row)
                options.json.write_text(json.dumps({**about, "rows": found}, indent=1) + "\n", encoding="utf-8")


def ways(options: Options) -> list[tuple[str, list[str], int, list[str]]]:
    """Name of each way to train, the command that trains, how many at once, and more words of the command."""
    ours = [sys.executable, str(DOOR)]
    found: list[tuple[str, list[str], int, list[str]]] = [(f"{count} at once", ours, count, []) for count in options.counts]
    found += [(f"1 with --threads {n}", ours, 1, ["--threads", str(n)]) for n in options.fixed]
    if options.rival is not None:
        theirs = [str(options.rival / ".venv/bin/python"), str(options.rival / "scripts/train.py")]
        found.append(("1, the other checkout", theirs, 1, []))
    return found


def at_once(train: list[str], agent: str, count: int, words: list[str], options: Options) -> dict[str, Any]:
    """
    Trainings that begin at the same time.

    :return: env steps per second of each, their numbers of threads at the end, and seconds until each has heard Ctrl-C
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as at_end:
        runs = [Training(train, agent, i, [*WORDS[agent], *words], Path(folder, f"run-{i}")) for i in range(count)]
        for run in runs:
            at_end.callback(run.close)
        while not all((run.folder / "progress.csv").exists() for run in runs):  # learning has begun in all
            for run in runs:
                run.check_alive()
            time.sleep(0.5)
        time.sleep(options.warm + options.seconds)
        rates = [run.rate(options.warm, options.warm + options.seconds) for run in runs]
        threads = [run.threads() for run in runs]
        return {"rates": rates, "together": sum(rates), "threads": threads, "heard": [run.interrupt() for run in runs]}
