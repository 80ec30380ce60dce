"""The learner: SB3 algorithms, their replay and their targets."""

from .double_dqn import DoubleDQN, NonFiniteLossError
from .frame_replay_buffer import FrameReplayBuffer

__all__ = ["DoubleDQN", "FrameReplayBuffer", "NonFiniteLossError"]
