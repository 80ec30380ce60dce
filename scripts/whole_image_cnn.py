"""A CNN that sees whole canvases, to judge agents with a gaze by: python scripts/whole_image_cnn.py --env ClutteredMNIST"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Train and test the CNN."""
    from saccade.experiments import Console, whole_image_cnn
    from saccade.scripts.words import read

    whole_image_cnn(**read(whole_image_cnn, words, program), reporter=Console())


if __name__ == "__main__":
    open_door(main)
