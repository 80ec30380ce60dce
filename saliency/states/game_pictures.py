"""The pictures that envs draw of themselves."""

import numpy as np
from stable_baselines3.common.vec_env import VecEnv


def game_pictures(env: VecEnv) -> list[np.ndarray] | None:
    """
    The envs' own pictures.

    :param env: N envs
    :return: copies, (H, W, 3) uint8 each; None if the env draws none, or cannot draw (a package is not installed, say)
    """
    if env.render_mode != "rgb_array":
        return None
    try:
        pictures = env.get_images()
    except Exception:  # the env's own code may raise anything (no display, a package missing); pictures are an extra
        return None
    return None if any(picture is None for picture in pictures) else [np.array(picture) for picture in pictures]
