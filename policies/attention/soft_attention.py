"""Soft attention over the places of a feature map: keys, values, and learned queries (Mott et al. 2019, "S3TA")."""

import math

import torch as th
from torch import nn
from torch.nn import functional as F

from ..plain_numbers import check_number, check_whole_numbers


def spatial_basis(height: int, width: int, waves: int) -> th.Tensor:
    """
    A code for every place of a map: products of cosines along both axes, of the wave numbers 0 to ``waves`` - 1.

    :param height: H
    :param width: W
    :param waves: along each axis
    :return: (waves * waves, H * W), from -1 to 1; constant in its first row
    """
    down, across = (th.cos(math.pi * th.arange(waves)[:, None] * (th.arange(size) + 0.5) / size) for size in (height, width))
    return (down[:, None, :, None] * across[None, :, None, :]).reshape(waves * waves, height * width)


def soft_weights(queries: th.Tensor, keys: th.Tensor, basis: th.Tensor, sharpness: float | None = None) -> th.Tensor:
    """
    How much each query looks at each place: the softmax over places of its product with key and code, over the root of its length.

    That is S3TA's. New queries then weigh all places nearly alike. A ``sharpness`` is ours, for queries that look at few places
    from the start. Keys are normalised, each by its mean and standard deviation, and codes by their mean length. So the product of
    a standard normal query with either has spread 1, and that with the key counts ``sharpness`` times.

    :param queries: (K, k + S), for a key and then for a code; or (B, K, k + S).
        :class:`saccade.policies.attention.top_down_attention.TopDownLstm` has this formula with keys and codes side by side
    :param keys: (B, N, k)
    :param basis: (S, N), the codes of the places
    :param sharpness: of what is drawn at a place, beside where it is; None for S3TA's weights
    :return: (B, K, N), at least 0, with sum 1 over the places
    """
    length = keys.shape[2]
    if sharpness is None:
        fits = queries[..., :length] @ keys.transpose(1, 2) + queries[..., length:] @ basis
        return (fits / math.sqrt(queries.shape[-1])).softmax(dim=2)
    of_keys = queries[..., :length] @ F.layer_norm(keys, (length,)).transpose(1, 2) / math.sqrt(length)
    code_length = basis.square().sum(0).mean().sqrt().clamp(min=1e-6)  # there are no codes without a basis
    return (sharpness * of_keys + queries[..., length:] @ basis / code_length).softmax(dim=2)


def answers_to(weights: th.Tensor, values: th.Tensor, basis: th.Tensor) -> th.Tensor:
    """
    The weighted means of values and codes.

    :param weights: (B, K, N)
    :param values: (B, N, v)
    :param basis: (S, N)
    :return: (B, K, v + S)
    """
    return th.cat([weights @ values, weights @ basis.T], dim=2)


def check_sizes(queries: int, keys: int, values: int, waves: int) -> None:
    """:raises ValueError: if one of these is not a whole number, or is too small; ``waves`` may be 0"""
    check_whole_numbers(queries=queries, keys=keys, values=values, waves=waves)
    if min(queries, keys, values) < 1 or waves < 0:
        raise ValueError(f"queries {queries}, keys {keys} and values {values} must be at least 1, and waves {waves} at least 0")


class KeysAndValues(nn.Module):
    """
    What each place of a feature map says of itself (its key) and what it hands on (its value).

    :param channels: C of the map
    :param keys: length of a key
    :param values: length of a value
    """

    def __init__(self, channels: int, keys: int = 8, values: int = 120) -> None:
        super().__init__()
        self.channels, self.keys, self.values = channels, keys, values
        self.project = nn.Linear(channels, keys + values)

    def forward(self, features: th.Tensor) -> th.Tensor:
        """
        :param features: (B, C * N), a flattened map of N places, channel by channel
        :return: (B, N, keys + values)
        """
        places = features.view(len(features), self.channels, features.shape[1] // self.channels).transpose(1, 2)
        return self.project(places)


class SoftQueries(nn.Module):
    """
    K learned queries. Each weighs all places by how well their keys answer it, and takes the weighted mean of their values.

    A query sees the key of a place and the code of where it is (:func:`spatial_basis`), and takes both its value and its code. The
    weights are a softmax over places, as in S3TA. Our queries do not change after training, so what they find depends on the image
    alone; in S3TA an LSTM moves them.

    :param keys: length of a key
    :param values: length of a value
    :param grid: (H, W) of the map
    :param queries: K
    :param waves: of the spatial basis, along each axis; 0 for none, so that a query knows nothing of places
    :param sharpness: as for :func:`soft_weights`
    :param masked: whether a stream reads the whole map, each place dimmed or lit by its weight, in place of weighted means. With
        equal weights it then reads the map itself. As in Mask-Attention A3C (Itaya et al. 2021), whose mask is a sigmoid; here it
        is the mean of the queries' weights, times the number of places
    :raises ValueError: if a number is out of range
    """

    basis: th.Tensor

    def __init__(
        self,
        keys: int,
        values: int,
        grid: tuple[int, int],
        queries: int = 4,
        waves: int = 8,
        sharpness: float | None = None,
        masked: bool = False,
    ) -> None:
        super().__init__()
        check_sizes(queries, keys, values, waves)
        if sharpness is not None:
            check_number("sharpness", sharpness)
        if sharpness is not None and (sharpness <= 0 or keys < 2):
            raise ValueError(f"sharpness is {sharpness} with keys of length {keys}; it must be above 0, and keys at least 2 long")
        self.keys, self.grid, self.sharpness, self.masked = keys, grid, sharpness, masked
        self.register_buffer("basis", spatial_basis(*grid, waves), persistent=False)
        self.queries = nn.Parameter(th.randn(queries, keys + waves * waves))
        self.answer_dim = grid[0] * grid[1] * values if masked else queries * (values + waves * waves)

    def weights(self, places: th.Tensor) -> th.Tensor:
        """
        How much each query looks at each place.

        :param places: (B, N, keys + values), as :class:`KeysAndValues` gives them
        :return: (B, K, N), at least 0, with sum 1 over the places
        """
        return soft_weights(self.queries, places[:, :, : self.keys], self.basis, self.sharpness)

    def forward(self, places: th.Tensor) -> th.Tensor:
        """(B, N, keys + values) to the answers (B, K * (values + waves * waves)); if masked, to the map (B, N * values)."""
        weights, values = self.weights(places), places[:, :, self.keys :]
        if self.masked:
            return (weights.mean(1)[:, :, None] * weights.shape[2] * values).flatten(1)
        return answers_to(weights, values, self.basis).flatten(1)
