"""The learner: SB3 algorithms, their replay buffers and their targets."""

from . import moved  # noqa: F401  # keeps the old module names importable
from .double_dqn import DoubleDQN
from .pqn import PQN
from .reinforce import REINFORCE
from .replay.frame_replay_buffer import FrameReplayBuffer
from .replay.prioritized_replay_buffer import PrioritizedFrameReplayBuffer
from .updates.loss_record import NonFiniteLossError

__all__ = ["PQN", "REINFORCE", "DoubleDQN", "FrameReplayBuffer", "NonFiniteLossError", "PrioritizedFrameReplayBuffer"]
