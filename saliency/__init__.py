"""The explanation: reads a policy's heads and differentiates them. It knows no agent and no run."""

from .callback import SaliencyCallback
from .checks import CausalCheck, Trust
from .errors import (
    AlignmentError,
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
from .pictures.entry_picture import map_picture, map_sheet
from .readers.entries import observation_tensors
from .readers.head import Head, heads
from .states.gaze_record import GazeRecord, record_gazes
from .states.probe_set import ProbeSet
from .states.states import States
from .through_time import THROUGH_TIME
from .through_time.integrated_gradients import integrated_gradients_through_time
from .through_time.occlusion import occlusion_through_time
from .through_time.sequential_jacobian import sequential_jacobian, temporal_norms

__all__ = [
    "METHODS",
    "THROUGH_TIME",
    "AlignmentError",
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
    "integrated_gradients_through_time",
    "load_policy",
    "map_picture",
    "map_sheet",
    "observation_tensors",
    "occlusion_through_time",
    "record_gazes",
    "sequential_jacobian",
    "temporal_norms",
    "value_advantage_jacobian",
]
