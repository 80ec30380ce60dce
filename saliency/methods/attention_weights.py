"""Where a network says itself that it looks: the weights of its soft attention, as a map."""

import torch as th
from stable_baselines3.common.type_aliases import PyTorchObs
from torch.nn import functional as F

from ..errors import NoMapError
from ..readers.entries import Entries, Observations
from ..readers.evaluation_mode import evaluating
from ..readers.head import Head
from .chunks import in_chunks, of_images


@of_images
@in_chunks
def attention(head: Head, obs: Observations) -> PyTorchObs:
    """
    The soft weights through which a head sees the image: the mean over its queries, enlarged to the image, with sum 1. Each frame
    of a stack gets an equal share, because the weights lie on places and not on frames. Never negative.

    This is explicit attention: it says which places a stream reads, and not which pixels matter there. A place of the network's
    map sees a patch of the image that is wider than the place, so weight may lie beside its cause. The checks say how far to
    believe it.

    :param head: of a policy with soft attention, such as ``value`` or ``advantage`` of
        :class:`saccade.policies.SoftAttentionDuelingPolicy`
    :param obs: batch (B, ...) as the env gives it
    :return: map of the observations' shape
    :raises NoMapError: if the head has no soft attention
    """
    entries = Entries.of(head.policy, obs)
    with evaluating(head.policy), th.no_grad():
        weights = head.reader.attention(entries.packed(), head.name, head.memory)
    if weights is None:
        raise NoMapError(f"the head {head.name!r} of {type(head.policy).__name__} has no soft attention to show")
    key = entries.images()[0]
    image, coarse = entries.tensors[key], weights.mean(dim=1, keepdim=True)
    if entries.axes[key].turned:
        coarse = coarse.transpose(2, 3)
    fine = F.interpolate(coarse, image.shape[2:], mode="bilinear")
    shares = fine / fine.sum(dim=(2, 3), keepdim=True) / image.shape[1]
    return entries.maps({key: shares.to(image.dtype if image.is_floating_point() else th.float32).expand_as(image).clone()})
