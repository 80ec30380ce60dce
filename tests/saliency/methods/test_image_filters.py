import numpy as np
import pytest
import torch as th

from saccade.saliency.methods.image_filters import blurred


def test_blurred_keeps_the_mean_of_even_images_and_smooths_others():
    even = th.full((1, 2, 16, 16), 9.0)
    assert th.allclose(blurred(even), even)
    point = th.zeros(1, 1, 31, 31)
    point[0, 0, 15, 15] = 1
    assert blurred(point)[0, 0, 15, 15].item() == pytest.approx(1 / (2 * np.pi * 9), rel=0.02)
