"""
What V and A look at in Atari games, by the things on the screen, and whether A looks at cars where one is ahead.

    python scripts/benchmarks/object_maps.py RUN [RUN ...]
    make tables

A run is a folder of ``saccade train`` in a game for which there is a finder. Each gets a file of its own in ``results/objects``,
which is written when the run is measured.
"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Measure what the words ask for."""
    import tyro

    from saccade.scripts.benchmarks.objects.runs import Options, measure

    measure(tyro.cli(Options, args=words, prog=program))


if __name__ == "__main__":
    open_door(main)
