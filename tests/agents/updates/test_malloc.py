import ctypes
import platform
import subprocess
import sys

import pytest

GLIBC = ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
MAPPED = """
import ctypes, torch as th
from saccade.agents.updates.malloc import raise_mmap_threshold
class Statistics(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]
mallinfo = ctypes.CDLL(None).mallinfo2
mallinfo.restype = Statistics
{}
before = mallinfo().hblks
kept = th.ones(4_000_000)
print(mallinfo().hblks - before)
"""


@pytest.mark.skipif(not hasattr(GLIBC, "mallinfo2"), reason="needs glibc with mallinfo2")
def test_large_blocks_come_from_the_heap_and_are_not_mapped():
    """A block of 16 MB. By default glibc maps it separately and returns it to the system when it is freed."""

    def mapped_blocks(call: str) -> int:
        return int(subprocess.run([sys.executable, "-c", MAPPED.format(call)], capture_output=True, text=True, check=True).stdout)

    assert mapped_blocks("") == 1
    assert mapped_blocks("raise_mmap_threshold()") == 0
