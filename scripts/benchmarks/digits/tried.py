"""
Note a setting that was tried, with its error on the validation digits: python scripts/benchmarks/digits/tried.py RUN_DIR

Settings are chosen by these lines alone. No test error stands here.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from saccade.scripts.benchmarks.digits.items import SETTINGS
from saccade.scripts.door import open_door

COLUMNS = (
    "env",
    "settings",
    "changed",
    "gaze",
    "seed",
    "env_steps",
    "validation_error_percent",
    "standard_error",
    "commit",
    "note",
)


def main(words: Sequence[str], program: str) -> None:
    """Play the validation digits with a run, and add a line to the log."""
    import tyro

    def asked(run: tyro.conf.Positional[Path], note: str = "", log: Path = SETTINGS / "tried.csv") -> tuple[Path, str, Path]:
        """
        :param run: Run folder of train.
        :param note: Why it was tried, and whether it is kept.
        :param log: CSV file to add a line to.
        """
        return run, note, log

    print(add(*tyro.cli(asked, args=words, prog=program)))


def add(run: Path, note: str, log: Path) -> str:
    """
    Evaluate a run on the validation digits and add a line to the log.

    :param run: run folder of ``train``
    :param note: why it was tried, and whether it is kept
    :param log: CSV file, made with a header if it does not exist
    :return: the line
    """
    from saccade.experiments import evaluate
    from saccade.experiments.circumstances import commit
    from saccade.experiments.run_folder import RunFolder
    from saccade.saliency.whole_file import write_text

    content = RunFolder.check_existing(run).read_content()
    options, hyperparameters = content["options"], content["hyperparameters"]
    found = evaluate(run, split="validation", video_steps=0, force=True)
    error = found.found()
    values = [
        found.env,
        Path(options.get("hyperparameters") or "default").name,
        " ".join(f"{name}={value}" for name, value in {**options["set"], **options["env_kwargs"]}.items()),
        hyperparameters["gaze_kwargs"].get("forced") or "learned",
        options["seed"],
        found.env_steps,
        f"{error['error_percent']:.3f}",
        f"{error['standard_error']:.3f}",
        (commit() or "unknown")[:7],
        note,
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if not log.exists():
        writer.writerow(COLUMNS)
    writer.writerow(values)
    write_text(log, (log.read_text(encoding="utf-8") if log.exists() else "") + text.getvalue())
    return text.getvalue().splitlines()[-1]


if __name__ == "__main__":
    open_door(main)
