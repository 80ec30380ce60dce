"""Images in channels_last memory format, in which convolutions are fastest."""

import torch as th
from stable_baselines3.common.type_aliases import PyTorchObs

BYTES = 4  # in a 32-bit word


def channels_last(observations: PyTorchObs) -> PyTorchObs:
    """
    The same observations, with images in channels_last memory format.

    On a processor a stack of four grey frames is packed into one 32-bit word per pixel. When compiled, this is six times as fast as
    torch's copy byte by byte, which took a tenth of an update. On a GPU torch copies.

    :param observations: images (B, C, H, W), other tensors, or a dict of them; only images change
    """
    if isinstance(observations, dict):
        return {key: _image(part) for key, part in observations.items()}
    return _image(observations)


def _image(images: th.Tensor) -> th.Tensor:
    if images.dim() != 4:
        return images
    stacked = images.dtype == th.uint8 and images.shape[1] == BYTES
    if not stacked or images.device.type != "cpu":
        return images.contiguous(memory_format=th.channels_last)
    first, second, third, fourth = images.int().unbind(dim=1)
    words = first | second << 8 | third << 16 | fourth << 24  # little-endian: the lowest byte comes first in memory
    # Not unsqueeze(-1).view(th.uint8), which torch 2.11 cannot compile.
    return words.contiguous().view(th.uint8).view(*words.shape, BYTES).permute(0, 3, 1, 2)  # (B, H, W, 4) in memory
