"""
Kill trainings at random instants, half of them while they are resumed; fill their disks; close their terminals.

    python -m tests.torture.kills --kills 100

Each case makes a run, kills it, resumes it and kills it again, then lets it finish and compares it with the run that was never
stopped. What is done is kept in the output file, so a second call goes on. With root rights, full disks are small file systems in
memory; otherwise files may not grow above a limit.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from saccade.experiments.circumstances import commit, hardware

from .checks import damaged_files, folders_of_events, newest_step, same, shown_events, weights
from .page import kills_table
from .runs import AGENTS, Training

LONGEST = 400.0  # seconds for one part of a run
Case = dict[str, Any]


def killed_twice(agent: str, folder: Path, chance: random.Random, straight: Callable[[str], Any]) -> Case:
    """Two kills, one in a new run and one in a resumed run."""
    options, _, rollout = AGENTS[agent]
    run, log = folder / "run", folder / "log.txt"
    case: Case = {"kind": "kill", "agent": agent, "kills": 0, "damaged": [], "events_lost": 0, "steps_lost": [], "began_anew": 0}
    kept: set[int] = set()
    for _ in range(2):
        if (newest_step(run) or 0) >= options["total_timesteps"]:  # it was faster than the kill
            break
        goes_on = newest_step(run) is not None
        if run.exists() and not goes_on:  # nothing to go on with: killed before its first checkpoint
            case["began_anew"] += 1
            shutil.rmtree(run)
        training = Training(agent, run, goes_on, log)
        before = newest_step(run) or 0
        early = chance.random() < 0.1  # before the first checkpoint; otherwise the second kill would hardly be one of a resumed run
        training.wait_for(lambda: training.reached.value > before and (early or newest_step(run) is not None), LONGEST)  # noqa: B023
        time.sleep(chance.uniform(0, 6 if chance.random() < 0.5 else 1))
        reached = training.kill()
        case["kills"] += 1
        case["damaged"] += damaged_files(run)
        newest = newest_step(run)
        case["steps_lost"].append(max(reached, before) - (newest or 0))
        kept = {step for step in shown_events(run) if newest is not None and step <= newest}
    if newest_step(run) is None:
        shutil.rmtree(run, ignore_errors=True)
        case["began_anew"] += 1
    status = _finished(agent, run, log)
    case["damaged"] += damaged_files(run)
    case["events_lost"] = len(kept - shown_events(run))
    case["folders"] = folders_of_events(run)
    case["most_steps"] = options["checkpoint_every"] + rollout
    return case | {"status": status, "same_weights": status == 0 and same(straight(agent), weights(run, agent))}


def signalled(agent: str, folder: Path, number: int, straight: Callable[[str], Any]) -> Case:
    """The terminal is closed, or the machine goes down: the run is saved, and goes on."""
    run, log = folder / "run", folder / "log.txt"
    training = Training(agent, run, False, log)
    training.wait_for(lambda: training.reached.value > 60, LONGEST)
    os.kill(training.process.pid or 0, number)
    stopped = training.finish(LONGEST)
    lost = int(training.reached.value) - (newest_step(run) or 0)
    status = _finished(agent, run, log)
    return {
        "kind": signal.Signals(number).name,
        "agent": agent,
        "damaged": damaged_files(run),
        "events_lost": 0,
        "steps_lost": [lost],
        "most_steps": AGENTS[agent][2],
        "folders": folders_of_events(run),
        "status": stopped or status,
        "same_weights": status == 0 and same(straight(agent), weights(run, agent)),
    }


def full_disk(agent: str, folder: Path, options: str) -> Case:
    """The disk gets full after the first checkpoint: the training ends in order, and its model is somewhere."""
    disk, log = folder / "disk", folder / "log.txt"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(disk)], capture_output=True).returncode == 0
    run = disk / "run"
    training = Training(agent, run, False, log, None if mounted else 100_000)
    try:
        if mounted:
            training.wait_for(lambda: newest_step(run) is not None, LONGEST)
            _fill(disk)
        status = training.finish(LONGEST)
        said = log.read_text()
        named = {Path(word.rstrip(";")) for word in said.split() if "saccade-" in word}
        found = [path for path in named if path.suffix == ".zip" and path.is_file()]
        case: Case = {
            "kind": f"full disk ({options if mounted else 'no file above 100 kB'})",
            "agent": agent,
            "damaged": damaged_files(run),
            "traceback": "Traceback" in said,
            "said": "cannot be written" in said,
            "model_elsewhere": len(found),
            "status": status,
        }
        for path in found:
            shutil.rmtree(path.parent)
        return case
    finally:
        training.kill()
        if mounted:
            subprocess.run(["umount", "-l", str(disk)], check=False)


def _fill(disk: Path) -> None:
    """Take all the room, and all names."""
    with contextlib.suppress(OSError), (disk / "filler").open("wb") as file:
        while True:
            file.write(bytes(4096))
            file.flush()
    with contextlib.suppress(OSError):
        for number in range(10_000):
            (disk / f"name-{number}").touch()


def _finished(agent: str, run: Path, log: Path) -> int | None:
    """Train to the end: the status of the process, or 0 if the run is complete already."""
    if (newest_step(run) or 0) >= AGENTS[agent][0]["total_timesteps"]:
        return 0
    return Training(agent, run, newest_step(run) is not None, log).finish(LONGEST)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=120, help="at most; a second call goes on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--agents", nargs="+", choices=sorted(AGENTS), default=sorted(AGENTS))
    parser.add_argument("--output", type=Path, default=Path("results/torture.json"))
    given = parser.parse_args()
    cases: list[Case] = json.loads(given.output.read_text())["cases"] if given.output.exists() else []
    began, agents = time.monotonic(), given.agents
    known: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="torture-") as place:

        def straight(agent: str) -> Any:
            if agent not in known:
                run = Path(place, f"straight-{agent}")
                _finished(agent, run, Path(place, "straight.txt"))
                known[agent] = weights(run, agent)
            return known[agent]

        def killed(number: int) -> Callable[[Path], Case]:
            agent = agents[number % len(agents)]
            return lambda folder: killed_twice(agent, folder, random.Random(f"{given.seed} {number}"), straight)

        plan = {f"kill {number}": killed(number) for number in range(-(-given.kills // 2))}
        for agent in agents:
            for number in (signal.SIGHUP, signal.SIGTERM):
                plan[f"{number.name} {agent}"] = lambda folder, a=agent, n=number: signalled(a, folder, n, straight)
        for options in ("size=2m", "size=50m,nr_inodes=24"):
            plan[f"disk {options}"] = lambda folder, o=options: full_disk("glimpse-ppo", folder, o)
        done = {case["name"] for case in cases}
        for place_in_line, (name, run_case) in enumerate(plan.items()):
            if name in done or time.monotonic() - began > 60 * given.minutes:
                continue
            folder = Path(place, str(place_in_line))
            folder.mkdir()
            cases.append({"name": name, **run_case(folder)})
            told = {"commit": commit(), "hardware": hardware("cpu"), "seed": given.seed, "cases": cases}
            given.output.write_text(json.dumps(told, indent=1) + "\n")
            print(json.dumps(cases[-1]), flush=True)
            shutil.rmtree(folder, ignore_errors=True)
    print(kills_table(cases))


if __name__ == "__main__":
    main()
