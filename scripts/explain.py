"""What any saved SB3 model looks at: saccade explain MODEL.zip --env Enduro --head value --method smoothgrad"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Make maps of a model's heads, with checks."""
    from saccade.experiments import Console, explain
    from saccade.scripts.words import read

    spellings = {"heads": "head", "methods": "method"}
    explain(**read(explain, words, program, {"model": "MODEL"}, spellings), reporter=Console())


if __name__ == "__main__":
    open_door(main)
