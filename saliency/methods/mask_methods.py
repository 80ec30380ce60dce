"""RISE: which places must be kept so that a head keeps its value, from many random masks."""

import torch as th
from stable_baselines3.common.type_aliases import PyTorchObs
from torch.nn import functional as F

from ..errors import NoMapError
from ..readers.entries import Entries, Observations
from ..readers.head import Head
from ..readers.undisturbed.evaluation_mode import evaluating
from .chunks import at_once, in_chunks, of_images
from .image_filters import wide_blur

MASKS = 1024  # forward passes for each image
CELLS = 7  # of a mask, along each side (the paper's)
KEPT = 0.5  # share of the cells that are kept (the paper's)


@of_images
@in_chunks
def rise(head: Head, obs: Observations, masks: int | None = None, cells: int = CELLS, seed: int = 0) -> PyTorchObs:
    """
    Randomised input sampling (Petsiuk et al. 2018, section 3): the head is asked about an image of which random places are kept.
    It needs no gradient.

    Masks are the paper's: a coarse grid of kept and removed cells, enlarged bilinearly and shifted at random. Three things differ.
    What is not kept is blurred widely instead of black, because black pixels mean something to a policy. A place gets the slope of
    the head over how much of it is kept, Cov(h, m) / Var(m), instead of the mean of h over the masks that keep it: a head is not
    a probability, and what is the same under all masks says nothing. And there are 1,024 masks; the paper has 4,000 and more for
    images of 224x224. The slope is in units of the head, and positive where what is there raises it.

    :param head: of a policy that sees images
    :param obs: batch (B, ...) as the env gives it
    :param masks: how many; 1,024 by default
    :param cells: of a mask, along each side
    :param seed: of the masks, which are the same for all observations; torch's own random state is left alone
    :return: signed map of the observations' shape; all channels are kept together, and each gets an equal share
    :raises NoMapError: if no entry of the observations is an image
    :raises ValueError: if there are fewer than 2 masks or no cells
    """
    count = MASKS if masks is None else masks
    if count < 2 or cells < 1:
        raise ValueError(f"masks is {count} and cells {cells}; they must be at least 2 and at least 1")
    entries = Entries.of(head.policy, obs)
    if not entries.images():
        raise NoMapError("RISE keeps places of images, and these observations have none; occlusion and deletion work on vectors")
    tied, found = head.at(entries.packed()), {}
    with evaluating(head.policy), th.no_grad():
        whole = tied(entries.packed())
        for key in entries.images():
            image = entries.tensors[key]
            shape = (image.shape[2], image.shape[3])
            removed, sums = wide_blur(image), _Sums(image)
            grid, shifts = random_cells(count, shape, cells, seed)
            for some in th.split(th.arange(count), at_once(entries)):
                kept, size = random_masks(grid[some], shifts[some], shape).to(image), len(some)
                for row in range(len(image)):
                    rows = th.full((size,), row, device=image.device)
                    here = {other: x[rows] for other, x in entries.tensors.items() if other != key}
                    here[key] = th.lerp(removed[row], image[row], kept[:, None])
                    sums.add(row, tied.rows(rows)(entries.with_(here).packed()) - whole[row], kept)
            found[key] = (sums.slopes()[:, None] / image.shape[1]).expand_as(image).clone()
    return entries.maps(found)


def random_cells(count: int, shape: tuple[int, int], cells: int, seed: int) -> tuple[th.Tensor, th.Tensor]:
    """
    What random masks are made of (Petsiuk et al. 2018, section 3.2).

    :param count: of masks
    :param shape: height and width in pixels
    :param cells: of the coarse grid, along each side
    :param seed: of the draws
    :return: (count, 1, cells + 1, cells + 1) of 0 (removed) and 1 (kept); and (count, 2) by how many pixels each mask is shifted
    """
    generator = th.Generator().manual_seed(seed)
    grid = (th.rand(count, 1, cells + 1, cells + 1, generator=generator) < KEPT).float()
    shifts = [th.randint(0, -(-size // cells), (count,), generator=generator) for size in shape]
    return grid, th.stack(shifts, dim=1)


def random_masks(grid: th.Tensor, shifts: th.Tensor, shape: tuple[int, int]) -> th.Tensor:
    """
    Smooth masks from coarse ones.

    :param grid: (M, 1, cells + 1, cells + 1) of :func:`random_cells`
    :param shifts: (M, 2)
    :param shape: height and width in pixels
    :return: (M, H, W) from 0 (removed) to 1 (kept), each place with a mean of about 1/2
    """
    sizes = [grid.shape[2] * -(-size // (grid.shape[2] - 1)) for size in shape]  # a cell more than the image has
    fine = F.interpolate(grid, sizes, mode="bilinear", align_corners=False)[:, 0]
    rows, columns = (shift[:, None] + th.arange(size) for shift, size in zip(shifts.T, shape, strict=True))
    return fine[th.arange(len(grid))[:, None, None], rows[:, :, None], columns[:, None, :]]


class _Sums:
    """What the slopes of a head over the masks are made of, for each image (B, C, H, W) of a batch."""

    def __init__(self, image: th.Tensor) -> None:
        batch, _, height, width = image.shape
        self.count = 0
        self.of_products = image.new_zeros(batch, height, width)  # of a mask and the head
        self.of_heads = image.new_zeros(batch)
        self.of_masks, self.of_squares = image.new_zeros(2, batch, height, width)

    def add(self, row: int, change: th.Tensor, kept: th.Tensor) -> None:
        """The change of the head (n,) under masks (n, H, W)."""
        centred = kept - KEPT  # sums of small numbers lose less to rounding
        self.count += len(kept) if row == 0 else 0
        self.of_products[row] += th.einsum("n,nhw->hw", change.to(kept), centred)
        self.of_heads[row] += change.sum()
        self.of_masks[row] += centred.sum(0)
        self.of_squares[row] += centred.square().sum(0)

    def slopes(self) -> th.Tensor:
        """Cov(head, mask) / Var(mask), (B, H, W); 0 where the masks are all the same."""
        mean = self.of_masks / self.count
        covariance = self.of_products / self.count - self.of_heads[:, None, None] / self.count * mean
        variance = self.of_squares / self.count - mean.square()
        return th.where(variance > 1e-6, covariance / variance.clamp(min=1e-6), 0.0)
