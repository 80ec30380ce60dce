"""
Write results/robustness.md from what kills.py and soak.py have measured.

    python -m tests.torture.page
"""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[2] / "results"
PAGE = """\
# Robustness

This page is written by `python -m tests.torture.page` from [torture.json](torture.json) and [soak.json](soak.json).

## Killed, hung up, without disk space

    python -m tests.torture.kills --kills 100

The command goes on where an earlier call stopped; the table shows the cases that are done. A run is killed (SIGKILL) at a random
instant, resumed, killed again and resumed to its end. Most first kills come after the first checkpoint, because there is nothing to
resume before it. All runs use `--eager`, so their final weights must be those of a run that was never stopped, bit for bit. SIGHUP
and SIGTERM stop a run once. A full disk is a small file system in memory that is filled after the first checkpoint.

- *Files damaged*: files under their final name that cannot be read.
- *Events lost*: saliency events that were complete before a kill and that the page of the finished run does not show.
- *Steps lost*: env steps between the last one before a kill and the checkpoint from which the run went on. *Allowed* is
  `--checkpoint-every` and a rollout.

{kills}

{where_kills}

## Half an hour of frequent events

    python -m tests.torture.soak --minutes 30

{soak}

{where_soak}
"""
NAMES = ("case", "runs", "kills", "files damaged", "events lost", "most steps lost", "allowed", "same weights")


def measured_where(told: dict[str, Any]) -> str:
    """
    A line on commit and hardware.

    :param told: as kills.py and soak.py keep it
    """
    hardware = told["hardware"]
    return (
        f"Commit {told['commit'][:7]}, {hardware['cpu']}, {hardware['cores']} cores, one torch thread for each training. Other "
        "programs ran on the machine, so the pace of the training says nothing."
    )


def kills_table(cases: list[dict[str, Any]]) -> str:
    """
    A row for each kind of case and agent, and one for all.

    :param cases: as kills.py keeps them
    """
    rows = [f"| {' | '.join(NAMES)} |", "|---" * len(NAMES) + "|"]
    for kind, agent in sorted({(case["kind"], case["agent"]) for case in cases}):
        own = [case for case in cases if (case["kind"], case["agent"]) == (kind, agent)]
        rows.append(_row(f"{kind}, {agent}", own))
    return "\n".join([*rows, _row("all", cases)])


def _row(name: str, own: list[dict[str, Any]]) -> str:
    damaged, lost = sum(len(case["damaged"]) for case in own), sum(case.get("events_lost", 0) for case in own)
    steps = max((max(case["steps_lost"]) for case in own if case.get("steps_lost")), default="")
    compared = [case["same_weights"] for case in own if "same_weights" in case]
    same = f"{sum(compared)} of {len(compared)}" if compared else ""
    allowed = own[0].get("most_steps", "") if name != "all" else ""
    cells = (name, len(own), sum(case.get("kills", 0) for case in own), damaged, lost, steps, allowed, same)
    return f"| {' | '.join(map(str, cells))} |"


def soak_text(soak: dict[str, Any]) -> str:
    """
    What a long training took at its start, in its middle and at its end.

    :param soak: as soak.py keeps it
    """
    samples = soak["samples"]
    shown = [samples[0], samples[len(samples) // 4], samples[len(samples) // 2], samples[3 * len(samples) // 4], samples[-1]]
    rows = [f"| {each['seconds'] / 60:.0f} | {each['memory']:.0f} | {each['files']} | {each['threads']} |" for each in shown]
    growth = soak["growth_per_hour"]
    return "\n".join(
        [
            f"{soak['agent']}, {soak['env_steps']:,} env steps, {soak['events']} saliency events in {soak['minutes']:.0f} minutes.",
            "",
            "| minute | memory, MB | open files | threads |",
            "|---|---|---|---|",
            *rows,
            "",
            f"Growth over the second half, by least squares: {growth['memory']:.0f} MB, {growth['files']:.1f} open files and "
            f"{abs(growth['threads']):.1f} threads per hour.",
        ]
    )


def main() -> None:
    kills, soak = (json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")) for name in ("torture", "soak"))
    where = {"where_kills": measured_where(kills), "where_soak": measured_where(soak)}
    page = PAGE.format(kills=kills_table(kills["cases"]), soak=soak_text(soak), **where)
    (RESULTS / "robustness.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
