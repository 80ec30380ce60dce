"""Measures every speed claim of the suite, ours and the peer's in turns."""

import json
import platform
import textwrap
import time
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import torch as th

from saccade.envs.game_names import id_without_skip, resolve_game
from saccade.experiments import ConfigError, OutputError
from saccade.experiments.circumstances import commit, hardware, installed
from saccade.experiments.setup.device_and_seed import check_device
from saccade.scripts.benchmarks.claims import CLAIMS, Claim
from saccade.scripts.benchmarks.timing import Pairs, Setting, say

PACKAGES = ("saccade-rl", "stable-baselines3", "torch", "ale-py", "gymnasium", "numpy", "captum", "envpool")
WIDTH = 100  # columns of the table
BUSY = 0.25  # load on a core from which the figures come with a warning


@dataclass(frozen=True)
class Options:
    """Measure every speed claim of the suite beside its peer; a table on stdout, progress on stderr."""

    rows: tuple[str, ...] = ()
    """Rows to measure, by name; default: all, and without --long all but saliency-callback."""
    seconds: float = 4.0
    """Length of each measurement; there are two a round."""
    rounds: int = 3
    """Measurements of each side; medians are reported."""
    game: str = "Enduro"
    """Atari game in any spelling."""
    device: str = "auto"
    """Device of torch: auto, cpu, cuda, cuda:1, mps."""
    threads: int | None = None
    """Torch's threads on the CPU; default: torch's own choice. 1 is steadier where other programs run as well."""
    long: bool = False
    """Also measure saliency-callback, which takes 20 minutes."""
    json: Path | None = None
    """File to write the figures to; it must not exist yet."""


@dataclass(frozen=True)
class Row:
    """
    :param ours: median over the rounds
    :param peer: likewise
    :param ratio: median of the rounds' ratios ours / peer
    :param better: which ratio is the better one, "higher" or "lower"
    :param met: whether the ratio meets the target; None without one
    :param rounds: (ours, peer) as measured
    """

    name: str
    unit: str
    ours: float
    peer: float
    peer_name: str
    ratio: float
    target: float | None
    better: str
    met: bool | None
    note: str
    rounds: Pairs

    @classmethod
    def of(cls, claim: Claim, pairs: Pairs) -> "Row":
        ratio = median(ours / peer for ours, peer in pairs)
        met = None if claim.target is None else ratio <= claim.target if claim.at_most else ratio >= claim.target
        ours, peer = (median(side) for side in zip(*pairs, strict=True))
        better = "lower" if claim.at_most else "higher"
        return cls(claim.name, claim.unit, ours, peer, claim.peer_name, ratio, claim.target, better, met, claim.note, pairs)


def measure(options: Options) -> None:
    """Measure, print the table, and write the figures."""
    claims = chosen_claims(options)
    setting = check(options, claims)
    if options.threads is not None:
        th.set_num_threads(options.threads)
    about = circumstances(options)  # before the measuring itself makes the machine busy
    start, measured = time.perf_counter(), []
    for i, claim in enumerate(claims):
        say(f"{claim.name} (row {i + 1} of {len(claims)}): {claim.unit}, ours against {claim.peer_name}")
        measured.append(Row.of(claim, claim.measure(setting)))
    say(f"measured in {time.perf_counter() - start:.0f} s")
    print(table(measured))
    machine = about["hardware"]
    print(f"\n{machine['cpu']}, {machine['cores']} cores; torch on {machine['device']}, threads: {machine['torch_threads']}.")
    print(f"{options.game}; speeds are medians of {options.rounds} rounds of {options.seconds:g} s.")
    if machine["load"] > BUSY * machine["cores"]:
        print(f"Other programs were running (load {machine['load']:.1f} at the start): the figures are unsure.")
    for claim in CLAIMS if not options.rows else ():
        if claim not in claims:
            print(
                f"Not measured: {claim.name}; "
                + (
                    f"it needs {claim.needs}, which is not installed."
                    if not claim.long
                    else "it takes 20 minutes, and --long measures it."
                )
            )
    if options.json is not None:
        with options.json.open("x", encoding="utf-8") as file:
            json.dump({**about, "rows": [asdict(row) for row in measured]}, file, indent=2)


def chosen_claims(options: Options) -> list[Claim]:
    """:raises ConfigError: if a row is unknown, or takes the long form"""
    for name in options.rows:
        claim = next((claim for claim in CLAIMS if claim.name == name), None)
        if claim is None:
            raise ConfigError(f"unknown row {name!r}; it must be one of: {', '.join(claim.name for claim in CLAIMS)}")
        if claim.long and not options.long:
            raise ConfigError(f"the row {name} takes 20 minutes; say --long to measure it")
    if options.rows:
        return [claim for claim in CLAIMS if claim.name in options.rows]
    there = [claim for claim in CLAIMS if claim.needs is None or find_spec(claim.needs) is not None]
    return [claim for claim in there if options.long or not claim.long]


def check(options: Options, claims: list[Claim]) -> Setting:
    """:raises ConfigError: if anything is wrong that would come up while measuring"""
    for name, value in (("rounds", options.rounds), ("threads", 1 if options.threads is None else options.threads)):
        if value < 1:
            raise ConfigError(f"--{name} is {value}; it must be at least 1")
    if not 0 < options.seconds <= 3600:
        raise ConfigError(f"--seconds is {options.seconds}; it must be above 0 and at most 3600")
    if options.json is not None and options.json.exists():
        raise OutputError(f"{options.json} exists; choose another --json file or remove it")
    if options.json is not None and not options.json.parent.is_dir():
        raise OutputError(f"{options.json.parent} is not a folder, so {options.json.name} cannot be written there")
    for claim in claims:
        if claim.needs is not None and find_spec(claim.needs) is None:
            raise ConfigError(f"the row {claim.name} needs {claim.needs}, which is not installed; pip install {claim.needs}")
    check_device(options.device)
    try:
        rom = resolve_game(options.game)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    sb3_id = id_without_skip(rom)
    if sb3_id is None:
        raise ConfigError(f"ale-py has no NoFrameskip-v4 id for {options.game}, which SB3's envs need; Enduro has one")
    return Setting(options.game, sb3_id, options.device, options.seconds, options.rounds, options.threads)


def circumstances(options: Options) -> dict[str, Any]:
    """When, where and with what the figures came about."""
    return {
        "date": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "commit": commit(),
        "hardware": hardware(options.device),
        "versions": {"python": platform.python_version(), **{name: installed(name) for name in PACKAGES}},
        "game": options.game,
        "seconds": options.seconds,
    }


def table(measured: list[Row]) -> str:
    """A line of figures a row, and below it what they mean."""
    form = "{:<20} {:>14} {:>14} {:<14} {:>8} {:>9}  {:<7}"
    lines = [form.format("row", "ours", "peer", "unit", "ratio", "target", "met").rstrip(), "-" * WIDTH]
    for row in measured:
        bound = "-" if row.target is None else f"{'<=' if row.better == 'lower' else '>='} {row.target:.3g}"
        verdict = {None: "-", True: "yes", False: "MISSED"}[row.met]
        figures = figure(row.ours), figure(row.peer), row.unit, figure(row.ratio)
        lines.append(form.format(row.name, *figures, bound, verdict).rstrip())
        ratios = [ours / peer for ours, peer in row.rounds]
        spread = f" (ratios of the rounds: {figure(min(ratios))} to {figure(max(ratios))})" if len(ratios) > 1 else ""
        text = f"vs {row.peer_name}. {row.note}{spread}"
        lines += textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def figure(value: float) -> str:
    """Three significant digits, or all that stand before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
