"""Whether the gaze reaches the agent as the env gives it."""

from stable_baselines3.common.vec_env import VecNormalize

GAZES = {"gaze", "gazes", "move"}  # entries of the observations of saccade.envs.GazeWrapper


def check_raw_gaze(env: VecNormalize | None) -> None:
    """
    To be called for policies with a retina: it would look at other places.

    :param env: around the envs; None if nothing is normalized
    :raises ValueError: if it normalizes the gaze
    """
    if env is not None and env.norm_obs and GAZES & set(env.norm_obs_keys or ()):
        raise ValueError(
            "VecNormalize would change the observed gaze; give it norm_obs=False, or norm_obs_keys without "
            f"{' and '.join(sorted(GAZES & set(env.norm_obs_keys or ())))}"
        )
