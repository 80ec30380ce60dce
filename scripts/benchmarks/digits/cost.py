"""
What an answer costs on canvases of several sizes: python scripts/benchmarks/digits/cost.py --output results/glimpses/cost.json

Hard glimpses, a differentiable window, the retina between pixels, soft attention and a CNN, all with new weights, in one run and
one thread, in turns, in float32. Seconds are those of the processor that this process got, so other programs hardly change them.
"""

import json
import time
from collections.abc import Sequence
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import torch as th
import tyro
from torch import nn

from saccade.experiments.circumstances import commit, hardware
from saccade.experiments.errors import ConfigError, OutputError
from saccade.experiments.scoring.multiply_adds import multiply_adds
from saccade.experiments.whole_image.canvases import PIXELS_AT_ONCE
from saccade.experiments.whole_image.networks import make_network
from saccade.saliency.whole_file import write_text
from saccade.scripts.benchmarks.digits.hard_looks import HardLooks, hard_looks
from saccade.scripts.door import open_door

HARD = "hard"
RIVALS = (HARD, "window", "bilinear", "soft", "cnn")
CLASSES, LOOKS, GLIMPSE, SCALES = 10, 8, 12, 4
OF_RETINA = {"glimpse": GLIMPSE, "scales": SCALES}
BATCHES = (1, 256)


def main(words: Sequence[str], program: str) -> None:
    """Measure what the words ask for."""
    tyro.cli(measure, args=words, prog=program)


def measure(
    output: Path,
    sizes: tuple[int, ...] = (60, 100, 256, 1024),
    rivals: tuple[str, ...] = RIVALS,
    batches: tuple[int, ...] = BATCHES,
    seconds: float = 2.0,
    rounds: int = 3,
) -> None:
    """
    Measure all rivals, and write the figures.

    :param output: JSON file to write; it must not exist yet
    :param sizes: sides of the canvases
    :param rivals: hard, window, bilinear, soft, cnn
    :param batches: canvases that are answered together
    :param seconds: of each measurement
    :param rounds: measurements of each rival at each size; the shortest is kept
    """
    for name in rivals:
        if name not in RIVALS:
            raise ConfigError(f"has {name!r}; it must be some of: {', '.join(RIVALS)}", option="rivals")
    if rounds < 1:
        raise ConfigError(f"is {rounds}; it must be at least 1", option="rounds")
    if output.exists():
        raise OutputError(f"{output} exists already; choose another output or remove it")
    th.set_num_threads(1)
    settings = {"looks": LOOKS, **OF_RETINA, "batches": list(batches), "seconds": seconds, "rounds": rounds}
    about = {"commit": commit(), "hardware": hardware("cpu"), "settings": settings}
    measured = Measured(sizes, rivals)
    for batch in batches:
        measured.time(batch, seconds, rounds)
    write_text(output, json.dumps({**about, "rows": list(measured.rows.values())}, indent=1))


class Measured:
    """
    All networks on canvases of all sizes, and what is known of them.

    :param sizes: of the canvases
    :param rivals: names
    :ivar rows: a row for each size and name
    """

    def __init__(self, sizes: Sequence[int], rivals: Sequence[str]) -> None:
        self.rows: dict[tuple[int, str], dict[str, Any]] = {}
        self.networks: dict[tuple[int, str], nn.Module] = {}
        for size in sizes:
            for name in rivals:
                th.manual_seed(0)
                hard = name == HARD
                more = {} if name in ("soft", "cnn") else OF_RETINA
                made = hard_looks(size, CLASSES, LOOKS, **more) if hard else make_network(name, size, CLASSES, LOOKS, more)
                one = th.zeros(1, 1, size, size, dtype=th.uint8 if hard else th.float32)
                found = {
                    "multiply_adds": multiply_adds(partial(made, one)),
                    "parameters": sum(x.numel() for x in made.parameters()),
                }
                self.networks[size, name], self.rows[size, name] = made, {"network": name, "size": size, **found, "seconds": {}}

    def time(self, batch: int, seconds: float, rounds: int) -> None:
        """
        Time all of them in turns, so that what other programs do to one they do to all. The shortest time of the rounds is kept.

        :param batch: canvases that are answered together
        :param seconds: of each measurement
        :param rounds: measurements of each
        """
        taken: dict[tuple[int, str], list[float]] = {key: [] for key in self.networks}
        for number in range(rounds):
            for size in dict.fromkeys(size for size, _ in self.networks):
                shape, generator = (batch, 1, size, size), th.Generator().manual_seed(0)
                canvases = th.randint(0, 256, shape, dtype=th.uint8, generator=generator)
                for key, network in self.networks.items():
                    if key[0] == size:
                        taken[key].append(seconds_of(network, pieces(canvases, whole=key[1] == HARD), seconds))
                        print(f"round {number + 1}, batch {batch}, {key}: {1000 * taken[key][-1]:.3f} ms an image", flush=True)
        for key, times in taken.items():
            self.rows[key]["seconds"][str(batch)] = min(times)


def pieces(canvases: th.Tensor, whole: bool) -> tuple[th.Tensor, ...]:
    """
    A batch as a network takes it.

    :param canvases: (B, 1, size, size) uint8
    :param whole: all at once, as the retina takes them; otherwise so many as fit into memory, in the memory format of convolutions
    """
    if whole:
        return (canvases,)
    parts = th.split(canvases, max(PIXELS_AT_ONCE // canvases.shape[-1] ** 2, 1))
    return tuple(part.contiguous(memory_format=th.channels_last) for part in parts)


def seconds_of(network: nn.Module, parts: tuple[th.Tensor, ...], seconds: float) -> float:
    """
    Of the processor, for a canvas.

    :param network: takes bytes if it has a retina, otherwise numbers from 0 to 1
    :param parts: of a batch, one after the other; a batch may be broken off after ``seconds``, since all parts cost the same
    :param seconds: to be measured, at least one part
    """
    takes_bytes, count = isinstance(network, HardLooks), 0
    with th.no_grad():
        network(parts[0][:1] if takes_bytes else parts[0][:1] / 255)  # kernels and buffers
        start = time.process_time()
        for part in cycle(parts):
            network(part if takes_bytes else part / 255)
            count += len(part)
            if time.process_time() - start >= seconds:
                break
        return (time.process_time() - start) / count


if __name__ == "__main__":
    open_door(main)
