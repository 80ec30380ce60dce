"""Whether the gaze is the agent's own choice."""

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

ATTRIBUTE = "forced_gaze"  # of saccade.envs.GazeWrapper and VectorGazeWrapper


def forced_gazes(env: VecEnv) -> np.ndarray:
    """
    Ask envs whether their gaze ignores the actions, as a control in experiments.

    The question goes through all of SB3's wrappers and to envs in other processes. An env that has no such attribute leaves the
    gaze to the agent.

    :param env: N envs
    :return: (N,) bool
    """
    if not env.has_attr(ATTRIBUTE):
        return np.zeros(env.num_envs, dtype=bool)
    return np.array([bool(forced) for forced in env.get_attr(ATTRIBUTE)])
