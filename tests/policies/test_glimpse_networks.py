"""Networks for what a glimpse shows."""

import torch as th
from torch import nn
from torch.nn import functional as F

from saccade.policies.glimpse_networks import WHAT_NETWORKS, convolutional, normed_convolutional


def test_normed_convolutions_by_their_formula():
    """Each layer again by plain functions: what a pixel's channels are is normalised before every ReLU."""
    th.manual_seed(0)
    network, glimpse = normed_convolutional(2, 5, 7), th.rand(3, 2, 5, 5)
    first, second = (layer for layer in network if isinstance(layer, nn.Conv2d))
    linear = next(layer for layer in network if isinstance(layer, nn.Linear))

    def normed(x: th.Tensor) -> th.Tensor:
        mean, variance = x.mean(1, keepdim=True), x.var(1, unbiased=False, keepdim=True)
        return F.relu((x - mean) / th.sqrt(variance + 1e-5))

    x = F.max_pool2d(normed(F.conv2d(glimpse, first.weight, first.bias, padding=1)), 2)
    x = normed(F.conv2d(x, second.weight, second.bias, padding=1))
    expected = normed(F.linear(x.permute(0, 2, 3, 1).flatten(1), linear.weight, linear.bias))
    assert th.allclose(network(glimpse), expected, atol=1e-5)


def test_what_normalisation_adds_to_the_convolutions():
    """Nothing but norms: weights of the one fit into the other. A glimpse with a tenth of the contrast looks nearly the same."""
    th.manual_seed(0)
    plain, normed = convolutional(1, 6, 16), normed_convolutional(1, 6, 16)
    ours = [layer for layer in normed if not isinstance(layer, nn.LayerNorm)]
    for theirs, own in zip(plain, ours, strict=True):
        own.load_state_dict(theirs.state_dict())
    for layer in (*plain, *ours):
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.zeros_(layer.bias)
    glimpse = th.rand(4, 1, 6, 6)
    assert th.allclose(normed(glimpse / 10), normed(glimpse), atol=0.05)
    assert th.allclose(plain(glimpse / 10), plain(glimpse) / 10, atol=1e-6)


def test_each_network_is_there_by_name():
    for name, make in WHAT_NETWORKS.items():
        size = 36 if "nature" in name else 4
        assert make(2, size, 8)(th.rand(1, 2, size, size)).shape == (1, 8)
