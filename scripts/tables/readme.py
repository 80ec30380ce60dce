"""The few figures of the README."""

from pathlib import Path

from saccade.scripts.tables.enduro import HUMAN, by_protocol
from saccade.scripts.tables.evaluations import score_of
from saccade.scripts.tables.glimpse_claims.published import BEST_SEEN, RAM
from saccade.scripts.tables.glimpses import errors_of_seeds
from saccade.scripts.tables.markdown import read_json, short_commit, table, three_digits
from saccade.scripts.tables.speed import MAIN, WHAT, measured

SPEED = ("pqn-vs-dqn", "pqn-vs-ppo", "replay-memory", "saliency-maps-batch")
DIGITS = (
    ("cluttered-60-fc", "Mnih et al. 2014, both fully connected", RAM["cluttered-60-fc"]),
    (
        "cluttered-60",
        "the best of hard attention that we found reported; ours with two convolutions",
        BEST_SEEN["cluttered-60"],
    ),
)


def overview(results: Path) -> list[str]:
    """What was measured, in a few lines."""
    rows = []
    for name in SPEED:
        row, (ours, other) = measured(results)[name], WHAT[name]
        figures = [three_digits(row[side]) for side in ("ours", "peer")]
        rows.append([f"{ours}, {row['unit']} / {other}", *figures, "[speed](results/speed.md)"])
    seeds = by_protocol(results)
    scores = " and ".join(map(score_of, seeds.values()))
    others = "a human tester, without them (Wang et al. 2016)"
    about = f"`PQN` on Enduro after 10 million frames, sticky actions, {len(seeds)} seeds / {others}"
    rows.append([about, scores, f"{HUMAN:,.0f}", "[Enduro](results/enduro.md)"])
    for task, others, other in DIGITS:
        errors = errors_of_seeds(results, task)
        seeds_of = f"{len(errors)} seeds" if len(errors) > 1 else "one seed"
        about = f"60x60 cluttered MNIST, error in %, {seeds_of}, settings once chosen on test errors / {others}"
        rows.append([about, " and ".join(errors), other, "[glimpses](results/glimpses.md#again-with-a-validation-split)"])
    return table(("", "ours", "the other", "source"), rows)


def speed_where(results: Path) -> str:
    """Version, commit and machine of the rows of speed."""
    about = read_json(results, MAIN)
    versions, hardware = about["versions"], about["hardware"]
    ours = versions["saccade-rl" if "saccade-rl" in versions else "saccade"]  # the distribution's name changed after 0.1
    told = ", ".join(f"{name} {versions[name]}" for name in ("stable-baselines3", "captum", "torch"))
    return f"{hardware['cores']} cores of an {hardware['cpu']}, saccade {ours}, {told}, commit {short_commit(about['commit'])}"


TABLES = {"readme": overview}
VALUES = {"readme-speed-where": speed_where}
