"""The networks that get whole canvases, by name: rivals of hard glimpses that backpropagation trains end to end."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from ...policies.looks.differentiable_looks import BilinearRead, DifferentiableLooks, GaussianRead
from ...policies.looks.soft_looks import SoftLooks
from ..errors import ConfigError
from ..setup.values.keywords import check_keywords
from .network import CHANNELS, SMALLER, convolutional_network, convolutions

CNN = "cnn"


def cnn(canvas: tuple[int, int], outputs: int, looks: int) -> nn.Module:
    """
    A plain CNN, which sees all of the canvas at once and answers once.

    :param canvas: height and width in pixels
    :param outputs: logits
    :param looks: not used
    """
    return convolutional_network(canvas, outputs)


def window(
    canvas: tuple[int, int],
    outputs: int,
    looks: int,
    glimpse: int = 12,
    scales: int = 3,
    network: str = "conv",
    reach: float | None = None,
) -> nn.Module:
    """
    DRAW's window of Gaussian filters, and for the rest the network of the hard agent.

    :param canvas: height and width in pixels
    :param outputs: logits
    :param looks: T
    :param glimpse: side of the window in filters
    :param scales: windows around one gaze, each with twice the stride of the one before; 1 is DRAW
    :param network: of the glimpse: conv or fc
    :param reach: bound of the gaze, from 0, the middle, to 1, the edge; None for none, as in DRAW
    """
    return DifferentiableLooks(GaussianRead(glimpse, scales, reach), outputs, looks, network=network)


def bilinear(
    canvas: tuple[int, int],
    outputs: int,
    looks: int,
    glimpse: int = 12,
    scales: int = 3,
    network: str = "conv",
    reach: float = 1.0,
) -> nn.Module:
    """
    The hard agent's retina with interpolation between pixels, so that the gaze has a derivative, and for the rest its network.

    :param canvas: height and width in pixels
    :param outputs: logits
    :param looks: T
    :param glimpse: side of a patch in pixels
    :param scales: patches around one gaze
    :param network: of the glimpse: conv or fc
    :param reach: bound of the gaze, from 0, the middle, to 1, the edge
    :raises ValueError: if a patch is larger than the canvas
    """
    if glimpse > min(canvas):
        raise ValueError(f"glimpse is {glimpse}; it must be at most {min(canvas)}, the side of the canvas")
    return DifferentiableLooks(BilinearRead(glimpse, scales, reach), outputs, looks, network=network)


def soft(
    canvas: tuple[int, int], outputs: int, looks: int, queries: int = 4, keys: int = 8, values: int = 120, waves: int = 8
) -> nn.Module:
    """
    Soft attention over the map of the CNN's convolutions; an LSTM asks the queries, one set for each look.

    :param canvas: height and width in pixels
    :param outputs: logits
    :param looks: T
    :param queries: at each look
    :param keys: length of a key
    :param values: length of a value
    :param waves: of the spatial basis along each axis
    """
    grid = (canvas[0] // SMALLER, canvas[1] // SMALLER)
    return SoftLooks(convolutions(), CHANNELS, grid, outputs, looks, queries=queries, keys=keys, values=values, waves=waves)


NETWORKS: dict[str, Callable[..., nn.Module]] = {CNN: cnn, "window": window, "bilinear": bilinear, "soft": soft}
GIVEN = ("canvas", "outputs", "looks")  # the task says them


def check_network(name: str, given: Mapping[str, Any]) -> None:
    """
    :param name: of the network
    :param given: its keyword arguments
    :raises ConfigError: if there is no such network or argument
    """
    if name not in NETWORKS:
        raise ConfigError(f"is {name!r}; it must be one of: {', '.join(NETWORKS)}", option="network")
    check_keywords(given, [NETWORKS[name]], f"the network {name}", GIVEN)


def make_network(
    name: str, canvas: int | tuple[int, int], outputs: int, looks: int, given: Mapping[str, Any], blur: float = 0.0
) -> nn.Module:
    """
    A new network, from canvases (B, 1, H, W) from 0 to 1 to logits: (B, outputs), or after each look (T, B, outputs).

    :param name: of the network
    :param canvas: one side in pixels, or (height, width)
    :param outputs: logits; for several answers those of each in turn
    :param looks: T
    :param given: its keyword arguments
    :param blur: of the canvases that a CNN gets: standard deviation in pixels; 0 for none
    :raises ConfigError: if it cannot be made
    """
    check_network(name, given)
    sides = (canvas, canvas) if isinstance(canvas, int) else canvas
    if blur:
        if name != CNN:
            raise ConfigError(f"is for the network {CNN}, not for {name}", option="blur")
        return convolutional_network(sides, outputs, blur)
    try:
        return NETWORKS[name](sides, outputs, looks, **given)
    except ValueError as error:  # the constructors check the user's network_kwargs
        raise ConfigError(str(error), option="network_kwargs") from error
