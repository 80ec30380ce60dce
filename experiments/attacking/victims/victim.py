"""What is attacked: a network that answers at canvases, with or without a gaze."""

from typing import NamedTuple, Protocol

import torch as th
from torch import nn

from ...whole_image.looks import answers_of


class Answer(NamedTuple):
    """
    :param logits: (N, A) of the answers
    :param gazes: (N, T, 2) where the eye was at each look; None without an eye
    :param log_probs: (N,) logarithm of the density of the gazes that the network drew, with the gradient with respect to the
        canvases; None if it drew none
    :param beliefs: (N, T, A) probabilities of the answers after each look; None without an eye
    """

    logits: th.Tensor
    gazes: th.Tensor | None = None
    log_probs: th.Tensor | None = None
    beliefs: th.Tensor | None = None


class Victim(Protocol):
    """
    A network under attack. All its randomness comes from a tensor of noise, so canvases and noise determine its answers.

    Its weights need no gradient.
    """

    @property
    def name(self) -> str:
        """In tables."""

    @property
    def is_random(self) -> bool:
        """Whether it answers differently from one time to the next."""

    @property
    def has_gaze(self) -> bool:
        """Whether it sees the canvas through an eye that moves."""

    @property
    def chooses_gaze(self) -> bool:
        """Whether the canvas decides where the eye goes."""

    def noise(self, count: int, generator: th.Generator, drawn: bool = False) -> th.Tensor | None:
        """
        Noise for some canvases.

        :param count: N
        :param generator: on the CPU, so that all devices get the same noise
        :param drawn: whether gazes are drawn from their distribution even where the victim itself looks at its mean
        :return: (N, ...) whatever it needs; None if it needs none
        """

    def answer(
        self, images: th.Tensor, noise: th.Tensor | None = None, gazes: th.Tensor | None = None, through_gaze: bool = False
    ) -> Answer:
        """
        The answers, with their autograd graph.

        :param images: (N, 1, H, W) from 0 to 1
        :param noise: as :meth:`noise` gives it
        :param gazes: (N, T, 2) to look at, in place of the victim's own; ignored without an eye
        :param through_gaze: whether the gradient also flows through where the eye goes
        """


class LookingVictim(Victim, Protocol):
    """A victim with a gaze, as pictures show it."""

    @property
    def scales(self) -> int:
        """Of its retina."""

    def glimpse(self, images: th.Tensor, gazes: th.Tensor) -> th.Tensor:
        """What it sees of canvases (N, 1, H, W) at gazes (N, 2): (N, K, g, g) from 0 to 1."""


class WholeImageVictim:
    """
    A deterministic network that sees the whole canvas, such as a CNN or soft attention.

    It is in evaluation mode, where cuDNN does not differentiate an LSTM. So a network with an LSTM answers without cuDNN.

    :param name: in tables
    :param network: from canvases (N, 1, H, W) from 0 to 1 to logits (N, A)
    """

    is_random = has_gaze = chooses_gaze = False

    def __init__(self, name: str, network: nn.Module) -> None:
        self.name = name
        self.network = network.eval().requires_grad_(False)
        self._recurrent = any(isinstance(module, nn.RNNBase) for module in network.modules())

    def noise(self, count: int, generator: th.Generator, drawn: bool = False) -> None:
        """None is needed."""

    def answer(
        self, images: th.Tensor, noise: th.Tensor | None = None, gazes: th.Tensor | None = None, through_gaze: bool = False
    ) -> Answer:
        """Logits alone."""
        cudnn = th.backends.cudnn.enabled
        th.backends.cudnn.enabled = cudnn and not self._recurrent  # the backward pass does as this forward pass did
        try:
            return Answer(answers_of(self.network, images)[-1])  # of several looks the last one counts
        finally:
            th.backends.cudnn.enabled = cudnn
