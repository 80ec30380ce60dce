"""
What a sweep costs beside the same command lines, run by hand in as many slots.

    python scripts/benchmarks/together/sweep_overhead.py
    make tables
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

from saccade.envs.available_cpus import available_cpus
from saccade.experiments.circumstances import commit, hardware
from saccade.scripts.door import open_door

SWEEP = Path(__file__).parents[2] / "sweep.py"
PAUSE = 0.1  # seconds between two looks at a process


@dataclass(frozen=True)
class Options:
    """Seconds of a sweep of short runs, beside the same command lines by hand."""

    seeds: int = 3
    """Runs of each of two tasks with each of two agents."""
    total_timesteps: int = 20_000
    """Env steps of a run."""
    rounds: int = 2
    """How often both are measured, one after the other."""
    json: Path = Path("results/sweep-overhead.json")
    """File of what is measured."""

    def plan(self) -> dict[str, Any]:
        """The sweep."""
        train = {"n_envs": 16, "eval_games": 8, "wandb": "disabled", "total_timesteps": self.total_timesteps}
        agents = ["reinforce", "recurrent-ppo"]
        return {"envs": ["CopyRecall", "Reorder"], "agents": agents, "seeds": list(range(self.seeds)), "train": train}


def by_sweep(plan: dict[str, Any], place: Path) -> tuple[list[str], dict[str, float]]:
    """
    Train all runs by a sweep.

    :param plan: of the sweep
    :param place: an empty folder
    :return: the runs' command lines, and seconds from beginning to end; CPU seconds of the sweep itself and of all its runs
    """
    file = place / "sweep.yml"
    file.write_text(yaml.safe_dump(plan), encoding="utf-8")
    begin, own = time.monotonic(), 0.0
    with subprocess.Popen([sys.executable, str(SWEEP), str(file), "--output", str(place / "sweep"), "--no-progress"]) as process:
        watched = psutil.Process(process.pid)
        times = watched.cpu_times()
        while process.poll() is None:
            time.sleep(PAUSE)
            try:
                times = watched.cpu_times()
            except psutil.NoSuchProcess:  # it has ended since
                break
            own = times.user + times.system
    if process.returncode:
        raise RuntimeError(f"the sweep ended with exit code {process.returncode}")
    found = {"seconds": time.monotonic() - begin, "own_cpu": own, "cpu_of_runs": times.children_user + times.children_system}
    logs = sorted((place / "sweep" / "logs").glob("*.log"))
    return [log.read_text(encoding="utf-8").partition("\n")[0].removeprefix("$ ") for log in logs], found


def by_hand(lines: Sequence[str], sweep: Path, place: Path, slots: int) -> float:
    """
    Run the command lines themselves.

    :param lines: as a sweep has printed them
    :param sweep: its folder, in the place of which others are written
    :param place: an empty folder
    :param slots: how many at once
    :return: seconds from beginning to end
    """
    commands = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{commands}{os.pathsep}{os.environ.get('PATH', '')}"}

    def run(line: str) -> None:
        subprocess.run(line.replace(str(sweep), str(place)), shell=True, check=True, env=environment, stdout=subprocess.DEVNULL)

    begin = time.monotonic()
    with ThreadPoolExecutor(slots) as pool:
        list(pool.map(run, lines))
    return time.monotonic() - begin


def measure(options: Options) -> None:
    """Measure both ways in turns."""
    about = {"commit": commit(), "hardware": hardware("cpu"), "options": {k: str(v) for k, v in asdict(options).items()}}
    slots, rows = available_cpus(), []
    for number in range(options.rounds):
        with tempfile.TemporaryDirectory() as name:
            place = Path(name)
            (place / "hand").mkdir()
            lines, row = by_sweep(options.plan(), place)
            row["by_hand"] = by_hand(lines, place / "sweep", place / "hand", slots)
        rows.append({"round": number, "runs": len(lines), "slots": slots, **row})
        print(json.dumps(rows[-1]), flush=True)
        options.json.write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n", encoding="utf-8")


def main(words: Sequence[str], program: str) -> None:
    """Measure what the words ask for."""
    import tyro

    measure(tyro.cli(Options, args=words, prog=program))


if __name__ == "__main__":
    open_door(main)
