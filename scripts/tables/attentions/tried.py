"""What was tried with agents on Atari: training returns by env steps, from the CSV files of ``tried_agents.py``."""

from collections.abc import Sequence
from pathlib import Path

from saccade.scripts.benchmarks.attentions.tried_agents import ABOUT
from saccade.scripts.tables.markdown import read_csv, table

NOTHING = ["No run has been noted yet."]


def tried(results: Path, log: str, about: Sequence[str], shown: Sequence[int]) -> list[str]:
    """
    A row for each run.

    :param results: folder
    :param log: CSV file in it
    :param about: columns of the file that tell the runs apart, apart from what was different and the env steps planned
    :param shown: env steps at the end of a stretch
    """
    if not (results / log).exists():
        return NOTHING
    runs: dict[tuple[str, ...], dict[int, str]] = {}
    for line in read_csv(results, log):
        runs.setdefault(tuple(line[name] for name in ABOUT), {})[int(line["env_steps"])] = line["training_return"]
    rows: list[list[object]] = []
    for key, own in runs.items():
        named = dict(zip(ABOUT, key, strict=True))
        planned = f"{int(named['planned_env_steps']):,}"
        rows.append([*(named[name] for name in about), named["note"], planned, *(own.get(env_steps) for env_steps in shown)])
    head = (*({"env": "game"}.get(name, name) for name in about), "what", "planned env steps")
    return table((*head, *(f"at {env_steps:,}" for env_steps in shown)), rows)
