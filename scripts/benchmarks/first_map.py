"""
Which map should be shown first: deletion and insertion of every method beside blind orders, by every way of removal.

    python scripts/benchmarks/first_map.py --runs runs/Enduro-... runs/Breakout-... --json results/first-map/pqn.json

The file is written after each method. The same command goes on where it was stopped.
"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Measure what the words ask for."""
    import tyro

    from saccade.scripts.benchmarks.shown_first.measuring import Options, measure

    measure(tyro.cli(Options, args=words, prog=program))


if __name__ == "__main__":
    open_door(main)
