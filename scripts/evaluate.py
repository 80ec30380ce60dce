"""Raw and human-normalised scores of a trained run, and a video with the maps laid over: saccade evaluate RUN_DIR"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Play whole games with a run's newest checkpoint."""
    from saccade.experiments import Console, evaluate
    from saccade.scripts.words import read

    evaluate(**read(evaluate, words, program, {"run": "RUN_DIR"}), reporter=Console())


if __name__ == "__main__":
    open_door(main)
