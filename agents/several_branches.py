"""Actions of several branches for algorithms of SB3 that take one discrete action."""

from typing import Any

from gymnasium import spaces
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm


class SeveralBranches(OffPolicyAlgorithm):
    """
    ``MultiDiscrete`` actions too. To be named after the algorithm among the base classes: then the algorithm's constructor, which
    allows ``Discrete`` alone, calls this one in place of ``OffPolicyAlgorithm``'s. SB3 checks nothing then: the algorithm's
    ``_check_branches`` does, in a plain line.

    :param args: as in ``OffPolicyAlgorithm``
    :param supported_action_spaces: of the algorithm
    :param kwargs: as in ``OffPolicyAlgorithm``
    """

    def __init__(self, *args: Any, supported_action_spaces: tuple[type[spaces.Space], ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, supported_action_spaces=None, **kwargs)  # type: ignore[misc]  # not among args
