"""The world: frames out, actions in; gymnasium inside, SB3's ``VecEnv`` at the door."""

from .atari import make_atari
from .gymnasium_vec_env import GymnasiumVecEnv

__all__ = ["GymnasiumVecEnv", "make_atari"]
