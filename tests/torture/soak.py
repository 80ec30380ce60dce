"""
Train for a long time with frequent events, and see whether memory, open files and threads stay as they are.

    python -m tests.torture.soak --minutes 30
"""

import argparse
import ctypes
import json
import os
import tempfile
import threading
import time
from pathlib import Path
from xml.etree import ElementTree

from saccade.experiments import Console, RunConfig, train
from saccade.experiments.circumstances import commit, hardware

PAGE = os.sysconf("SC_PAGE_SIZE")
KINDS = {
    "glimpse-reinforce": {"env": "Catch", "n_envs": 16, "saliency_every": 1472},
    "pqn": {"env": "Breakout", "n_envs": 4, "saliency_every": 512},
}


def sample(began: float) -> dict[str, float]:
    """Resident memory and what is allocated of it in MB, open files and threads of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    counted = {name: len(os.listdir(f"/proc/self/{place}")) for name, place in (("files", "fd"), ("threads", "task"))}
    memory = {"memory": round(pages * PAGE / 2**20, 2), "allocated": round(allocated() / 2**20, 2)}
    return {"seconds": round(time.monotonic() - began, 1), **memory, **counted}


def allocated() -> int:
    """
    Bytes that are in use in glibc's heaps (malloc_info(3)). Resident memory also has the free blocks between them. If only the
    resident memory grows, blocks lie unluckily; if this grows, something is kept.
    """
    libc = ctypes.CDLL(None)
    libc.fdopen.restype = ctypes.c_void_p
    with tempfile.TemporaryFile() as file:
        stream = ctypes.c_void_p(libc.fdopen(os.dup(file.fileno()), b"w"))
        libc.malloc_info(0, stream)
        libc.fclose(stream)
        file.seek(0)
        heaps = ElementTree.fromstring(file.read())
    sizes = {each.get("type"): int(each.get("size", 0)) for each in (*heaps.findall("system"), *heaps.findall("total"))}
    return sizes["current"] + sizes["mmap"] - sizes["fast"] - sizes["rest"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--agent", choices=sorted(KINDS), default="pqn")
    parser.add_argument("--output", type=Path, default=Path("results/soak.json"))
    given = parser.parse_args()
    began, samples, over = time.monotonic(), [], threading.Event()

    def watch() -> None:
        while not over.wait(max(given.minutes / 6, 0.5)):  # 360 samples, or two a second
            samples.append(sample(began))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with tempfile.TemporaryDirectory(prefix="soak-") as place:
        config = RunConfig(
            agent=given.agent,
            total_timesteps=10**9,
            checkpoint_every=20_000,
            eval_games=0,
            wandb="disabled",
            eager=True,
            output=Path(place, "run"),
            **KINDS[given.agent],
        )
        try:
            result = train(config, stop=lambda: time.monotonic() - began > 60 * given.minutes, reporter=Console(progress=False))
            events = len(list(result.pictures.glob("step_*.npz")))
        finally:
            over.set()
            watcher.join()
    told = {
        "commit": commit(),
        "hardware": hardware("cpu"),
        "agent": given.agent,
        "minutes": given.minutes,
        "env_steps": result.env_steps,
        "events": events,
        "samples": samples,
    }
    given.output.write_text(json.dumps(told, indent=1) + "\n")
    print({name: value for name, value in told.items() if name != "samples"})


if __name__ == "__main__":
    main()
