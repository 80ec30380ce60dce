"""
The three pictures of docs/memory.md, from networks that were trained.

    python scripts/benchmarks/memory/pictures.py PEN_RUN REORDER_RUN --output FOLDER

The runs are folders of ``saccade train --env PenStrokes`` and ``--env Reorder``. The second may be left out.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Draw what the words ask for."""
    import tyro

    from saccade.saliency.pictures.layout import write_png
    from saccade.scripts.benchmarks.memory.pen_pictures import pen_pictures
    from saccade.scripts.benchmarks.reordering.pictures_of_reordering import picture_of_reordering

    def draw(
        pen: tyro.conf.Positional[Path],
        reorder: tyro.conf.Positional[Path | None] = None,
        /,
        *,
        output: Path,
        dot: str | None = None,
        ending: str | None = None,
        seed: int = 0,
        checkpoint: Literal["newest", "best"] = "newest",
    ) -> None:
        """
        A delayed dot, the ending -ing, and a translation into another order.

        :param pen: folder of a run on PenStrokes
        :param reorder: folder of a run on Reorder
        :param output: folder of the pictures
        :param dot: word with an i; default: the first held-out one whose dot is not the last stroke
        :param ending: word in -ing; default: the first held-out one
        :param seed: of hand, sizes and noise
        :param checkpoint: of the pen's run; best is the one with the most letters right on validation words
        """
        pen_pictures(pen, output, dot, ending, seed, checkpoint)
        if reorder is not None:
            write_png(output / "reordering.png", picture_of_reordering(reorder))

    tyro.cli(draw, args=words, prog=program)


if __name__ == "__main__":
    open_door(main)
