"""
What a network that reads a pen rests on: letters right, delayed dots and endings, through time.

    python scripts/benchmarks/memory/pen.py RUN [RUN ...]
    make tables

A run is a folder of ``saccade train --env PenStrokes``. Each gets a file of its own in ``results/memory``.
"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Measure what the words ask for."""
    import tyro

    from saccade.scripts.benchmarks.memory.pen_runs import Options, measure

    measure(tyro.cli(Options, args=words, prog=program))


if __name__ == "__main__":
    open_door(main)
