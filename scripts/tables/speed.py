"""Speed and memory beside other implementations, from what benchmark.py writes."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

from saccade.scripts.tables.markdown import NOT_MEASURED, read_json, short_commit, table, three_digits

MAIN, REPLAY, CALLBACK, GLIMPSES, SALIENCY, IN_A_SCRIPT = (
    f"benchmark-2-cores{part}.json" for part in ("", "-replay", "-callback", "-glimpses", "-saliency", "-in-a-script")
)
OVERHEAD, OVERHEAD_LONG, MOST_OVERHEAD = "sweep-overhead.json", "sweep-overhead-long.json", 5  # % of the time by hand, the target
WAITING, SCRIPTS_OWN = "waiting-threads.json", "-in-a-script"  # the end of a row's name
GPU, ATTENTION = "benchmark-h200-pqn.json", "benchmark-2-cores-attention.json"
LSTM = "benchmark-2-cores-attention-lstm.json"
LSTM_BEFORE = tuple(f"benchmark-2-cores-attention-lstm-{what}.json" for what in ("before", "cell", "late", "product"))
SIDE_BY_SIDE, ONE_ALONE, ALONE = "side-by-side.json", "side-by-side-alone.json", "1 at once"
FAST, PLAIN = "bfloat16, compiled", "float32"  # how the suite's agents and SB3 compute on a CPU by default
WHAT = {  # row: (ours, the other), with the settings of both
    "env-vs-sb3": ("`make_atari`, 8 games", "SB3's `make_atari_env`, 8 games in one process"),
    "env-vs-ale": ("`make_atari`, 8 games", "the bare `AtariVectorEnv`, 8 games"),
    "env-vs-envpool": ("`make_atari`, 8 games", "EnvPool, 8 games"),
    "dqn-loop": (
        f"dueling `DoubleDQN`, 32 envs, {FAST}, batch 32, 1 update in 4 env steps",
        f"SB3's `DQN`, 1 env, {PLAIN}, batch 32, 1 update in 4 env steps",
    ),
    "dqn-loop-256": (
        f"dueling `DoubleDQN`, 32 envs, {FAST}, batch 256, 1 update in 32 env steps",
        f"SB3's `DQN`, 1 env, {PLAIN}, batch 256, 1 update in 32 env steps",
    ),
    "dqn-vs-cleanrl": (
        f"dueling `DoubleDQN`, 32 envs, {FAST}, batch 32, 1 update in 4 env steps",
        f"CleanRL's DQN loop, 1 env, {PLAIN}, batch 32, 1 update in 4 env steps",
    ),
    "pqn-vs-dqn": (
        f"`PQN`, 32 envs, {FAST}, learns from each env step twice",
        f"SB3's `DQN`, 1 env, {PLAIN}, batch 32, 1 update in 4 env steps: learns from each env step 8 times",
    ),
    "pqn-vs-ppo": (
        f"`PQN`, 32 envs, {FAST}, learns from each env step twice",
        f"SB3's `PPO`, 8 envs, {PLAIN}, learns from each env step 4 times",
    ),
    "glimpse-pqn-vs-pqn": (
        f"`PQN` through a fovea (3 scales of 21x21 pixels, the widest an overview, pasted), 32 envs, {FAST}",
        f"`PQN` with a full view, 32 envs, {FAST}",
    ),
    **{
        f"soft-attention-update-{places}": (
            f"`PQN`'s update with soft attention over {about}, {FAST}",
            f"the same with the plain dueling network, {FAST}",
        )
        for places, about in (
            ("7x7", "7x7 places"),
            ("10x10", "10x10 places"),
            ("10x10-mask", "10x10 places, as a mask"),
            ("15x15", "15x15 places"),
        )
    },
    "soft-attention-lstm": (
        f"`RecurrentPPO` with `SoftAttentionLstmPolicy`, 8 envs, {PLAIN}",
        f"the same with `CnnLstmPolicy`, 8 envs, {PLAIN}",
    ),
    "env-vs-pqn": ("`make_atari`, 32 games alone", f"`PQN`'s whole loop, 32 envs, {FAST}"),
    "replay-sample": ("`FrameReplayBuffer`, batches of 256", "SB3's `ReplayBuffer`, batches of 256"),
    "replay-memory": ("`FrameReplayBuffer`, a million transitions", "SB3's `ReplayBuffer`, a million transitions"),
    "saliency-maps": ("V and A maps of 64 observations", "captum, one observation at a time"),
    "saliency-maps-batch": ("V and A maps of 64 observations", "captum, all observations at once"),
    "saliency-all-heads": ("maps of all 22 heads of 64 observations", "captum, head by head, one observation at a time"),
    "greydanus": ("Greydanus's maps of V of 4 observations", "the published loop, place by place"),
    "sequential-memory": ("Jacobian through time, 128 steps of 4x84x84, `CnnLstmPolicy`", "what it may take"),
    "gaze-env-vs-ap-gym": ("256 cluttered 60x60 canvases with their gaze", "ap_gym's CircleSquare, 28x28, 16 envs"),
    "reinforce-loop": ("`REINFORCE.learn` through env and VecEnv", "a plain loop of torch, same network and loss"),
    "glimpse-forward-256": ("`GlimpsePolicy` on 256x256", "the same on 64x64"),
    "glimpse-forward-1024": ("`GlimpsePolicy` on 1024x1024", "the same on 64x64"),
    "cnn-forward-256": ("SB3's `CnnPolicy` on 256x256", "the same on 64x64"),
}
HEAD = ("row", "ours", "beside", "unit", "ours", "the other", "ratio (rounds)", "target", "")
OVERVIEW = (
    ("pqn-vs-dqn", "speed.md"),
    ("pqn-vs-ppo", "speed.md"),
    ("dqn-loop", "speed.md"),
    ("dqn-loop-256", "speed.md"),
    ("env-vs-sb3", "speed.md"),
    ("replay-memory", "speed.md"),
    ("saliency-maps", "speed.md"),
    ("saliency-maps-batch", "speed.md"),
    ("saliency-all-heads", "speed.md#speed-of-saliency"),
    ("greydanus", "speed.md#speed-of-saliency"),
    ("reinforce-loop", "speed.md#speed-of-glimpses"),
    ("gaze-env-vs-ap-gym", "speed.md#speed-of-glimpses"),
)


def measured(results: Path) -> dict[str, dict[str, Any]]:
    """{row: its entry}; a row that was measured again by itself counts as measured last."""
    found: dict[str, dict[str, Any]] = {}
    for file in (MAIN, REPLAY, CALLBACK, GLIMPSES, SALIENCY):
        for row in read_json(results, file)["rows"]:
            if file != SALIENCY or row["name"] not in found:
                found[row["name"]] = row
    return found


def line(row: dict[str, Any]) -> list[object]:
    """A row of the benchmark, with the range of its rounds."""
    ours, other = WHAT[row["name"].removesuffix(SCRIPTS_OWN)]
    sign = "<=" if row["better"] == "lower" else ">="
    target = "none" if row["target"] is None else f"{sign} {row['target']:.3g}"
    met = None if row["target"] is None else _judged(row) if row["met"] else "missed"
    return [row["name"], ours, other, row["unit"], three_digits(row["ours"]), three_digits(row["peer"]), _ratio(row), target, met]


def _judged(row: Mapping[str, Any]) -> str:
    """A target that is met: whether it is in each round."""
    ratios = [pair[0] / pair[1] for pair in row["rounds"] if pair[1]]
    reached = [ratio <= row["target"] if row["better"] == "lower" else ratio >= row["target"] for ratio in ratios]
    return "met" if all(reached) else f"met by the median, {reached.count(True)} of {len(reached)} rounds"


def _ratio(row: Mapping[str, Any]) -> str:
    """Its ratio, with the range of its rounds."""
    ratios = [pair[0] / pair[1] for pair in row["rounds"] if pair[1]]
    low, high = three_digits(min(ratios)), three_digits(max(ratios))
    return three_digits(row["ratio"]) + (f" ({low} to {high})" if len(ratios) > 1 else "")


def measurements_of(name: str, files: tuple[str, ...], results: Path) -> str:
    """The ratio of a row in each of some files, with its commit."""
    told = []
    for about in (read_json(results, file) for file in files):
        told += [f"{_ratio(row)} at commit {short_commit(about['commit'])}" for row in about["rows"] if row["name"] == name]
    return ", ".join(told)


def rows_of(files: tuple[str, ...], results: Path) -> list[str]:
    """All rows of some files; of a row in several files the last."""
    rows: dict[str, dict[str, Any]] = {}
    if not (results / files[0]).exists():
        return NOT_MEASURED
    for file in files:
        rows |= {row["name"]: row for row in read_json(results, file)["rows"]}
    return table(HEAD, [line(row) for row in rows.values()])


def overview(results: Path) -> list[str]:
    """The most important rows."""
    rows = measured(results)
    lines = []
    for name, page in OVERVIEW:
        ours, other = WHAT[name]
        row = rows[name]
        figures = [three_digits(row[key]) for key in ("ours", "peer", "ratio")]
        lines.append([ours, other, row["unit"], *figures, f"[speed](../results/{page})"])
    return table(("ours", "beside", "unit", "ours", "the other", "ratio", "source"), lines)


def missed(results: Path) -> str:
    """The targets that were missed, in words."""
    files = [file for file in (IN_A_SCRIPT, ATTENTION, LSTM) if (results / file).exists()]
    others = {row["name"]: row for file in files for row in read_json(results, file)["rows"]}  # the last measurement of a row
    rows = [row for row in (*measured(results).values(), *others.values()) if row["target"] is not None and not row["met"]]
    told = [f"{row['name']} ({three_digits(row['ratio'])} instead of {row['target']:.3g})" for row in rows]
    sweeps = [row for _, row in _sweeps(results)]
    if sweeps and (more := _more(_together(sweeps))) > MOST_OVERHEAD:
        told.append(f"the time of a sweep ({more:+.1f} % instead of at most {MOST_OVERHEAD} %)")
    return ", ".join(told)


def callback(results: Path) -> str:
    """What the saliency callback costs."""
    (row,) = read_json(results, CALLBACK)["rows"]
    share, target, met = 100 * row["ratio"], 100 * row["target"], "met" if row["met"] else "missed"
    return (
        f"DoubleDQN took {row['peer']:.1f} s without the callback (in two halves, one before and one after) and "
        f"{row['ours']:.1f} s more with it: {share:.2f} %. The target is at most {target:.0f} %: {met}"
    )


def side_by_side(results: Path) -> list[str]:
    """Several trainings at once, beside one alone."""
    if not (results / SIDE_BY_SIDE).exists():
        return NOT_MEASURED
    rows = read_json(results, SIDE_BY_SIDE)["rows"]
    alone = {(row["agent"], row.get("round")): row["together"] for row in rows if row["way"] == ALONE}
    lines = []
    for row in rows:
        each = ", ".join(f"{rate:,.0f}" for rate in row["rates"])
        threads = ", ".join("all" if number is None else str(number) for number in row["threads"])
        ratio = f"{row['together'] / alone[row['agent'], row.get('round')]:.2f}"
        lines.append([row["agent"], row["way"], each, f"{row['together']:,.0f}", ratio, threads, f"{max(row['heard']):.1f} s"])
    return table(("agent", "trainings", "env steps/s of each", "together", "beside one alone", "threads of each", "heard"), lines)


def one_alone(results: Path) -> list[str]:
    """One training alone, beside the other checkout, in several rounds."""
    if not (results / ONE_ALONE).exists():
        return NOT_MEASURED
    rates: dict[str, dict[str, list[float]]] = {}
    for row in read_json(results, ONE_ALONE)["rows"]:
        rates.setdefault(row["agent"], {}).setdefault(row["way"], []).append(row["together"])
    lines = []
    for agent, ways in rates.items():
        for way, found in ways.items():
            each = ", ".join(f"{rate:,.0f}" for rate in found)
            ratio = f"{fmean(found) / fmean(ways[ALONE]):.2f}"  # a round may have been cut off, so they are not sums
            lines.append([agent, way, each, f"{fmean(found):,.0f}", ratio])
    return table(("agent", "training", "env steps/s, by round", "mean", "beside ours"), lines)


def sweep_overhead(results: Path) -> list[str]:
    """A sweep beside its command lines by hand, for short runs and for longer ones."""
    rows = _sweeps(results)
    if not rows:
        return NOT_MEASURED
    total = _together([row for _, row in rows])
    lines = [_overhead(steps, row["round"] + 1, row["runs"], row["slots"], row) for steps, row in rows]
    lines.append(_overhead("together", None, None, None, total))
    head = (
        "env steps a run",
        "round",
        "runs",
        "at once",
        "the sweep",
        "by hand",
        "more",
        f"at most {MOST_OVERHEAD} %",
        "CPU time of the sweep itself, of that of its runs",
    )
    return table(head, lines)


def _sweeps(results: Path) -> list[tuple[str, Mapping[str, Any]]]:
    """(env steps of a run, its figures) of each round of each measurement."""
    found = [read_json(results, file) for file in (OVERHEAD, OVERHEAD_LONG) if (results / file).exists()]
    return [(f"{int(about['options']['total_timesteps']):,}", row) for about in found for row in about["rows"]]


def _together(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    return {name: sum(row[name] for row in rows) for name in ("seconds", "by_hand", "own_cpu", "cpu_of_runs")}


def _more(row: Mapping[str, Any]) -> float:
    """What a sweep takes more than the same by hand, in %."""
    return 100 * (row["seconds"] / row["by_hand"] - 1)


def _overhead(steps: str, number: int | None, runs: int | None, slots: int | None, row: Mapping[str, Any]) -> list[object]:
    more = _more(row)
    seconds = [f"{row[name]:.0f} s" for name in ("seconds", "by_hand")]
    judged = "met" if more <= MOST_OVERHEAD else "missed"
    own = f"{100 * row['own_cpu'] / row['cpu_of_runs']:.1f} %"
    return [steps, number, runs, slots, *seconds, f"{more:+.1f} %", judged, own]


def where(results: Path, file: str) -> str:
    """Commit and machine."""
    if not (results / file).exists():
        return "not measured yet"
    about = read_json(results, file)
    commit = f"Commit {short_commit(about['commit'])}" if about["commit"] else "A wheel, which knows no commit"
    hardware = about["hardware"]
    device = hardware.get("device", "cpu")
    gpu = "" if device == "cpu" else f" and an {device}, torch {about['versions']['torch']}"
    load = f", load {hardware['load']:.1f} when it began" if "load" in hardware else ""
    return f"{commit}, {hardware['cores']} cores of an {hardware['cpu']}{gpu}{load}"


def waiting(results: Path) -> list[str]:
    """Ways in which OpenMP's threads wait for work."""
    lines = []
    for row in read_json(results, WAITING)["rows"]:
        rates = row["rates"]
        lines.append([row["agent"], row["waiting"], ", ".join(f"{r:,.0f}" for r in rates), f"{sum(rates) / len(rates):,.0f}"])
    return table(("agent", "how threads wait", "env steps/s, by round", "mean"), lines)


