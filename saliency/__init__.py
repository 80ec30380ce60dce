"""The explanation: reads a policy's heads and differentiates them; knows no agent."""

from .callback import SaliencyCallback
from .gaze_callback import GazeCallback
from .gaze_record import GazeRecord, record_gazes
from .heads import Head, heads
from .jacobian import ValueAdvantageJacobian, head_jacobians, value_advantage_jacobian
from .methods import METHODS
from .probe_set import ProbeSet
from .saved_policy import load_policy
from .through_time import sequential_jacobian, temporal_norms
from .trust import Trust

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
