"""Saliency maps of runs side by side, as one HTML page: saccade compare RUN_OR_SWEEP_DIR ... --output compare.html"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Write the page."""
    from saccade.experiments import Console, compare
    from saccade.scripts.words import read

    compare(**read(compare, words, program, {"runs": "RUN_OR_SWEEP_DIR"}), reporter=Console())


if __name__ == "__main__":
    open_door(main)
