"""The explanation: reads a policy's heads and differentiates them; knows no agent."""

from .callback import SaliencyCallback
from .checks.trust import Trust
from .gaze_callback import GazeCallback
from .methods import METHODS
from .methods.jacobian import ValueAdvantageJacobian, head_jacobians, value_advantage_jacobian
from .methods.through_time import sequential_jacobian, temporal_norms
from .readers.head import Head, heads
from .readers.saved_policy import load_policy
from .states.gaze_record import GazeRecord, record_gazes
from .states.probe_set import ProbeSet

__all__ = [
    "METHODS",
    "GazeCallback",
    "GazeRecord",
    "Head",
    "ProbeSet",
    "SaliencyCallback",
    "Trust",
    "ValueAdvantageJacobian",
    "head_jacobians",
    "heads",
    "load_policy",
    "record_gazes",
    "sequential_jacobian",
    "temporal_norms",
    "value_advantage_jacobian",
]
