"""The explanation: reads a policy's heads and differentiates them; knows no agent."""

from .callback import SaliencyCallback
from .heads import heads
from .jacobian import ValueAdvantageJacobian, head_jacobians, value_advantage_jacobian
from .probe_set import ProbeSet

__all__ = [
    "ProbeSet",
    "SaliencyCallback",
    "ValueAdvantageJacobian",
    "head_jacobians",
    "heads",
    "value_advantage_jacobian",
]
