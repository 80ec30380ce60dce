"""What convolutions ask of observations."""

import numpy as np
from gymnasium import spaces


def image_shape(observation_space: spaces.Space, name: str, least: int) -> tuple[int, int, int]:
    """
    Channels, height and width of images.

    :param observation_space: of the policy
    :param name: of who asks, for the message
    :param least: pixels that an image must be high and wide
    :raises ValueError: if these are not images (C, H, W), or they are smaller
    """
    if not isinstance(observation_space, spaces.Box) or len(observation_space.shape) != 3:
        raise ValueError(
            f"{name} takes images (C, H, W), not {observation_space}; use DuelingMlpPolicy for "
            "vectors, DuelingMultiInputPolicy for dicts"
        )
    channels, height, width = observation_space.shape
    if width in (1, 3, 4) and min(channels, height) >= least:
        mended = (
            "put stable_baselines3's VecTransposeImage around the env, before VecNormalize if there is one"
            if observation_space.dtype == np.uint8  # which it alone takes
            else "let the env give them as (C, H, W), since stable_baselines3's VecTransposeImage takes uint8 images alone"
        )
        raise ValueError(f"these images ({channels}, {height}, {width}) seem to have their channels last; {mended}")
    if min(height, width) < least:
        raise ValueError(
            f"images of {height}x{width} are too small for {name}, which needs {least}x{least}; "
            "use another features_extractor_class"
        )
    return channels, height, width
