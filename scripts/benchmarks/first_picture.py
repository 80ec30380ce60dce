"""
README's first picture: what V and A look at in two states of a run, which are taken by a rule.

    python scripts/benchmarks/first_picture.py RUN --output FILE.png

The run plays as for ``object_maps.py``. Of Enduro the two states are the middle one of all that were met where the road is free,
and the middle one of those where a car is ahead. Of other games they stand at a quarter and at three quarters of all that were met.
Both states share one colour scale for each head.
"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Draw what the words ask for."""
    import tyro

    from saccade.scripts.benchmarks.objects.picture import PictureOptions, draw

    draw(tyro.cli(PictureOptions, args=words, prog=program))


if __name__ == "__main__":
    open_door(main)
