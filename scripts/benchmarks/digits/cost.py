"""
What an answer costs on canvases of several sizes: python scripts/benchmarks/digits/cost.py --output results/glimpses/cost.json

Hard glimpses, a differentiable window, the retina between pixels, soft attention and a CNN, all with new weights, in one run and
one thread, in turns, in float32. Seconds are those of the processor that this process got, so other programs hardly change them.
"""

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch as th
import tyro

from saccade.experiments.errors import OutputError
from saccade.experiments.scoring.multiply_adds import multiply_adds
from saccade.experiments.whole_image.canvases import PIXELS_AT_ONCE
from saccade.experiments.whole_image.networks import make_network
from saccade.saliency.whole_file import write_text
from saccade.scripts.benchmarks.digits.hard_looks import hard_looks
from saccade.scripts.benchmarks.measuring import commit, hardware

HARD = "hard"
RIVALS = (HARD, "window", "bilinear", "soft", "cnn")
CLASSES, LOOKS, GLIMPSE, SCALES = 10, 8, 12, 4
OF_RETINA = {"glimpse": GLIMPSE, "scales": SCALES}
BATCHES = (1, 256)

Answer = Callable[[th.Tensor], th.Tensor]  # from canvases (B, 1, size, size) uint8


def main(
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
    :param seconds: of each measurement at least; one batch at least
    :param rounds: measurements of each rival; medians are kept
    """
    if output.exists():
        raise OutputError(f"{output} exists already; choose another output or remove it")
    th.set_num_threads(1)
    settings = {"looks": LOOKS, **OF_RETINA, "batches": list(batches), "seconds": seconds, "rounds": rounds}
    about = {"commit": commit(), "hardware": hardware("cpu"), "settings": settings}
    rows: list[dict[str, Any]] = []
    for size in sizes:
        rows += measured(size, rivals, batches, seconds, rounds)
        write_text(output, json.dumps({**about, "rows": rows}, indent=1))


def measured(size: int, rivals: tuple[str, ...], batches: tuple[int, ...], seconds: float, rounds: int) -> list[dict[str, Any]]:
    """A row for each rival on canvases of one size."""
    rows: dict[str, dict[str, Any]] = {}
    networks: dict[str, th.nn.Module] = {}
    for name in rivals:
        th.manual_seed(0)
        hard = name == HARD
        more = {} if name in ("soft", "cnn") else OF_RETINA
        networks[name] = hard_looks(size, CLASSES, LOOKS, **more) if hard else make_network(name, size, CLASSES, LOOKS, more)
        one = th.zeros(1, 1, size, size, dtype=th.uint8 if hard else th.float32)
        parameters = sum(weights.numel() for weights in networks[name].parameters())
        arithmetic = multiply_adds(partial(networks[name], one))
        rows[name] = {"network": name, "size": size, "multiply_adds": arithmetic, "parameters": parameters, "seconds": {}}
    for batch in batches:
        canvases = th.randint(0, 256, (batch, 1, size, size), dtype=th.uint8, generator=th.Generator().manual_seed(0))
        taken: dict[str, list[float]] = {name: [] for name in rivals}
        for _ in range(rounds):
            for name in rivals:
                answer = networks[name] if name == HARD else partial(in_pieces, networks[name])
                taken[name].append(seconds_of(answer, canvases, seconds))
        for name, times in taken.items():
            rows[name]["seconds"][str(batch)] = median(times)
            print(f"{size} pixels, {name}, batch {batch}: {1000 * median(times):.3f} ms an image", flush=True)
    return list(rows.values())


def in_pieces(network: th.nn.Module, canvases: th.Tensor) -> th.Tensor:
    """A network's answers, so many canvases at once as fit into memory."""
    piece = max(PIXELS_AT_ONCE // canvases.shape[-1] ** 2, 1)
    answers = [network(some.contiguous(memory_format=th.channels_last) / 255) for some in th.split(canvases, piece)]
    return th.cat(answers, dim=answers[0].dim() - 2)


def seconds_of(answer: Answer, canvases: th.Tensor, seconds: float) -> float:
    """Of the processor, for a canvas."""
    passes = 0
    with th.no_grad():
        answer(canvases[:1])
        start = time.process_time()
        while not passes or time.process_time() - start < seconds:
            answer(canvases)
            passes += 1
        return (time.process_time() - start) / passes / len(canvases)


if __name__ == "__main__":
    tyro.cli(main)
