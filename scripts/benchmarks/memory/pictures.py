"""
The pictures of docs/memory.md, from networks that were trained.

    python scripts/benchmarks/memory/pictures.py RUN --output FOLDER

A run is a folder of ``saccade train --env PenStrokes``.
"""

from collections.abc import Sequence
from pathlib import Path

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Draw what the words ask for."""
    import tyro

    from saccade.scripts.benchmarks.memory.pen_pictures import pen_pictures

    def draw(run: tyro.conf.Positional[Path], output: Path, dot: str = "living", ending: str = "saying", seed: int = 0) -> None:
        """
        A delayed dot, and the ending -ing.

        :param run: folder of a run on PenStrokes
        :param output: folder of the pictures
        :param dot: word with an i
        :param ending: word in -ing
        :param seed: of hand, sizes and noise
        """
        pen_pictures(run, output, dot, ending, seed)

    tyro.cli(draw, args=words, prog=program)


if __name__ == "__main__":
    open_door(main)
