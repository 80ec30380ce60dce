"""The retina against a slow one that loops over pixels, by hand, at the border, and its derivatives."""

import pytest
import torch as th
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from saccade.policies import Retina
from saccade.policies.retina import Paste


def slow_glimpse(image: th.Tensor, gaze: tuple[float, float], size: int, scales: int) -> th.Tensor:
    """Glimpse of one image (C, H, W). Each output pixel is the mean of its block, summed pixel by pixel."""
    channels, height, width = image.shape
    out = th.zeros(scales, channels, size, size, dtype=th.float64)
    for k in range(scales):
        block = 2**k
        left = int(((gaze[0] + 1) / 2 * width - size * block / 2 + 0.5) // 1)
        top = int(((gaze[1] + 1) / 2 * height - size * block / 2 + 0.5) // 1)
        for c in range(channels):
            for row in range(size):
                for column in range(size):
                    total = 0.0
                    for dy in range(block):
                        for dx in range(block):
                            y, x = top + row * block + dy, left + column * block + dx
                            if 0 <= y < height and 0 <= x < width:
                                total += float(image[c, y, x])
                    out[k, c, row, column] = total / block**2
    return out.flatten(0, 1)


GAZES = [(0.0, 0.0), (-1.0, -1.0), (1.0, 1.0), (0.13, -0.71), (-1.4, 0.2), (3.0, 3.0), (0.999, -0.999)]


@pytest.mark.parametrize(
    ("channels", "height", "width", "size", "scales"),
    [
        (1, 28, 28, 8, 1),
        (1, 60, 60, 12, 3),
        (3, 21, 34, 5, 2),
        (4, 17, 9, 3, 3),
        (1, 1, 1, 1, 1),
        (1, 5, 5, 4, 3),
        (2, 30, 11, 7, 1),
    ],
)
def test_glimpses_equal_those_of_a_slow_retina(channels, height, width, size, scales):
    images = th.randint(0, 256, (len(GAZES), channels, height, width), dtype=th.uint8, generator=th.Generator().manual_seed(0))
    given = Retina(size, scales)(images, th.tensor(GAZES))
    assert given.shape == (len(GAZES), scales * channels, size, size)
    assert given.dtype == th.float32
    for i, gaze in enumerate(GAZES):
        rounded = tuple(th.tensor(gaze).tolist())  # rounded to float32
        assert th.allclose(given[i].double(), slow_glimpse(images[i], rounded, size, scales), atol=1e-3)
        assert th.equal(Retina(size, scales)(images[i : i + 1], th.tensor([gaze])), given[i : i + 1])  # a batch of 1


def test_glimpses_by_hand():
    image = th.arange(16.0).view(1, 1, 4, 4)
    sharp = Retina(2, 1)(image, th.tensor([[0.0, 0.0]]))
    assert sharp.tolist() == [[[[5, 6], [9, 10]]]]
    both = Retina(2, 2)(image, th.tensor([[0.0, 0.0]]))
    assert both[:, 0].tolist() == sharp[:, 0].tolist()
    assert both[0, 1].tolist() == [[2.5, 4.5], [10.5, 12.5]]
    corner = Retina(2, 1)(image, th.tensor([[-1.0, -1.0]]))  # three quarters of it are outside
    assert corner.tolist() == [[[[0, 0], [0, 0]]]]
    assert Retina(2, 1)(image + 1, th.tensor([[-1.0, -1.0]])).tolist() == [[[[0, 0], [0, 1]]]]


def test_glimpses_far_outside_are_black_and_inside_keep_the_mean():
    image = th.rand(2, 3, 40, 40)
    assert not Retina(4, 3)(image, th.tensor([[9.0, 0.0], [0.0, -9.0]])).any()
    covering = Retina(10, 3)(image, th.zeros(2, 2))[:, 6:]
    assert th.allclose(covering.mean((2, 3)), image.mean((2, 3)), atol=1e-6)


def test_derivative_with_respect_to_the_image_is_exact():
    image = th.rand(2, 2, 9, 8, dtype=th.float64, requires_grad=True)
    gaze = th.tensor([[0.1, -0.3], [0.9, 0.9]], dtype=th.float64)
    assert th.autograd.gradcheck(lambda x: Retina(3, 2)(x, gaze), image)
    assert th.autograd.gradcheck(lambda x: Retina(3, 2, bilinear=True)(x, gaze), image)


def test_pixels_outside_the_glimpse_have_derivative_0():
    image = th.rand(1, 1, 20, 20, requires_grad=True)
    Retina(4, 2)(image, th.tensor([[0.5, 0.5]])).sum().backward()
    touched = image.grad[0, 0] != 0
    rows, columns = touched.nonzero().T
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (11, 18, 11, 18)
    assert touched.sum() == 64


def test_bilinear_equals_grid_sample_and_average():
    """Against torch's grid_sample at the same points, then its average pool."""
    image = th.rand(3, 2, 15, 22, dtype=th.float64)
    gaze = th.tensor([[0.137, -0.21], [-0.98, 0.4], [1.3, 0.05]], dtype=th.float64)
    size, scales = 5, 2
    given = Retina(size, scales, bilinear=True)(image, gaze)
    height, width = image.shape[2:]
    for k in range(scales):
        extent = size << k
        offsets = th.arange(extent, dtype=th.float64) - extent / 2 + 0.5
        x = gaze[:, 0, None] + 2 * offsets / width
        y = gaze[:, 1, None] + 2 * offsets / height
        grid = th.stack(th.broadcast_tensors(x[:, None, :], y[:, :, None]), dim=3)
        sampled = F.grid_sample(image, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
        assert th.allclose(given[:, 2 * k : 2 * k + 2], F.avg_pool2d(sampled, 1 << k), atol=1e-12)


def test_bilinear_has_a_derivative_with_respect_to_the_gaze_and_nearest_has_none():
    image = th.rand(2, 1, 12, 12, dtype=th.float64)
    gaze = th.tensor([[0.11, -0.32], [0.45, 0.83]], dtype=th.float64, requires_grad=True)
    assert th.autograd.gradcheck(lambda g: Retina(3, 2, bilinear=True)(image, g), gaze)
    assert not Retina(3, 2)(image, gaze).requires_grad


@pytest.mark.parametrize(("size", "scales"), [(0, 1), (4, 0), (-1, 3)])
def test_sizes_below_1_are_refused(size, scales):
    with pytest.raises(ValueError, match="at least 1"):
        Retina(size, scales)


@pytest.mark.gpu
def test_glimpses_on_a_gpu_equal_those_on_the_cpu():
    image, gaze = th.randint(0, 256, (4, 3, 33, 47), dtype=th.uint8), th.rand(4, 2) * 2 - 1
    for bilinear in (False, True):
        retina = Retina(6, 3, bilinear)
        assert th.allclose(retina(image.cuda(), gaze.cuda()).cpu(), retina(image, gaze), atol=1e-3)


@pytest.mark.parametrize(("size", "scales"), [(4, 1), (5, 2), (3, 4), (10, 3)])
def test_bytes_and_floats_give_the_same_glimpse_bit_for_bit(size, scales):
    """They are cropped in different ways. Gazes may lie far outside."""
    th.manual_seed(0)
    image = th.randint(0, 256, (40, 2, 19, 23), dtype=th.uint8)
    gaze = th.rand(40, 2) * 6 - 3
    retina = Retina(size, scales)
    assert th.equal(retina(image, gaze), retina(image.float(), gaze))
    assert th.equal(retina(image[:, :1], gaze), retina(image[:, :1].float(), gaze))


@pytest.mark.parametrize(("size", "scales", "height", "width"), [(5, 1, 4, 4), (5, 2, 4, 9), (5, 3, 9, 4)])
def test_a_finest_patch_larger_than_the_image_is_refused(size, scales, height, width):
    for image in (th.zeros(1, 1, height, width), th.zeros(1, 1, height, width, dtype=th.uint8)):
        with pytest.raises(ValueError, match=f"the finest patch has 5x5 pixels, more than the image of {height}x{width}"):
            Retina(size, scales)(image, th.zeros(1, 2))


def test_coarse_patches_may_reach_over_the_border():
    glimpse = Retina(4, 3)(th.ones(1, 1, 4, 4), th.zeros(1, 2))
    assert glimpse.shape == (1, 3, 4, 4)
    assert [float(scale.sum()) for scale in glimpse[0]] == [16.0, 4.0, 1.0]  # the whole image, in ever fewer places


@pytest.mark.parametrize(("batch", "channels", "side"), [(1, 1, 9), (3, 2, 9), (2, 1, 40), (4, 3, 3)])
def test_bytes_and_numbers_have_the_same_glimpses_at_all_edges(batch, channels, side):
    """Also in the corners of the first and the last image, where rows of the window hang over the ends of the memory."""
    generator = th.Generator().manual_seed(0)
    images = th.randint(1, 256, (batch, channels, side, side), dtype=th.uint8, generator=generator)
    retina = Retina(3, 3)
    for x in (-1.5, -1.0, -0.7, 0.0, 0.8, 1.0, 1.4):
        for y in (-1.3, -1.0, 0.1, 1.0, 1.6):
            gaze = th.tensor([[x, y]]).expand(batch, 2)
            assert th.allclose(retina(images, gaze), retina(images.float(), gaze), atol=1e-4)


class LargestTensor(TorchDispatchMode):
    """The most memory that one operation has taken, in bytes. Views of given tensors take none."""

    def __init__(self, *given: th.Tensor) -> None:
        super().__init__()
        self.known = {x.untyped_storage().data_ptr() for x in given}
        self.bytes = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        if isinstance(out, th.Tensor) and out.untyped_storage().data_ptr() not in self.known:
            self.bytes = max(self.bytes, out.untyped_storage().nbytes())
        return out


def test_a_large_batch_is_not_copied():
    """What a look takes does not grow with the image."""
    taken = []
    for side in (64, 512):
        images = th.zeros(2, 1, side, side, dtype=th.uint8)
        with LargestTensor(images) as watched:
            Retina(12, 3)(images, th.zeros(2, 2))
        taken.append(watched.bytes)
    assert taken[0] == taken[1] > 0


@pytest.mark.parametrize(("size", "scales", "height", "width"), [(3, 1, 9, 9), (4, 3, 20, 17), (5, 3, 23, 30), (2, 2, 3, 2)])
def test_a_pasted_glimpse_equals_a_slow_one(size, scales, height, width):
    """Each pixel of the image takes the value of the sharpest patch that covers it, and without one it is zero."""
    images = th.rand(len(GAZES), 2, height, width, generator=th.Generator().manual_seed(0))
    gazes = th.tensor(GAZES)
    glimpse = Retina(size, scales)(images, gazes)
    pasted = Paste(size, scales, height, width)(glimpse, gazes)
    assert pasted.shape == images.shape
    expected = th.zeros_like(images)
    for i, (gaze_x, gaze_y) in enumerate(gazes.tolist()):
        for k in reversed(range(scales)):
            block = 2**k
            left = int(((gaze_x + 1) / 2 * width - size * block / 2 + 0.5) // 1)
            top = int(((gaze_y + 1) / 2 * height - size * block / 2 + 0.5) // 1)
            for y in range(max(top, 0), min(top + size * block, height)):
                for x in range(max(left, 0), min(left + size * block, width)):
                    expected[i, :, y, x] = glimpse[i, 2 * k : 2 * k + 2, (y - top) // block, (x - left) // block]
    assert th.allclose(pasted, expected, atol=1e-6)


def test_frames_are_pasted_where_each_was_seen():
    images, gazes = th.rand(3, 2, 12, 12), th.tensor([[[0.5, -0.5], [-0.5, 0.0]]] * 3)
    retina, paste = Retina(4, 2), Paste(4, 2, 12, 12)
    alone = [paste(retina(images[:, f : f + 1], gazes[:, f]), gazes[:, f]) for f in range(2)]
    # As GlimpseExtractor orders them: all frames of the first scale, then of the next.
    seen = th.stack([retina(images[:, f : f + 1], gazes[:, f]) for f in range(2)], dim=2).flatten(1, 2)
    assert th.equal(paste(seen, gazes), th.cat(alone, dim=1))


def test_what_is_seen_sharply_stays_in_its_place():
    """A bright pixel that two gazes see sharply is at the same place in both pastes; a full sharp view is the image itself."""
    image = th.zeros(2, 1, 16, 16)
    image[:, 0, 7, 9] = 1
    gazes = th.tensor([[0.0, 0.0], [0.25, -0.25]])
    pasted = Paste(6, 2, 16, 16)(Retina(6, 2)(image, gazes), gazes)
    assert (pasted == image).all()
    whole = th.rand(1, 3, 8, 8)
    centre = th.zeros(1, 2)
    assert th.equal(Paste(8, 1, 8, 8)(Retina(8, 1)(whole, centre), centre), whole)


@pytest.mark.parametrize("bilinear", [False, True])
def test_an_overview_is_the_same_wherever_the_gaze_is(bilinear):
    """The sharper patches are those of a retina without it; the widest is that of a gaze at the middle."""
    images = th.rand(len(GAZES), 2, 15, 20, generator=th.Generator().manual_seed(0))
    gazes = th.tensor(GAZES)
    seen = Retina(5, 3, bilinear, overview=True)(images, gazes)
    assert th.allclose(seen[:, :4], Retina(5, 2, bilinear)(images, gazes))
    assert th.allclose(seen[:, 4:], Retina(5, 3, bilinear)(images, th.zeros_like(gazes))[:, 4:])


def test_a_pasted_overview_by_hand():
    """8x8 pixels, of which 2x2 are sharp, at a gaze in a corner; all others have the mean of their block of 4x4."""
    image = th.arange(64.0).view(1, 1, 8, 8)
    gaze = th.tensor([[-0.75, -0.75]])  # pixel 1, 1
    retina, paste = Retina(2, 3, overview=True), Paste(2, 3, 8, 8, overview=True)
    pasted = paste(retina(image, gaze), gaze)[0, 0]
    expected = th.nn.functional.avg_pool2d(image, 4).repeat_interleave(4, 2).repeat_interleave(4, 3)[0, 0]
    # The middle scale covers pixels -1 to 2, so its blocks begin at -1 and 1. What lies outside is zero.
    padded = th.nn.functional.pad(image, (1, 0, 1, 0))[:, :, :4, :4]
    expected[:3, :3] = th.nn.functional.avg_pool2d(padded, 2).repeat_interleave(2, 2).repeat_interleave(2, 3)[0, 0, 1:, 1:]
    expected[:2, :2] = image[0, 0, :2, :2]
    assert th.allclose(pasted, expected)


def test_every_pixel_has_a_derivative_through_an_overview():
    image = th.rand(1, 1, 8, 8, requires_grad=True)
    gaze = th.tensor([[1.0, 1.0]])
    Paste(2, 3, 8, 8, overview=True)(Retina(2, 3, overview=True)(image, gaze), gaze).sum().backward()
    assert (image.grad > 0).all()
    with pytest.raises(ValueError, match="overview=True needs 2 scales or more"):
        Retina(8, 1, overview=True)


def test_the_paste_has_the_derivative_of_the_retina():
    """Pixels outside the retina's reach have none, the others that of their block."""
    image = th.rand(1, 1, 10, 10, requires_grad=True)
    gaze = th.zeros(1, 2)
    Paste(2, 2, 10, 10)(Retina(2, 2)(image, gaze), gaze).sum().backward()
    expected = th.zeros(10, 10)
    # A coarse block has a quarter of each of its pixels, and is shown on those of its 4 places that the sharp patch leaves free.
    expected[3:7, 3:7] = 3 / 4
    expected[4:6, 4:6] = 3 / 4 + 1
    assert th.allclose(image.grad[0, 0], expected)
