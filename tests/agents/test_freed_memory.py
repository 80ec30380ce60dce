import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, torch as th
from saccade.agents.freed_memory import keep_freed_memory
{}
def update():
    return [th.ones(2_000_000) for _ in range(3)]  # 8 MB each
for _ in range(3):
    update()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    update()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have ways of their own")
def test_what_is_freed_is_not_asked_for_again():
    """The 24 MB of an "update" are 5,859 pages; without the call they are fetched anew every time."""

    def page_faults(call: str) -> int:
        return int(subprocess.run([sys.executable, "-c", FAULTS.format(call)], capture_output=True, text=True, check=True).stdout)

    assert page_faults("keep_freed_memory()") < 0.1 * page_faults("")
