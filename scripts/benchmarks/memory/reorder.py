"""
Do maps through time show which word of a sequence was translated? Answers and alignments of agents with a memory.

    python scripts/benchmarks/memory/reorder.py RUN [RUN ...]
    make tables

A run is a folder of ``saccade train`` on Reorder or CopyRecall. All figures go to ``results/memory/reorder.json``. A run that is
measured again takes the place of its old figures.
"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Measure what the words ask for."""
    import tyro

    from saccade.scripts.benchmarks.reordering.alignment_runs import Options, measure

    measure(tyro.cli(Options, args=words, prog=program), [program, *words])


if __name__ == "__main__":
    open_door(main)
