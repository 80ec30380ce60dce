"""
Env steps per second of several `saccade train` at once, started as anyone would, beside one alone.

    python scripts/benchmarks/side_by_side.py --rival /path/to/another/checkout
    make tables
"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Measure what the words ask for."""
    import tyro

    from saccade.scripts.benchmarks.together.measuring import Options, measure

    measure(tyro.cli(Options, args=words, prog=program))


if __name__ == "__main__":
    open_door(main)
