"""Devices of torch that are here."""

import torch as th


def present_device(device: th.device | str) -> th.device:
    """
    A device that torch can compute on.

    :param device: or its name
    :raises ValueError: if there is none of that name; the message has those that there are
    """
    try:
        chosen = th.device(device)
        if chosen.type in ("cpu", "cuda", "mps"):
            th.zeros(1, device=chosen)
            return chosen
    except (RuntimeError, AssertionError, TypeError):  # torch's own words for a device that is misspelt or not here
        pass
    present = ["cpu", *(f"cuda:{i}" for i in range(th.cuda.device_count()))]
    present += ["mps"] if th.backends.mps.is_available() else []
    raise ValueError(f"there is no device {device!r} here; there is: {', '.join(present)}")
