"""The network that sees whole canvases."""

from torch import nn

from .blur import GaussianBlur


def convolutional_network(size: int, classes: int, blur: float = 0.0) -> nn.Module:
    """
    Three layers of 3x3 filters, each with a pool behind it, and a hidden layer of 256.

    :param size: side of the canvas in pixels
    :param classes: number of answers
    :param blur: standard deviation in pixels of a blur before the first layer; 0 for none
    """
    side = size // 8
    layers = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * side**2, 256),
        nn.ReLU(),
        nn.Linear(256, classes),
    )
    return nn.Sequential(GaussianBlur(blur), *layers) if blur else layers
