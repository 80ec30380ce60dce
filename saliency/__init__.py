"""The explanation: reads a policy's heads and differentiates them. It knows no agent and no run."""

from .callback import SaliencyCallback
from .checks import CausalCheck, Trust
from .errors import (
    NoEnvError,
    NoMapError,
    NoRoomError,
    ObservationError,
    RecordedEventsError,
    SaliencyError,
    SavedPolicyError,
    UnknownHeadError,
    UnknownMethodError,
    UnknownPolicyError,
)
from .explanation import Explanation, explain
from .gaze_callback import GazeCallback
from .jacobian_gaze import JacobianGaze
from .loading.saved_policy import load_policy
from .map_key import MapKey
from .methods import METHODS
from .methods.derivatives import ValueAdvantageJacobian, head_jacobians, value_advantage_jacobian
from .through_time.sequential_jacobian import sequential_jacobian, temporal_norms
from .pictures.entry_picture import map_picture, map_sheet
from .readers.head import Head, heads
from .states.gaze_record import GazeRecord, record_gazes
from .states.probe_set import ProbeSet
from .states.states import States

__all__ = [
    "METHODS",
    "CausalCheck",
    "Explanation",
    "GazeCallback",
    "GazeRecord",
    "Head",
    "JacobianGaze",
    "MapKey",
    "NoEnvError",
    "NoMapError",
    "NoRoomError",
    "ObservationError",
    "ProbeSet",
    "RecordedEventsError",
    "SaliencyCallback",
    "SaliencyError",
    "SavedPolicyError",
    "States",
    "Trust",
    "UnknownHeadError",
    "UnknownMethodError",
    "UnknownPolicyError",
    "ValueAdvantageJacobian",
    "explain",
    "head_jacobians",
    "heads",
    "load_policy",
    "map_picture",
    "map_sheet",
    "record_gazes",
    "sequential_jacobian",
    "temporal_norms",
    "value_advantage_jacobian",
]
