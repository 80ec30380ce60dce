"""The explanation: reads a policy's heads and differentiates them; knows no agent."""

from .callback import SaliencyCallback
from .gaze_callback import GazeCallback
from .gaze_record import GazeRecord, record_gazes
from .heads import heads
from .jacobian import ValueAdvantageJacobian, head_jacobians, value_advantage_jacobian
from .probe_set import ProbeSet

__all__ = [
    "GazeCallback",
    "GazeRecord",
    "ProbeSet",
    "SaliencyCallback",
    "ValueAdvantageJacobian",
    "head_jacobians",
    "heads",
    "record_gazes",
    "value_advantage_jacobian",
]
