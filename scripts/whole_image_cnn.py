"""
A network that gets whole canvases, to judge agents with a gaze by: python scripts/whole_image_cnn.py --env ClutteredMNIST

It is a CNN, or with --network window, bilinear or soft a network that looks several times.
"""

from collections.abc import Sequence

from saccade.scripts.door import open_door


def main(words: Sequence[str], program: str) -> None:
    """Train and test the network."""
    from saccade.experiments import Console, train_on_whole_images
    from saccade.scripts.words import read

    train_on_whole_images(**read(train_on_whole_images, words, program), reporter=Console())


if __name__ == "__main__":
    open_door(main)
