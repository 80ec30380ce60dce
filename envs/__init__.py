"""Environments: gymnasium envs, wrapped as SB3's ``VecEnv``."""

from .atari import make_atari
from .gaze_wrappers import GazeWrapper, VectorGazeWrapper
from .gymnasium_vec_env import GymnasiumVecEnv
from .registration import register_envs

register_envs()

__all__ = ["GazeWrapper", "GymnasiumVecEnv", "VectorGazeWrapper", "make_atari"]
