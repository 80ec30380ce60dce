"""Memory that is freed and needed again in the next update stays with the process."""

import torch as th

LARGEST_THRESHOLD = 32 * 2**20  # bytes: glibc's DEFAULT_MMAP_THRESHOLD_MAX
HEADER = 2**16  # more than malloc adds to a block


def keep_freed_memory() -> None:
    """
    Has glibc keep what is freed instead of giving it back to the system.

    Every update of a network allocates the same tens of megabytes: activations, rounded weights, gradients. At first glibc gives
    blocks of more than 128 KB back as soon as they are freed, and the system then hands out zeroed pages, one fault each, for the
    next update; on a CPU that was a third of the time of a DQN's update at batch 32. When a block of up to 32 MB is given back,
    glibc takes its size as the new limit, and twice as much for what it keeps at the heap's end (mallopt(3),
    M_MMAP_THRESHOLD). So one such block is allocated and freed here. Other C libraries are left as they are by it.
    """
    th.empty(LARGEST_THRESHOLD - HEADER, dtype=th.uint8)
