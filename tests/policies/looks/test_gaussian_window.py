"""DRAW's window by hand, against dense filter matrices, beside the retina, at and outside the edge, and its derivatives."""

import math

import pytest
import torch as th

from saccade.policies import Retina
from saccade.policies.looks.gaussian_window import GaussianWindow, gaussian_filters


def images(*shape: int) -> th.Tensor:
    return th.rand(*shape, dtype=th.float64, generator=th.Generator().manual_seed(0))


def of(*numbers: float) -> th.Tensor:
    return th.tensor(numbers, dtype=th.float64)


def test_filters_by_hand():
    # Middles of three pixels are 0.5, 1.5 and 2.5. The filter lies on the middle one: exp(-1 / 2) to both sides.
    side = math.exp(-0.5)
    found = gaussian_filters(of(1.5), of(1.0), 3)
    assert found[0].tolist() == pytest.approx([side / (1 + 2 * side), 1 / (1 + 2 * side), side / (1 + 2 * side)])
    # Between two pixels a narrow filter takes both, however narrow it is.
    assert gaussian_filters(of(1.0), of(1e-9), 3)[0].tolist() == pytest.approx([0.5, 0.5, 0.0])


def slow_window(image: th.Tensor, gaze, stride, deviation, intensity, size: int, scales: int) -> th.Tensor:
    """Of one image (C, H, W), filter by filter and pixel by pixel, as the paper writes it."""
    channels, height, width = image.shape
    out = th.zeros(scales, channels, size, size, dtype=th.float64)

    def one_filter(middle: float, spread: float, length: int) -> list[float]:
        weights = [math.exp(-((a + 0.5 - middle) ** 2) / (2 * spread**2)) for a in range(length)]
        return [weight / sum(weights) for weight in weights]

    for k in range(scales):
        for i in range(size):
            for j in range(size):
                # Equations 19 and 20, where i and j count from 1: (i - N / 2 - 0.5) strides from the gaze.
                x, y = (
                    (gaze[axis] + 1) / 2 * length + (n + 1 - size / 2 - 0.5) * stride * 2**k
                    for axis, (n, length) in enumerate(((i, width), (j, height)))
                )
                across, down = one_filter(x, deviation * 2**k, width), one_filter(y, deviation * 2**k, height)
                for c in range(channels):
                    total = sum(down[b] * across[a] * float(image[c, b, a]) for b in range(height) for a in range(width))
                    out[k, c, j, i] = intensity * total
    return out.flatten(0, 1)


@pytest.mark.parametrize(("channels", "height", "width", "size", "scales"), [(1, 9, 9, 3, 2), (2, 6, 11, 4, 1), (3, 5, 4, 2, 3)])
def test_windows_equal_those_of_a_slow_one(channels, height, width, size, scales):
    batch, gazes = images(2, channels, height, width), of(0.2, -0.4, -0.7, 0.5).view(2, 2)
    stride, deviation, intensity = of(0.7, 1.3), of(0.6, 1.5), of(1.0, 0.25)
    found = GaussianWindow(size, scales)(batch, gazes, stride, deviation, intensity)
    for i in range(2):
        slow = slow_window(batch[i], *(x[i].tolist() for x in (gazes, stride, deviation, intensity)), size, scales)
        assert th.allclose(found[i], slow, atol=1e-9)


@pytest.mark.parametrize("gaze", [(0.0, 0.0), (0.5, -0.25), (-0.5, 0.75)])
def test_a_narrow_window_with_a_stride_of_one_pixel_is_the_patch_of_the_retina(gaze):
    batch, place = images(1, 2, 16, 16), of(*gaze)[None]
    seen = GaussianWindow(4)(batch, place, of(1.0), of(1e-4))
    assert th.allclose(seen, Retina(4, 1)(batch, place), atol=1e-9)


def test_outside_of_the_image_it_is_black_and_its_derivatives_are_finite():
    gaze, stride, deviation = of(9.0, 9.0)[None].requires_grad_(), of(1.0).requires_grad_(), of(1.0).requires_grad_()
    seen = GaussianWindow(3)(images(1, 1, 8, 8), gaze, stride, deviation)
    assert not seen.any()
    assert all(found.isfinite().all() for found in th.autograd.grad(seen.sum(), (gaze, stride, deviation)))


def test_derivatives_are_those_of_finite_differences():
    batch = images(2, 1, 7, 6)
    gaze, stride, deviation, intensity = of(0.13, -0.3, 0.4, 0.92).view(2, 2), of(0.8, 1.7), of(0.7, 1.2), of(1.1, 0.6)
    inputs = [x.requires_grad_() for x in (batch, gaze, stride, deviation, intensity)]
    assert th.autograd.gradcheck(GaussianWindow(3, 2), inputs)


def test_a_bright_pixel_pulls_the_gaze_from_further_away_than_a_patch_reaches():
    """What the window has before the crop: a derivative that points to what lies outside of its grid."""
    image = th.zeros(1, 1, 21, 21, dtype=th.float64)
    image[..., 10, 19] = 1.0
    gaze = of(0.0, 0.0)[None].requires_grad_()
    GaussianWindow(3)(image, gaze, of(1.0), of(4.0)).sum().backward()
    assert gaze.grad[0, 0] > 1e-3
    assert gaze.grad[0, 1].abs() < 1e-9


def test_numbers_below_1_are_refused():
    for arguments in ({"size": 0}, {"scales": 0}):
        with pytest.raises(ValueError, match="at least 1"):
            GaussianWindow(**arguments)
