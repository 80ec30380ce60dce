"""
The replay buffer of a run on disk: ``.npz`` files with blocks of steps, each written once.

The state of a checkpoint says which files belong to it. A file is never changed and its name is never used again, so the blocks of
several checkpoints lie in one folder and share what has not changed between them.
"""

import secrets
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from ...agents import FrameReplayBuffer
from ...agents.replay.replay_state import block_of, blocks_held, is_final, rest_of, restore
from ...saliency.whole_file import read_npz, write_npz

REST = "rest"


class ReplayFiles:
    """
    :param folder: for the files; it is made when there is something to write
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._final: dict[int, str] = {}  # number of a block that does not change any more: name of its file

    def write(self, buffer: FrameReplayBuffer) -> dict[str, Any]:
        """
        Write what is not on disk yet.

        :param buffer: of the run
        :return: plain values from which :meth:`read` finds everything
        :raises OSError: if a file cannot be written
        """
        self.folder.mkdir(exist_ok=True)
        files: dict[str, str] = {}
        for number in blocks_held(buffer):
            name = self._final.get(number)
            if name is None:
                name = self._written(block_of(buffer, number))
                if is_final(buffer, number):
                    self._final[number] = name
            files[str(number)] = name
        self._final = {number: name for number, name in self._final.items() if str(number) in files}
        numbers, arrays = rest_of(buffer)
        return {"numbers": numbers, "files": {**files, REST: self._written(arrays)}}

    def read(self, buffer: FrameReplayBuffer, index: dict[str, Any]) -> None:
        """
        Fill an empty buffer.

        :param buffer: as it was made
        :param index: from :meth:`write`
        :raises NpzError: if a file is missing or damaged
        :raises ValueError: if the buffer has another shape
        """
        files = dict(index["files"])
        rest = read_npz(self.folder / files.pop(REST))
        restore(buffer, index["numbers"], rest, ((int(number), read_npz(self.folder / name)) for number, name in files.items()))
        self._final = {int(number): name for number, name in files.items() if is_final(buffer, int(number))}

    def keep_only(self, indices: Collection[dict[str, Any]]) -> None:
        """Delete the files that none of these needs."""
        needed = {name for index in indices for name in index["files"].values()}
        for file in self.folder.glob("*.npz") if self.folder.is_dir() else ():
            if file.name not in needed:
                file.unlink(missing_ok=True)
        self._final = {number: name for number, name in self._final.items() if name in needed}  # the others are to be written anew
        if self.folder.is_dir() and not needed and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _written(self, arrays: dict[str, np.ndarray]) -> str:
        name = f"{secrets.token_hex(6)}.npz"
        write_npz(self.folder / name, arrays, level=1)  # frames are mostly flat, and there are gigabytes of them
        return name
