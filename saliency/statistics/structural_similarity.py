"""How alike two maps look."""

import numpy as np
from scipy.ndimage import gaussian_filter

DEVIATION = 1.5  # pixels, of the window
SMALL = (0.01, 0.03)  # K1 and K2 of the paper


def structural_similarity(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """
    SSIM of two maps, pair by pair (Wang et al. 2004, equation 13, Gaussian window of 1.5 pixels). Each map is scaled to [0, 1]
    first, as two pictures with a colour scale of their own would be.

    :param a: non-negative (B, H, W)
    :param b: non-negative (B, H, W)
    :return: (B,) up to 1, for maps that are alike; NaN where a map is all zeros
    """
    return np.array([_similarity(_scaled(x), _scaled(y)) for x, y in zip(a, b, strict=True)])


def _scaled(x: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return x.astype(np.float64) / x.max()


def _similarity(x: np.ndarray, y: np.ndarray) -> float:
    def smooth(z: np.ndarray) -> np.ndarray:
        return gaussian_filter(z, DEVIATION, truncate=3.5)

    first, second = (k**2 for k in SMALL)
    mean_x, mean_y = smooth(x), smooth(y)
    variances = smooth(x * x) - mean_x**2 + smooth(y * y) - mean_y**2
    covariance = smooth(x * y) - mean_x * mean_y
    alike = (2 * mean_x * mean_y + first) * (2 * covariance + second)
    return float((alike / ((mean_x**2 + mean_y**2 + first) * (variances + second))).mean())
