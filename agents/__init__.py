"""The learner: SB3 algorithms, their replay and their targets."""

from .double_dqn import DoubleDQN
from .frame_replay_buffer import FrameReplayBuffer
from .loss_record import NonFiniteLossError
from .pqn import PQN
from .prioritized_replay_buffer import PrioritizedFrameReplayBuffer
from .reinforce import REINFORCE

__all__ = ["PQN", "REINFORCE", "DoubleDQN", "FrameReplayBuffer", "NonFiniteLossError", "PrioritizedFrameReplayBuffer"]
