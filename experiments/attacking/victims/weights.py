"""What identifies the weights of a network."""

import hashlib

from torch import nn


def weights_digest(network: nn.Module) -> str:
    """
    SHA-256 of names, shapes, types and values of all weights. A file that is written again with the same weights has the same one.

    :param network: on any device
    """
    found = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        plain = value.detach().cpu().contiguous().numpy()
        found.update(f"{name} {plain.dtype.str} {plain.shape} ".encode())
        found.update(plain.tobytes())
    return found.hexdigest()
