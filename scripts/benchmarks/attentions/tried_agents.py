"""
Note what was tried with an agent on Atari: python scripts/benchmarks/attentions/tried_agents.py RUN_DIR --note "what is different"

A line holds the mean training return (with exploration) over a stretch of env steps. Nothing is evaluated, so a run may go on.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from saccade.scripts.door import open_door

ROOT = Path(__file__).resolve().parents[3]
LOG = ROOT / "results" / "glimpses" / "atari" / "tried.csv"
COLUMNS = ("env", "agent", "gaze", "seed", "planned_env_steps", "env_steps", "training_return", "note")
ABOUT = ("env", "agent", "gaze", "seed", "planned_env_steps", "note")  # what tells runs apart
STRETCH = 50_000  # env steps


def main(words: Sequence[str], program: str) -> None:
    """Add lines for a run to the log."""
    import tyro

    def asked(run: tyro.conf.Positional[Path], note: str, log: Path = LOG) -> tuple[Path, str, Path]:
        """
        :param run: Run folder of train.
        :param note: What is different from the other runs.
        :param log: CSV file to add lines to.
        """
        return run, note, log

    print(add(*tyro.cli(asked, args=words, prog=program)), end="")


def add(run: Path, note: str, log: Path) -> str:
    """
    Add a line for each whole stretch of a run.

    :param run: run folder of ``train``
    :param note: what is different from the other runs
    :param log: CSV file, made with a header if it does not exist
    :return: the lines
    :raises OutputError: if the log has lines of such a run already
    """
    from saccade.experiments import OutputError
    from saccade.experiments.run_folder import RunFolder
    from saccade.experiments.setup.agent_spec import AGENTS
    from saccade.saliency.whole_file import write_text

    folder = RunFolder.check_existing(run)
    content = folder.read_content()
    options = content["options"]
    gaze = options["gaze"] or ("learned" if AGENTS[options["agent"]].looks else "full view")
    gaze = gaze if gaze.startswith("at:") else gaze.partition(":")[0]  # no place of another agent on this machine
    about = [options["env"], options["agent"], gaze, options["seed"], content["hyperparameters"]["n_timesteps"]]
    with (folder.path / "progress.csv").open(newline="", encoding="utf-8") as file:
        stretches = mean_returns(list(csv.DictReader(file)), STRETCH)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for env_steps, mean in stretches.items():
        writer.writerow([*about, env_steps, f"{mean:.2f}", note])
    log.parent.mkdir(parents=True, exist_ok=True)
    kept = log.read_text(encoding="utf-8") if log.exists() else ",".join(COLUMNS) + "\n"
    known = [line for line in csv.DictReader(io.StringIO(kept)) if [line[name] for name in ABOUT] == [*map(str, about), note]]
    if known:
        raise OutputError(f"{log} has lines of this run and note already; remove them, or give another note")
    write_text(log, kept + text.getvalue())
    return text.getvalue()


def mean_returns(rows: Sequence[dict[str, str]], stretch: int) -> dict[int, float]:
    """
    Mean of the logged training returns in each stretch.

    :param rows: of ``progress.csv``
    :param stretch: its length in env steps
    :return: {env steps at the end of a whole stretch: mean}; a stretch without a return is left out
    """
    logged = [
        (int(float(row["time/total_timesteps"])), float(row["rollout/ep_rew_mean"]))
        for row in rows
        if row.get("time/total_timesteps") and row.get("rollout/ep_rew_mean")
    ]
    found: dict[int, list[float]] = defaultdict(list)
    for env_steps, value in logged:
        found[-(-env_steps // stretch) * stretch].append(value)
    newest = max((env_steps for env_steps, _ in logged), default=0)
    return {end: sum(values) / len(values) for end, values in sorted(found.items()) if end <= newest + stretch // 10}


if __name__ == "__main__":
    open_door(main)
