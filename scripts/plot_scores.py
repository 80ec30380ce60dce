"""Learning curves of runs and sweeps, as a picture and tables: saccade plot SWEEP_DIR --output scores.png"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Draw the curves."""
    from saccade.experiments import Console, plot
    from saccade.scripts.words import read

    plot(**read(plot, words, program, {"runs": "RUN_OR_SWEEP_DIR"}), reporter=Console())


if __name__ == "__main__":
    open_door(main)
