"""The laboratory: a configuration becomes envs and an agent, then training, a run folder, and scores. Functions like any other."""

from .attacking.attack import AttackResult, attack
from .comparing import compare
from .errors import (
    USER_ERRORS,
    ConfigError,
    DivergedError,
    EnvError,
    ExperimentError,
    OutputError,
    RunFolderError,
    SweepError,
    ZooError,
)
from .evaluation import evaluate
from .explaining import explain
from .learning.learning import Result
from .reporting import Console, Reporter, Silent
from .run_config import RunConfig
from .score_curves import plot
from .scoring.error_rate import ErrorRate
from .scoring.scores import GameScores, Scores
from .setup.agent_spec import AGENTS, AgentSpec
from .setup.hyperparameters import read_hyperparameters
from .sweeping.sweep import SweepResult, sweep
from .training import resume, train
from .watching.watch import watch
from .whole_image.network_training import train_on_whole_images

__all__ = [
    "AGENTS",
    "USER_ERRORS",
    "AgentSpec",
    "AttackResult",
    "ConfigError",
    "Console",
    "DivergedError",
    "EnvError",
    "ErrorRate",
    "ExperimentError",
    "GameScores",
    "OutputError",
    "Reporter",
    "Result",
    "RunConfig",
    "RunFolderError",
    "Scores",
    "Silent",
    "SweepError",
    "SweepResult",
    "ZooError",
    "attack",
    "compare",
    "evaluate",
    "explain",
    "plot",
    "read_hyperparameters",
    "resume",
    "sweep",
    "train",
    "train_on_whole_images",
    "watch",
]