def memory(side: str, results: Path) -> str:
    """GB of a million transitions: ours, or the peer's."""
    return three_digits(measured(results)["replay-memory"][side])


TABLES = {
    "speed": partial(rows_of, (MAIN, REPLAY)),
    "speed-glimpses": partial(rows_of, (GLIMPSES,)),
    "speed-saliency": partial(rows_of, (SALIENCY,)),
    "speed-overview": overview,
    "speed-side-by-side": side_by_side,
    "speed-one-alone": one_alone,
    "speed-in-a-script": partial(rows_of, (IN_A_SCRIPT,)),
    "speed-gpu": partial(rows_of, (GPU,)),
    "speed-attention": partial(rows_of, (ATTENTION, LSTM)),
    "speed-waiting": waiting,
    "speed-sweep": sweep_overhead,
}
VALUES = {"speed-missed": missed, "speed-callback": callback, "speed-side-by-side-about": partial(where, file=SIDE_BY_SIDE)}
VALUES |= {
    "speed-one-alone-about": partial(where, file=ONE_ALONE),
    "speed-sweep-about": partial(where, file=OVERHEAD),
    "speed-sweep-long-about": partial(where, file=OVERHEAD_LONG),
    "speed-in-a-script-about": partial(where, file=IN_A_SCRIPT),
    "speed-waiting-about": partial(where, file=WAITING),
    "speed-gpu-about": partial(where, file=GPU),
    "speed-attention-about": partial(where, file=ATTENTION),
    "speed-attention-lstm-about": partial(where, file=LSTM),
    "speed-attention-lstm-other": partial(measurements_of, "soft-attention-lstm", (ATTENTION,)),
    "speed-attention-lstm-before": partial(measurements_of, "soft-attention-lstm", (*LSTM_BEFORE, LSTM)),
}
VALUES |= {
    "replay-before": partial(measurements_of, "replay-sample", (MAIN,)),
    "maps-in-two-runs": partial(measurements_of, "saliency-maps", (MAIN, SALIENCY)),
    "maps-batch-in-two-runs": partial(measurements_of, "saliency-maps-batch", (MAIN, SALIENCY)),
}
VALUES |= {"replay-ours": partial(memory, "ours"), "replay-peer": partial(memory, "peer")}
