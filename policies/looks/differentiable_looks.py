"""Looks at an image that are trained end to end: the same network as the hard agent's, with a window that has derivatives."""

from typing import Protocol

import torch as th
from torch import nn

from ..glimpse_networks import WHAT_NETWORKS, WhatAndWhere
from ..plain_numbers import check_number
from ..retina import Retina
from .gaussian_window import GaussianWindow

MOST = 6.0  # largest absolute value of a logarithm that a network says, so that no number overflows


class Read(Protocol):
    """How a network reads an image where it wants to look."""

    size: int
    scales: int
    numbers: int

    def __call__(self, image: th.Tensor, asked: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """
        :param image: (B, C, H, W), floating point
        :param asked: (B, numbers), any real numbers; zeros mean the centre of the image
        :return: the glimpse (B, K * C, g, g), and the gaze (B, 2)
        """


class GaussianRead(nn.Module):
    """
    DRAW's read (Gregor et al. 2015, equations 21 to 24): the network says the gaze (x, y), log variance, log stride, log intensity.

    The gaze is not bounded, as in the paper, unless ``reach`` bounds it. A log stride of 0 is the one with which the widest scale
    reaches from edge to edge of the image. A log variance of 0 is one pixel at the first scale. Deviation from the paper:
    logarithms stop at plus and minus 6.

    :param size: N
    :param scales: K
    :param reach: the gaze goes through tanh and stays within plus and minus this; None: it is not bounded
    :raises ValueError: if ``reach`` is not above 0 and at most 1, or another number is below 1
    """

    numbers = 5

    def __init__(self, size: int = 12, scales: int = 1, reach: float | None = None) -> None:
        super().__init__()
        _check_reach(reach)
        self.size, self.scales, self.reach = size, scales, reach
        self.window = GaussianWindow(size, scales)

    def forward(self, image: th.Tensor, asked: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """As :class:`Read`."""
        gaze = asked[:, :2] if self.reach is None else self.reach * asked[:, :2].tanh()
        log_variance, log_stride, log_intensity = asked[:, 2:].clamp(-MOST, MOST).unbind(1)
        whole = (max(image.shape[2:]) - 1) / (max(self.size - 1, 1) * 2 ** (self.scales - 1))
        seen = self.window(image, gaze, whole * log_stride.exp(), (log_variance / 2).exp(), log_intensity.exp())
        return seen, gaze


class BilinearRead(nn.Module):
    """
    The hard agent's retina, between pixels: the network says the gaze, which goes through tanh, so it stays on the image.

    The derivative comes from the pixels next to where the patch lies. It knows nothing of what lies further away.

    :param size: g
    :param scales: K
    :param reach: the gaze goes through tanh and stays within plus and minus this; 1 is the edge
    :raises ValueError: as :class:`GaussianRead`
    """

    numbers = 2

    def __init__(self, size: int = 12, scales: int = 3, reach: float = 1.0) -> None:
        super().__init__()
        _check_reach(reach)
        self.size, self.scales, self.reach = size, scales, reach
        self.retina = Retina(size, scales, bilinear=True)

    def forward(self, image: th.Tensor, asked: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """As :class:`Read`."""
        gaze = self.reach * asked.tanh()
        return self.retina(image, gaze), gaze


def _check_reach(reach: float | None) -> None:
    if reach is not None:
        check_number("reach", reach)
    if reach is not None and not 0 < reach <= 1:
        raise ValueError(f"reach is {reach}; it must be above 0 and at most 1")


class DifferentiableLooks(nn.Module):
    """
    The recurrent attention model without REINFORCE: a glimpse network, an LSTM, an answer after each look, and a head that says
    where to look next. All of it is trained by the derivative of the answers.

    Layers are those of :class:`saccade.policies.GlimpsePolicy` by default. The first look is at the centre.

    :param read: how it looks
    :param classes: A
    :param looks: T
    :param channels: C of the image
    :param network: of the glimpse, as for :class:`saccade.policies.GlimpseExtractor`
    :param what_dim: length of the vector for a glimpse
    :param where_dim: length of the vector for a gaze
    :param units: of the LSTM, and length of the glimpse network's output
    :param gaze_hidden: units of the hidden layer of the head that says where to look
    :raises ValueError: if there is no look, or no such network
    """

    def __init__(
        self,
        read: Read,
        classes: int,
        looks: int = 8,
        channels: int = 1,
        network: str = "conv",
        what_dim: int = 256,
        where_dim: int = 128,
        units: int = 256,
        gaze_hidden: int = 128,
    ) -> None:
        super().__init__()
        check_number("looks", looks, least=1, whole=True)
        if network not in WHAT_NETWORKS:
            raise ValueError(f"unknown glimpse network {network!r}; it must be one of: {', '.join(WHAT_NETWORKS)}")
        self.looks, self.units = looks, units
        self.read = read
        what = WHAT_NETWORKS[network](read.scales * channels, read.size, what_dim)
        self.glimpse_network = WhatAndWhere(what, what_dim, where_dim, units)
        self.core = nn.LSTM(units, units)
        self.answer = nn.Linear(units, classes)
        to_gaze = nn.Linear(gaze_hidden, read.numbers)
        self.ask = nn.Sequential(nn.Linear(units, gaze_hidden), nn.ReLU(), to_gaze)
        # At first it looks near the centre.
        nn.init.normal_(to_gaze.weight, std=0.01)
        nn.init.zeros_(to_gaze.bias)

    def forward(self, image: th.Tensor) -> th.Tensor:
        """
        The answer after each look.

        :param image: (B, C, H, W) from 0 to 1
        :return: logits (T, B, A)
        """
        return self.unrolled(image)[0]

    def unrolled(self, image: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """
        All looks.

        :param image: as for :meth:`forward`
        :return: logits (T, B, A), and the gazes (T, B, 2)
        """
        zeros = image.new_zeros(1, len(image), self.units)
        states, asked = (zeros, zeros), image.new_zeros(len(image), self.read.numbers)
        cores, gazes = [], []
        for look in range(self.looks):
            if look:
                asked = self.ask(states[0][0]).float()
            seen, gaze = self.read(image, asked)
            core, states = self.core(self.glimpse_network(seen, gaze)[None], states)
            cores.append(core[0])
            gazes.append(gaze)
        return self.answer(th.stack(cores)), th.stack(gazes)
