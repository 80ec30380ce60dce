"""Scores on Enduro, from evaluations and learning curves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from saccade.envs.human_scores import RANDOM_AND_HUMAN
from saccade.scripts.tables.evaluations import FRAMES, NOTHING, played_of, score_of, score_rows
from saccade.scripts.tables.markdown import read_csv, read_json, read_jsons, table

EVALUATIONS = ("enduro-pqn/scores-seed-0.json", "enduro-pqn/scores-seed-1.json")
CURVES, DQN_CURVES, DQN_LOG = "enduro-pqn/curve.csv", "enduro-dueling-dqn/curve-32-envs.csv", "enduro-dueling-dqn/curve.csv"
STICKY = "enduro-pqn/sticky"  # folder of evaluations by the present protocol
PICTURED = 2  # seed of the run with the best score, whose maps are the first picture
_, HUMAN = RANDOM_AND_HUMAN["enduro"]

TESTER = ("a human tester (Wang et al. 2016, table 2)", "no-op starts, no sticky actions", f"{HUMAN:,.0f}")
OTHERS: tuple[list[object], ...] = (  # rows of what scores are compared with
    ["Dopamine's DQN / Rainbow after 10 million frames", "training return, sticky actions 0.25", "926 / 1,601", None],
    [
        "BTR (Clark et al. 2025) after 10 / 12 / 200 million frames",
        "100 games, from its authors' file",
        "1,149 / 2,045 / 2,340",
        None,
    ],
    ["the dueling paper's agent after 200 million frames", "no-op starts", "2,258", None],
    [*TESTER, None],
)


def scores(results: Path) -> list[str]:
    """The final scores of each seed, and what they are compared with."""
    rows: list[list[object]] = []
    for seed, file in enumerate(EVALUATIONS):
        report = read_json(results, file)
        rows += score_rows(f"PQN, seed {seed}, {FRAMES * report['env_steps']:,} frames", report)
        for row in [row for row in read_csv(results, CURVES) if row["seed"] == str(seed)][-2:]:
            mean, std = float(row["score_mean"]), float(row["score_std"])
            about = f"the same during training, {int(row['frames']):,} frames"
            rows.append([about, "greedy, 5 games", f"{mean:,.0f}, standard deviation {std:,.0f}", None])
    return table(("", "games", "score", "range"), [*rows, *OTHERS])


def by_protocol(results: Path) -> dict[int, Mapping[str, Any]]:
    """The evaluation of each seed by the present protocol."""
    return {int(name.removeprefix("seed-")): report for name, report in read_jsons(results, STICKY, "seed-*.json").items()}


def sticky_scores(results: Path) -> list[str]:
    """Each kind of games of each seed that was evaluated by the present protocol."""
    rows: list[list[object]] = []
    for seed, report in by_protocol(results).items():
        rows += score_rows(f"PQN, seed {seed}, {FRAMES * report['env_steps']:,} frames", report)
    return table(("", "games", "score", "range"), [*rows, *OTHERS]) if rows else NOTHING


def sticky_curve(results: Path) -> list[str]:
    """Scores of each seed while it learns."""
    file = results / STICKY / "curve.csv"
    if not file.exists():
        return NOTHING
    rows = read_csv(results, f"{STICKY}/curve.csv")
    seeds = sorted({row["seed"] for row in rows}, key=int)
    cells: dict[int, dict[str, str]] = {}
    for row in rows:
        score = f"{float(row['score_mean']):,.0f} ({float(row['score_std']):,.0f})"
        cells.setdefault(int(row["frames"]), {})[row["seed"]] = score
    lines = [[f"{frames:,}", *(of.get(seed) for seed in seeds)] for frames, of in sorted(cells.items())]
    return table(("frames", *(f"seed {seed}" for seed in seeds)), lines)


def overview(results: Path) -> list[str]:
    """A row a seed, by the present protocol."""
    rows: list[list[object]] = [
        [f"seed {seed}", played_of(report), score_of(report)] for seed, report in by_protocol(results).items()
    ]
    return table(
        ("", "games", "score"),
        [*rows, [*TESTER]],
    )


def agents(results: Path) -> list[str]:
    """Scores of the two agents while they learn."""
    dqn = read_csv(results, DQN_CURVES)
    pqn = [row for row in read_csv(results, CURVES) if row["seed"] == "0"][:4]
    rows = [
        [f"`{row['agent']}`", f"{int(row['env_steps']):,}", f"{float(row['score_mean']):,.0f}", f"{float(row['score_std']):,.0f}"]
        for row in (*dqn, *pqn)
    ]
    return table(("agent", "env steps", "mean score", "standard deviation"), rows)


def first_dqn(results: Path) -> list[str]:
    """Scores of a dueling DQN with the settings of the paper's time."""
    rows = [row for row in read_csv(results, DQN_LOG) if row.get("eval/score_mean")]
    cells = [
        [f"{int(row['time/total_timesteps']):,}", f"{float(row['eval/score_mean']):.1f}", f"{float(row['eval/score_std']):.1f}"]
        for row in rows
    ]
    return table(("env steps", "mean score", "standard deviation"), cells)


def of_picture(results: Path) -> str:
    """The frames and the score of the run whose maps the first picture shows, and how it was played."""
    report = read_json(results, f"{STICKY}/seed-{PICTURED}.json")
    return (
        f"{FRAMES * report['env_steps']:,} frames; score {score_of(report)} ({played_of(report)}), a human tester {HUMAN:,.0f} "
        "(Wang et al. 2016; without sticky actions)"
    )


TABLES = {
    "enduro-sticky": sticky_scores,
    "enduro-sticky-curve": sticky_curve,
    "enduro-scores": scores,
    "enduro-overview": overview,
    "enduro-agents": agents,
    "enduro-first-dqn": first_dqn,
}
VALUES = {"enduro-picture": of_picture}
