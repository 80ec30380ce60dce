"""Which map is shown first. This file alone decides it: pictures, videos, the callback, ``explain`` and the page follow."""

from stable_baselines3.common.policies import BasePolicy

from ..map_key import JACOBIAN
from ..readers.entries import sees_images

FIRST_OF_IMAGES = "jacobian_x_contrast"  # provisional, until it is measured on three games


def first_methods(policy: BasePolicy) -> tuple[str, ...]:
    """
    The methods that are used where nobody names any, in the order in which they are shown. The exact Jacobian is always there.

    :param policy: of an SB3 model
    :return: names, among :data:`saccade.saliency.METHODS`
    :raises NoMapError: if the policy's observations can have no map
    """
    return tuple(dict.fromkeys([FIRST_OF_IMAGES, JACOBIAN] if sees_images(policy) else [JACOBIAN]))
