"""The soft attention of a features extractor, for the heads that follow it."""

from collections.abc import Callable

import torch as th
from torch import nn

from ...policies import SoftAttentionExtractor
from .own_functions import uncompiled
from .protocol import SoftWeights


def is_soft(extractor: nn.Module) -> bool:
    """
    Whether a features extractor reads the image through soft attention.

    :param extractor: of a policy, perhaps compiled
    """
    return isinstance(uncompiled(extractor), SoftAttentionExtractor)


def weights_while(ask: Callable[[], object], extractor: nn.Module) -> SoftWeights | None:
    """
    The soft weights of a features extractor for what it is given while a head is asked. So the images are those that the policy's
    own functions make of the observations.

    :param ask: asks the head
    :param extractor: of the policy
    :return: None without soft attention, or if the extractor is not called
    """
    soft, given = uncompiled(extractor), list[th.Tensor]()
    if not isinstance(soft, SoftAttentionExtractor):
        return None
    with soft.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0])):
        ask()
    return SoftWeights(soft.attention(given[-1]), soft.map_places) if given else None
