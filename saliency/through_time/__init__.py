"""
Ways to say which steps a decision rests on, all of one form: ``method(policy, obs, head, episode_starts, outputs=...)`` gives
strengths (T_out, T_in) that are not negative.
"""

from collections.abc import Callable, Sequence
from functools import wraps

import numpy as np

from ..methods.known_names import known_by_name
from .integrated_gradients import gradient_x_input_through_time, integrated_gradients_through_time
from .occlusion import occlusion_through_time
from .sequential_jacobian import temporal_norms

ThroughTime = Callable[..., np.ndarray]


def strengths_of(method: ThroughTime) -> ThroughTime:
    """
    The absolute values of a signed method.

    :param method: gives (T_out, T_in)
    """

    @wraps(method)
    def strengths(*arguments: object, **options: object) -> np.ndarray:
        return np.abs(method(*arguments, **options))

    return strengths


THROUGH_TIME: dict[str, ThroughTime] = {
    "jacobian": temporal_norms,
    "gradient_x_input": strengths_of(gradient_x_input_through_time),
    "integrated_gradients": strengths_of(integrated_gradients_through_time),
    "occlusion": strengths_of(occlusion_through_time),
}


def through_time_named(names: Sequence[str]) -> dict[str, ThroughTime]:
    """
    Methods by name.

    :param names: among those of ``THROUGH_TIME``
    :raises UnknownMethodError: if there is no such method
    """
    return known_by_name(THROUGH_TIME, names, "method through time")
