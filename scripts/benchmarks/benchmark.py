"""Measure every speed claim of the suite beside its peer: python scripts/benchmarks/benchmark.py --json figures.json"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Measure what the words ask for."""
    import tyro

    from saccade.scripts.benchmarks.measuring import Options, measure

    measure(tyro.cli(Options, args=words, prog=program))


if __name__ == "__main__":
    open_door(main)
