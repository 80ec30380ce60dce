"""Which map is shown first. This file alone decides it: pictures, videos, the callback, ``explain`` and the page follow."""

from collections.abc import Sequence

from stable_baselines3.common.policies import BasePolicy

from ..map_key import ATTENTION, JACOBIAN
from ..readers.entries import sees_images
from ..readers.head_reader import head_reader

FIRST_OF_IMAGES = "jacobian_x_contrast"  # cheap, and it beats blind orders most often: results/first-map.md


def first_methods(policy: BasePolicy, heads: Sequence[str]) -> tuple[str, ...]:
    """
    The methods that are used where nobody names any, in the order in which they are shown. The exact Jacobian is always there, and
    the attention if the policy has one.

    :param policy: of an SB3 model
    :param heads: names of the heads that are shown
    :return: names, among :data:`saccade.saliency.METHODS`
    :raises NoMapError: if the policy's observations can have no map
    """
    if not sees_images(policy):
        return (JACOBIAN,)
    attends = any(map(head_reader(policy).attends, heads))
    return tuple(dict.fromkeys([FIRST_OF_IMAGES, *([ATTENTION] if attends else []), JACOBIAN]))
