"""The options of the sweeping door."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class SweepOptions:
    """Train many runs: envs x agents x seeds x hyperparameters. Each is a process of its own with a run folder in the sweep's."""

    file: Annotated[Path | None, tyro.conf.Positional, tyro.conf.arg(metavar="[FILE.yml]")] = None
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
