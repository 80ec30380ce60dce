"""What any saved SB3 model looks at: saccade explain MODEL.zip --env Enduro --head value --method smoothgrad"""

import sys
from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Make maps of a model's heads, with checks."""
    from saccade.experiments import Console, explain
    from saccade.scripts.words import read

    spellings = {"heads": "head", "methods": "method"}
    if "--no-trust" in words:  # the word of version 0.1; now --trust is about the file
        print("note: --no-trust is called --no-checks now", file=sys.stderr)
        words = ["--no-checks" if word == "--no-trust" else word for word in words]
    given = read(explain, words, program, {"model": "MODEL"}, spellings)
    if not any(word.partition("=")[0] == "--method" for word in words):
        given["methods"] = None  # those that are shown first
    explain(**given, reporter=Console())


if __name__ == "__main__":
    open_door(main)
