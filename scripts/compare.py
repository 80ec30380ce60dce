"""Saliency maps of runs side by side, as one HTML page: python scripts/compare.py RUN_DIR RUN_DIR --output compare.html"""

import before_torch  # noqa: F401, I001  # before torch

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from plain_errors import UserError, plain_errors
from saccade.saliency.page.comparison_page import ComparedRun, check_comparable, write_comparison
from saccade.saliency.errors import RecordedEventsError
from saccade.saliency.records.recorded_events import RecordedEvents


@dataclass(frozen=True)
class Options:
    """Show the maps of runs on the same probe states, through training, in a page that any browser opens without a network."""

    runs: Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="RUN_DIR")]
    """Run folders of train.py, or folders that SaliencyCallback wrote."""
    output: Path = Path("compare.html")
    """Page to write. It may not exist yet."""
    names: tuple[str, ...] = ()
    """Names of the runs on the page, in their order. Default: the names of their folders."""


def main(options: Options) -> None:
    if not options.runs:
        raise UserError("give one run folder at least")
    if options.names and len(options.names) != len(options.runs):
        raise UserError(f"--names has {len(options.names)} for {len(options.runs)} run folders; give one for each, or none")
    if not options.output.parent.is_dir() or options.output.suffix != ".html":
        raise UserError(f"{options.output} must end in .html and lie in a folder that exists")
    check_free(options.output)
    try:
        names = told_apart(options.names or [folder_name(path) for path in options.runs])
        runs = [ComparedRun(name, RecordedEvents.of(path)) for name, path in zip(names, options.runs, strict=True)]
        check_comparable(runs)
        write(options.output, runs)
    except RecordedEventsError as error:
        raise UserError(str(error)) from error
    size = options.output.stat().st_size / 1e6
    print(f"{options.output}: {sum(len(run.events) for run in runs)} events, {size:.1f} MB")


def check_free(output: Path) -> None:
    """
    Nothing is overwritten.

    :raises UserError: if there is something
    """
    if output.exists():
        raise UserError(f"{output} exists already and is not overwritten; choose another --output")


def folder_name(path: Path) -> str:
    """The name a run goes by: that of its folder, not of the folder of events within."""
    whole = path.absolute()
    return whole.parent.name if whole.name == "saliency" else whole.name


def told_apart(names: Sequence[str]) -> list[str]:
    """
    Names with a number behind those that have been there before.

    :param names: of the runs
    """
    given: list[str] = []
    for name in names:
        number, different = 1, name
        while different in given:
            number += 1
            different = f"{name} ({number})"
        given.append(different)
    return given


def write(output: Path, runs: list[ComparedRun]) -> None:
    """
    The page, which appears under its name only when it is complete.

    :raises UserError: if it cannot be written
    """
    part = output.with_name(f".part-{os.getpid()}-{output.name}")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            write_comparison(file, runs)
        check_free(output)
        part.replace(output)
    except OSError as error:
        raise UserError(f"{output} cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)


if __name__ == "__main__":
    with plain_errors():
        main(tyro.cli(Options))
