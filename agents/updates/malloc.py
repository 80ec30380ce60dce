"""glibc's malloc: freed memory stays with the process, for the next update."""

import torch as th

LARGEST_THRESHOLD = 32 * 2**20  # bytes: glibc's DEFAULT_MMAP_THRESHOLD_MAX
HEADER = 2**16  # more than malloc adds to a block


def raise_mmap_threshold() -> None:
    """
    Stop glibc from returning freed memory to the operating system.

    Every update allocates the same tens of megabytes: activations, rounded weights, gradients. By default glibc returns blocks
    above 128 KB to the system when they are freed. For the next update the system hands out zeroed pages, with one page fault
    each. On a CPU this took a third of a DQN's update at batch size 32.

    glibc raises this limit by itself: when a block of up to 32 MB is freed, its size becomes the new limit, and twice its size
    the limit for free memory at the end of the heap (mallopt(3), M_MMAP_THRESHOLD). So this function allocates and frees one
    such block. Other C libraries are not affected.
    """
    th.empty(LARGEST_THRESHOLD - HEADER, dtype=th.uint8)
