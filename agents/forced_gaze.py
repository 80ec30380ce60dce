"""Whether the gaze is the agent's own choice."""

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

ATTRIBUTE = "forced_gaze"  # of saccade.envs.GazeWrapper and VectorGazeWrapper


def says_gaze(env: VecEnv) -> bool:
    """Whether an env says who chooses the gaze. Then its word goes before what a policy remembers of an earlier env."""
    return env.has_attr(ATTRIBUTE)


def forced_gazes(env: VecEnv, otherwise: bool = False) -> np.ndarray:
    """
    Ask envs whether their gaze ignores the actions, as a control in experiments.

    The question goes through all of SB3's wrappers and to envs in other processes.

    :param env: N envs
    :param otherwise: what holds for an env that does not say it
    :return: (N,) bool
    """
    if not says_gaze(env):
        return np.full(env.num_envs, otherwise)
    return np.array([bool(forced) for forced in env.get_attr(ATTRIBUTE)])
