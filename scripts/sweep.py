"""Many trainings from one file: saccade sweep sweep.yml"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from saccade.scripts.door import call_of, fail, open_door


@dataclass(frozen=True)
class SweepOptions:
    """Train many runs: envs x agents x seeds x hyperparameters. Each is a process of its own with a run folder in the sweep's."""

    file: Annotated[Path | None, tyro.conf.Positional, tyro.conf.arg(metavar="FILE.yml")] = None
    """What is to be run, in YAML (docs/sweeps.md)."""
    resume: Annotated[Path | None, tyro.conf.arg(metavar="SWEEP_DIR")] = None
    """Go on with the sweep in this folder. Only what is left is done."""
    output: Path | None = None
    """Folder to make; default: sweeps/<file>-<time>."""
    executor: str = "local"
    """local for processes of this machine, ray for tasks of a Ray cluster."""
    ray_address: str | None = None
    """Address of the cluster; default: RAY_ADDRESS, else one on this machine, else a new one here."""
    progress: bool = True
    """Show the table while runs go on."""


def main(words: Sequence[str], program: str) -> None:
    """Train many runs, or go on with them."""
    from saccade.experiments import Console, sweep

    options = tyro.cli(SweepOptions, args=list(words), prog=program)
    reporter = Console(progress=options.progress)
    result = sweep(
        options.file,
        resume=options.resume,
        output=options.output,
        executor=options.executor,  # type: ignore[arg-type]  # sweep checks it
        ray_address=options.ray_address,
        reporter=reporter,
    )
    if not result.is_complete:
        reporter.say(f"go on with: {call_of('sweep', '--resume', str(result.folder))}")
    if result.logs:
        names = ", ".join(map(str, result.logs[:5])) + ("" if len(result.logs) <= 5 else ", ...")
        fail(f"{len(result.logs)} of {len(result.outcomes)} runs failed; what they said: {names}", status=1)
    if not (result.is_complete or result.stopped):
        fail("some runs were stopped from outside before their end", status=1)


if __name__ == "__main__":
    open_door(main)
