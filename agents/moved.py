"""
The module names of version 0.1.

SB3's .zip files and pickled replay buffers store the module of each class. Files saved before the modules moved must still load.
"""

import sys
from importlib import import_module

MOVED = {
    "frame_replay_buffer": "replay.frame_replay_buffer",
    "prioritized_replay_buffer": "replay.prioritized_replay_buffer",
    "slot_pool": "replay.slot_pool",
    "sum_tree": "replay.sum_tree",
}

for before, now in MOVED.items():
    sys.modules[f"{__package__}.{before}"] = import_module(f".{now}", __package__)
