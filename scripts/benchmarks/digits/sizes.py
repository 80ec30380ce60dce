"""
One trained agent on canvases of many sizes, its weights unchanged: python scripts/benchmarks/digits/sizes.py RUN_DIR

The run is one whose gaze moves in pixels (results/glimpses/any-size.yml). Beside it: the same network under a random gaze, another
run that was trained under one, and a CNN that is trained anew for each size. A finished row is kept and not measured again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from saccade.scripts.benchmarks.digits.items import SETTINGS
from saccade.scripts.door import open_door

LEARNED, RANDOM, TRAINED_RANDOM, CNN = "learned", "random", "trained-random", "cnn"
OF_CNN = ("cnn_images", "cnn_rates")


@dataclass(frozen=True)
class Options:
    """Error and multiply-adds by the side of the canvas."""

    run: Annotated[Path, tyro.conf.Positional]
    """Run folder of an agent whose gaze moves in pixels."""
    control: Path | None = None
    """Run folder of one that was trained alike with --gaze random."""
    sizes: tuple[int, ...] = (60, 100, 128, 256, 512, 1024)
    """Sides of the canvases in pixels."""
    cnn_sizes: tuple[int, ...] = (60, 100, 128)
    """Those for which a CNN is trained. Large canvases take long, and those of 512 pixels and more fill the memory."""
    cnn_images: int = 400_000
    """Canvases that a CNN learns from at most, with each rate. It stops when its validation error has stopped falling."""
    cnn_rates: tuple[float, ...] = (3e-4, 1e-3, 3e-3)
    """Its learning rates, of which validation chooses one."""
    split: str = "validation"
    """validation, or at the end test."""
    games: int | None = None
    """Episodes of each row of an agent, for a trial. Default: every digit on 5 canvases."""
    output: Path = SETTINGS / "sizes.json"
    """File of the rows."""
    checkpoints: Path = Path("runs", "sizes")
    """Folder of the CNNs' checkpoints."""
    list: bool = False
    """Say what is done and what is left; run nothing."""


def main(words: Sequence[str], program: str) -> None:
    """Measure what is left."""
    measure(tyro.cli(Options, args=words, prog=program))


def measure(options: Options) -> None:
    """
    Measure what is left of the rows.

    :raises OutputError: if the file is of another run or split, or of another checkpoint of the run
    """
    from saccade.experiments.circumstances import commit, hardware
    from saccade.saliency.whole_file import write_text
    from saccade.scripts.benchmarks.runs.kept_file import read_kept

    asked: dict[str, Any] = {"run": options.run.name, "control": options.control and options.control.name, "split": options.split}
    asked |= {"games": options.games, **{name: getattr(options, name) for name in OF_CNN}}
    kept: dict[str, Any] = {"settings": asked, "rows": []}
    if options.output.exists():
        kept = read_kept(options.output, lambda found: found["settings"], asked, "rows")
    for who, size in wanted(options):
        name = f"{who} at {size} pixels"
        done = next((row for row in kept["rows"] if (row["who"], row["size"]) == (who, size)), None)
        if done is not None or options.list:
            print(f"left  {name}" if done is None else f"done  {name}: {done['error_percent']:.2f} % wrong", flush=True)
            continue
        row = {"who": who, "size": size, **(cnn_row(size, options) if who == CNN else agent_row(who, size, options))}
        _check_checkpoint(row, kept["rows"], options)
        kept["rows"].append({**row, "commit": commit(), "hardware": hardware("cpu")})
        options.output.parent.mkdir(parents=True, exist_ok=True)
        write_text(options.output, json.dumps(kept, indent=1))
        print(f"new   {name}: {row['error_percent']:.2f} % wrong", flush=True)


def _check_checkpoint(row: Mapping[str, Any], others: Sequence[Mapping[str, Any]], options: Options) -> None:
    """:raises OutputError: if the run has gone on since other rows were measured, so that they are of another network"""
    from saccade.experiments.errors import OutputError

    if row["who"] == CNN:
        return
    control = row["who"] == TRAINED_RANDOM
    run = options.control if control else options.run
    for other in others:
        of_this_run = other["who"] != CNN and (other["who"] == TRAINED_RANDOM) == control
        if of_this_run and other["checkpoint"] != row["checkpoint"]:
            known = f"{run} is measured at {other['checkpoint']} in {options.output}, and its checkpoint is {row['checkpoint']} now"
            raise OutputError(f"{known}; choose another output")


def wanted(options: Options) -> list[tuple[str, int]]:
    """Who is measured at which size, what is cheap first."""
    agents = [(who, size) for size in options.sizes for who in (LEARNED, RANDOM)]
    controls = [(TRAINED_RANDOM, size) for size in options.sizes if options.control is not None]
    return [*agents, *controls, *((CNN, size) for size in options.cnn_sizes)]


def agent_row(who: str, size: int, options: Options) -> dict[str, Any]:
    """Figures of an agent on canvases of one size."""
    from saccade.experiments import ErrorRate, evaluate

    run = options.run if who != TRAINED_RANDOM else options.control
    assert run is not None  # otherwise no such row is wanted
    gaze = RANDOM if who == RANDOM else None
    split: Any = options.split
    scores = evaluate(run, env_kwargs={"size": size}, gaze=gaze, split=split, games=options.games, video_steps=0, force=True)
    assert isinstance(scores, ErrorRate)  # of digits
    names = ("error_percent", "standard_error", "episodes", "digits", "multiply_adds", "env_steps")
    return {**{name: getattr(scores, name) for name in names}, "checkpoint": scores.checkpoint.name}


def cnn_row(size: int, options: Options) -> dict[str, Any]:
    """Figures of a CNN that is trained on canvases of one size, with as much clutter as the agent has seen."""
    from saccade.experiments import Console, train_on_whole_images
    from saccade.experiments.run_folder import RunFolder

    record = RunFolder(options.run).read()
    own: Mapping[str, Any] = record.hyperparameters["env_kwargs"]
    given = {name: value for name, value in own.items() if name not in ("smallest", "copies", "glimpses")}
    found = train_on_whole_images(
        record.config.env, env_kwargs={**given, "size": size}, images=options.cnn_images, learning_rates=options.cnn_rates,
        early_stop=True, device="cpu", checkpoints=options.checkpoints / f"cnn-{size}", reporter=Console(progress=False),
    )  # fmt: skip
    best = min(found.validation, key=lambda one: float(one["error_percent"]))
    tested = (
        best if options.split == "validation" else {"error_percent": found.error_percent, "standard_error": found.standard_error}
    )
    about = {name: getattr(found, name) for name in ("learning_rate", "parameters", "multiply_adds", "seconds")}
    figures = {name: tested[name] for name in ("error_percent", "standard_error")}
    return {**figures, **about, "images": best["images"], "converged": best["converged"]}


if __name__ == "__main__":
    open_door(main)
