"""Where a network says itself that it looks: the weights of its soft attention, as a map."""

import torch as th
from stable_baselines3.common.type_aliases import PyTorchObs

from ..errors import NoMapError
from ..readers.entries import Entries, Observations
from ..readers.head import Head
from ..readers.undisturbed.evaluation_mode import evaluating
from .chunks import in_chunks, of_images


@of_images
@in_chunks
def attention(head: Head, obs: Observations) -> PyTorchObs:
    """
    The soft weights through which a head sees the image: the mean over its queries, with sum 1. The weight of a place lies round
    the centre of the patch that the place sees, and falls to 0 at its neighbours' centres. Each frame of a stack gets an equal
    share, because the weights lie on places and not on frames. Never negative.

    This is explicit attention: it says which places a stream reads, and not which pixels matter there. The patch that a place sees
    is several places wide, so weight may lie beside its cause. The checks say how far to believe it.

    :param head: of a policy with soft attention, such as ``value`` or ``advantage`` of
        :class:`saccade.policies.SoftAttentionDuelingPolicy`, or one that follows a :class:`saccade.policies.SoftAttentionExtractor`
    :param obs: batch (B, ...) as the env gives it
    :return: map of the observations' shape
    :raises NoMapError: if the head has no soft attention
    """
    entries = Entries.of(head.policy, obs)
    with evaluating(head.policy), th.no_grad():
        found = head.reader.attention(entries.packed(), head.name, head.memory)
    if found is None:
        raise NoMapError(f"the head {head.name!r} of {type(head.policy).__name__} has no soft attention to show")
    key = entries.images()[0]
    image, coarse = entries.tensors[key], found.weights.mean(dim=1, keepdim=True)
    if entries.axes[key].turned:
        coarse = coarse.transpose(2, 3)
    down, across = (
        tents(size, count, found.places).to(coarse) for size, count in zip(image.shape[2:], coarse.shape[2:], strict=True)
    )
    shares = down @ coarse @ across.T / image.shape[1]
    return entries.maps({key: shares.to(image.dtype if image.is_floating_point() else th.float32).expand_as(image).clone()})


def tents(size: int, count: int, places: tuple[float, float] | None) -> th.Tensor:
    """
    How the weight of each place lies along an axis: a tent over the place's centre, one place wide to each side, with sum 1.

    :param size: pixels of the axis
    :param count: places
    :param places: centre of the first one and distance of two, in pixels from the edge; None: evenly over the axis
    :return: (size, count)
    """
    start, stride = (size / count / 2, size / count) if places is None else places
    away = (th.arange(size)[:, None] + 0.5 - start - stride * th.arange(count)) / stride
    heights = (1 - away.abs()).clamp(min=0)
    return heights / heights.sum(dim=0)
