import torch as th

from saccade.policies.layers.channel_norm import ChannelNorm


def test_channel_norm_by_hand():
    """Channels 1 and 3 of one pixel: mean 2, standard deviation 1."""
    norm = ChannelNorm(2)
    out = norm(th.tensor([1.0, 3.0]).view(1, 2, 1, 1))
    assert th.allclose(out.flatten(), th.tensor([-1.0, 1.0]), atol=1e-4)


def test_each_pixel_is_normalized_then_scaled_by_channel():
    norm = ChannelNorm(5)
    with th.no_grad():
        norm.weight.copy_(th.arange(5.0))
        norm.bias.copy_(-th.arange(5.0))
    images = th.rand(2, 5, 3, 4) * 10
    mean, std = images.mean(1, keepdim=True), (images.var(1, keepdim=True, correction=0) + norm.eps).sqrt()
    channel = th.arange(5.0).view(1, 5, 1, 1)
    assert th.allclose(norm(images), (images - mean) / std * channel - channel, atol=1e-5)


def test_memory_format_does_not_change_the_result():
    norm, images = ChannelNorm(4), th.rand(2, 4, 6, 6)
    assert th.allclose(norm(images), norm(images.to(memory_format=th.channels_last)), atol=1e-6)


def test_equal_channels_give_zero():
    assert not ChannelNorm(3)(th.full((1, 3, 2, 2), 7.0)).any()
