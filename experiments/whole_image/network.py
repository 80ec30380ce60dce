"""The convolutions that see whole canvases, and the CNN that is made of them."""

import torch as th
from torch import nn
from torch.nn import functional as F

from ...envs.tasks.fixed_length_game import NO_ANSWER
from .blur import GaussianBlur

CHANNELS = 64  # of the map
SMALLER = 8  # times: the map's side as a part of the canvas's


def convolutions() -> nn.Sequential:
    """Three layers of 3x3 filters, each with a pool behind it: from (B, 1, H, W) to (B, 64, H // 8, W // 8)."""
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


def convolutional_network(size: int | tuple[int, int], outputs: int, blur: float = 0.0) -> nn.Module:
    """
    The convolutions, and a hidden layer of 256.

    :param size: of the canvas in pixels: one side, or (height, width)
    :param outputs: logits; for several answers those of each in turn
    :param blur: standard deviation in pixels of a blur before the first layer; 0 for none
    """
    height, width = (size, size) if isinstance(size, int) else size
    layers = nn.Sequential(
        *convolutions(),
        nn.Flatten(),
        nn.Linear(CHANNELS * (height // SMALLER) * (width // SMALLER), 256),
        nn.ReLU(),
        nn.Linear(256, outputs),
    )
    return nn.Sequential(GaussianBlur(blur), *layers) if blur else layers


def answers_cross_entropy(logits: th.Tensor, answers: th.Tensor) -> th.Tensor:
    """
    Mean over all answers of all pictures. A place without an answer, behind the end of a shorter number, does not count.

    :param logits: (B, M * classes)
    :param answers: (B, M) int64, -1 for none
    """
    return F.cross_entropy(logits.reshape(answers.numel(), -1), answers.flatten(), ignore_index=NO_ANSWER)


def all_right(logits: th.Tensor, answers: th.Tensor) -> th.Tensor:
    """
    Whether all answers of a picture are right, (B,) bool.

    :param logits: (B, M * classes)
    :param answers: (B, M) int64, -1 for none
    """
    best = logits.reshape(*answers.shape, -1).argmax(2)
    return ((best == answers) | (answers == NO_ANSWER)).all(1)
