"""
Where a network with soft attention says that it looks, beside what its maps say, on the same states.

    python scripts/benchmarks/both_attentions.py RUN [RUN ...]
    make tables

A run is a folder of ``saccade train --agent soft-attention-pqn``. Each gets a file of its own, by default in
``results/attention/masked/agreement``, where the tables look for networks with a mask. What
attention is worth as a map, beside the others and beside blind orders, is measured by ``first_map.py --methods attention``.
"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Measure what the words ask for."""
    import tyro

    from saccade.scripts.benchmarks.attentions.runs import Options, measure

    measure(tyro.cli(Options, args=words, prog=program))


if __name__ == "__main__":
    open_door(main)
