"""The convolutions that see whole canvases, and the CNN that is made of them."""

from torch import nn

CHANNELS = 64  # of the map
SMALLER = 8  # times: the map's side as a part of the canvas's


def convolutions() -> nn.Sequential:
    """Three layers of 3x3 filters, each with a pool behind it: from (B, 1, size, size) to (B, 64, size // 8, size // 8)."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(64, CHANNELS, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )


def convolutional_network(size: int, classes: int) -> nn.Module:
    """The convolutions, and a hidden layer of 256."""
    return nn.Sequential(
        *convolutions(),
        nn.Flatten(),
        nn.Linear(CHANNELS * (size // SMALLER) ** 2, 256),
        nn.ReLU(),
        nn.Linear(256, classes),
    )
