"""
Reads models in a process of its own, under an audit hook, and tells in JSON what came of each.

Called with a folder of files, a number of mutants to be made of its ``honest.zip``, and a seed for them.
"""

import io
import json
import os
import random
import re
import resource
import sys
import time
import zipfile
from pathlib import Path

from saccade.saliency import load_policy
from saccade.saliency.errors import SavedPolicyError

QUIET = ("object.", "sys._getframe", "gc.", "builtins.id", "os.listdir", "os.scandir", "code.__new__", "sys.unraisablehook")
PLACES = ("stable_baselines3", "sb3_contrib", "saccade", "torch", "numpy", "gymnasium")
seen: list[str] = []
watching = False


def watch(event: str, arguments: tuple) -> None:
    """Note everything that reading data does not need: code, processes, sockets, unpickling, writing, foreign modules."""
    if not watching or event.startswith(QUIET):
        return
    if event == "open":
        mode, flags = arguments[1], arguments[2]
        if (mode is None or not set(str(mode)) & set("wax+")) and not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return
    if event == "import" and str(arguments[0]).partition(".")[0] in PLACES:
        return
    seen.append(f"{event} {str(arguments)[:200]}")


def read(path: Path) -> dict:
    """What reading a file ends in, and what it takes."""
    global watching
    seen.clear()
    begin, message, watching = time.process_time(), None, True
    try:
        load_policy(path, "cpu")
    except SavedPolicyError as error:
        message = str(error)
    finally:
        watching = False
    # Not `ru_maxrss`, which begins with what the parent had when it started this process.
    kilobytes = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="utf-8"))[1])
    told = {"name": path.stem, "message": message, "seconds": time.process_time() - begin, "events": list(seen)}
    return {**told, "megabytes": kilobytes / 1024}


def mutated(honest: bytes, draw: random.Random) -> bytes:
    """An honest file with a few bytes changed: of the archive itself, or of a part, which is then packed again."""
    if draw.random() < 0.3:
        return changed(honest, draw)
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = draw.choice(["data", "data", "policy.pth"])
    parts[name] = changed(parts[name], draw)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for each, content in parts.items():
            archive.writestr(each, content)
    return packed.getvalue()


def changed(data: bytes, draw: random.Random) -> bytes:
    """Bytes replaced, cut out, doubled or swapped with others of the same data."""
    data = bytearray(data)
    for _ in range(draw.choice([1, 1, 2, 5, 20])):
        at, length = draw.randrange(len(data)), draw.choice([1, 1, 2, 8, 100])
        other = draw.randrange(len(data))
        piece = draw.choice([draw.randbytes(length), b"", data[at : at + length] * 2, data[other : other + length]])
        data[at : at + length] = piece
    return bytes(data)


def main(place: Path, mutants: int = 0, seed: int = 0) -> None:
    """Print one line for each file."""
    sys.addaudithook(watch)
    taken = int(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData")).split()[1])
    resource.setrlimit(resource.RLIMIT_DATA, ((taken << 10) + 2**30, -1))
    honest = place / "honest.zip"
    load_policy(honest, "cpu")  # what is imported at the first use is not the files' doing
    for path in sorted(place.glob("*.zip")):
        print(json.dumps(read(path)))
    draw, content = random.Random(seed), honest.read_bytes()
    for number in range(mutants):
        path = place / f"mutant-{number}.zip"
        path.write_bytes(mutated(content, draw))
        print(json.dumps(read(path)))
        path.unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
