"""Runs that are killed, and a long training with frequent events, from what tests/torture writes."""

from pathlib import Path
from typing import Any

import numpy as np

from saccade.scripts.tables.markdown import read_json, short_commit, table

HEAD = ("case", "runs", "kills", "files damaged", "events lost", "most steps lost", "allowed", "same weights")

SOAKED = {"memory": "memory, MB", "allocated": "allocated, MB", "files": "open files", "threads": "threads"}  # older have no second


def kills(results: Path) -> list[str]:
    """A row for each kind of case and agent, and one for all."""
    return kills_of(read_json(results, "torture.json")["cases"])


def kills_of(cases: list[dict[str, Any]]) -> list[str]:
    """
    :param cases: as kills.py keeps them
    """
    rows = []
    for kind, agent in sorted({(case["kind"], case["agent"]) for case in cases}):
        own = [case for case in cases if (case["kind"], case["agent"]) == (kind, agent)]
        rows.append(_row(f"{kind}, {agent}", own))
    return table(HEAD, [*rows, _row("all", cases)])


def _row(name: str, own: list[dict[str, Any]]) -> list[object]:
    damaged, lost = sum(len(case["damaged"]) for case in own), sum(case.get("events_lost", 0) for case in own)
    steps = max((max(case["steps_lost"]) for case in own if case.get("steps_lost")), default=None)
    compared = [case["same_weights"] for case in own if "same_weights" in case]
    same = f"{sum(compared)} of {len(compared)}" if compared else None
    allowed = own[0].get("most_steps") if name != "all" else None
    return [name, len(own), sum(case.get("kills", 0) for case in own), damaged, lost, steps, allowed, same]


def soak(results: Path) -> list[str]:
    """What a long training took: means over eighths of it, the first without its beginning."""
    samples = loaded(read_json(results, "soak.json")["samples"])
    columns = {name: head for name, head in SOAKED.items() if name in samples[0]}
    parts = [[samples[i] for i in part] for part in np.array_split(np.arange(len(samples)), min(8, len(samples)))]
    rows = [
        [
            f"{part[0]['seconds'] / 60:.0f} to {part[-1]['seconds'] / 60:.0f}",
            *(f"{np.mean([each[name] for each in part]):.{1 if name in ('files', 'threads') else 0}f}" for name in columns),
        ]
        for part in parts
    ]
    return table(("minutes", *columns.values()), rows)


def loaded(samples: list[dict[str, float]]) -> list[dict[str, float]]:
    """The samples from the time on when everything is loaded: all but the first two minutes."""
    return [each for each in samples if each["seconds"] >= 120]


def soaked(results: Path) -> str:
    """What was trained."""
    found = read_json(results, "soak.json")
    return (
        f"{found['agent']}, {found['env_steps']:,} env steps, {found['events']} saliency events in {found['minutes']:.0f} minutes"
    )


def growth(results: Path) -> str:
    """Per hour, with standard errors."""
    samples = loaded(read_json(results, "soak.json")["samples"])
    found = {name: slope(samples, name) for name in SOAKED if name in samples[0]}
    told = {name: f"{round(value, 1) + 0.0:.1f} (standard error {error:.1f})" for name, (value, error) in found.items()}
    units = {"memory": "MB of memory", "allocated": "MB allocated", "files": "open files", "threads": "threads"}
    return ", ".join(f"{told[name]} {units[name]}" for name in found)


def slope(samples: list[dict[str, float]], name: str) -> tuple[float, float]:
    """
    Growth per hour and its standard error: least squares through the means of 16 stretches. Samples a few seconds apart are alike;
    means of stretches are nearly independent.

    :param samples: ``seconds`` and figures
    :param name: of the figure
    """
    hours, values = (np.array([each[key] for each in samples]) for key in ("seconds", name))
    parts = np.array_split(np.arange(len(samples)), min(16, len(samples)))
    x, y = (np.array([column[part].mean() for part in parts]) for column in (hours / 3600, values))
    away = x - x.mean()
    value = float(away @ y / (away @ away))
    left = y - y.mean() - value * away
    return value, float(np.sqrt(left @ left / max(len(x) - 2, 1) / (away @ away)))


def where(results: Path, file: str) -> str:
    """
    Commit and hardware.

    :param file: torture.json or soak.json
    """
    told = read_json(results, file)
    return f"Commit {short_commit(told['commit'])}, {told['hardware']['cpu']}, {told['hardware']['cores']} cores"


TABLES = {"kills": kills, "soak": soak}
VALUES = {
    "soak-about": soaked,
    "soak-growth": growth,
    "kills-where": lambda results: where(results, "torture.json"),
    "soak-where": lambda results: where(results, "soak.json"),
}
