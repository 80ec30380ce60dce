"""
The picture of error against mean looks in results/glimpses.md: python scripts/benchmarks/digits/stopping.py

It is drawn from the reports of ``saccade evaluate RUN --when-to-stop`` in results/glimpses/when-to-stop/.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import tyro

from saccade.scripts.benchmarks.digits.items import SETTINGS
from saccade.scripts.door import open_door

FOLDER = SETTINGS / "when-to-stop"


def main(words: Sequence[str], program: str) -> None:
    """Draw what the words ask for."""
    tyro.cli(draw, args=words, prog=program)


def draw(folder: Path = FOLDER, output: Path = SETTINGS / "when-to-stop.png", split: str = "test") -> None:
    """
    Draw all reports of a folder into one picture.

    :param folder: of the .json files, each named after its run
    :param output: picture to write (.png, .svg, .pdf); it is replaced
    :param split: of the digits: validation or test
    """
    from saccade.experiments.curves.drawing import FORMATS, save
    from saccade.experiments.errors import ConfigError
    from saccade.experiments.when_to_stop.stop_figure import stop_figure

    if output.suffix not in FORMATS:
        raise ConfigError(f"is {output}; it must end with {', '.join(FORMATS)}", option="output")
    reports = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))}
    if not any(split in found["curves"] for found in reports.values()):
        raise ConfigError(f"has no report with {split} digits; copy the -stop.json of an evaluation there", option="folder")
    save(output, stop_figure(reports, split))


if __name__ == "__main__":
    open_door(main)
