"""Answers and alignments in Reorder and CopyRecall, from what ``reorder.py`` writes into results/memory."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

from saccade.scripts.tables.markdown import read_json, short_commit, table, with_interval

Run = Mapping[str, Any]
FILE = "memory/reorder.json"
ORDERS = ("copy", "reversal", "permutation", "grammar")
TITLES = {
    "jacobian": "Jacobian",
    "jacobian_along_replacements": "Jacobian along replacements",
    "smoothed_along_replacements": "smoothed Jacobian along replacements",
    "integrated_gradients": "integrated gradients",
    "occlusion": "occlusion",
    "diagonal": "rival: diagonal",
    "recency": "rival: recency",
    "random": "rival: random step",
}
DELETED = {"map": "changed by the map's step", "diagonal": "diagonal", "recency": "recency", "random_steps": "random step"}
LEARNED = 99.0  # percent of the answers
BOTH_DECAYS = ("CopyRecall", "recurrent-ppo", {"delay": 5})  # the runs with and without weight decay
BY_DECAY = ("jacobian", "integrated_gradients", "occlusion", "recency", "random")


def runs_of(results: Path) -> list[Run]:
    """All runs of the file, sorted as they stand there; none if there is no file."""
    return list(read_json(results, FILE)["runs"]) if (results / FILE).exists() else []


def plain(runs: Sequence[Run], order: str) -> list[Run]:
    """The runs of an order with the usual settings, by seed."""
    found = [run for run in runs if _setting(run) == ("Reorder", "reinforce", {"order": order}) and not run["weight_decay"]]
    return sorted(found, key=lambda run: run["seed"])


def answers_table(results: Path) -> list[str]:
    """How many symbols are right, seed by seed."""
    rows = []
    for order in ORDERS:
        for run in plain(runs_of(results), order):
            told, longest = run["answers"], max(run["by_length"], key=int)
            right, questions = run["by_length"][longest]
            share = f"{100 * right / questions:.2f} %"
            rows.append([order, run["seed"], f"{run['env_steps']:,}", _right(told), f"{told['faultless_percent']:.1f} %", share])
    head = (
        "order",
        "seed",
        "env steps",
        "symbols right",
        "sequences without a mistake",
        "symbols right in sequences of full length",
    )
    return table(head, rows)


def alignment_table(results: Path) -> list[str]:
    """How often the strongest step is the right one, and the error rate; each the mean of the seeds, and every seed."""
    rows = []
    for order in ORDERS:
        runs = plain(runs_of(results), order)
        for name, title in TITLES.items():
            if runs and f"right_{name}" in runs[0]["alignment"]:
                right, error = ([run["alignment"][f"{what}_{name}"] for run in runs] for what in ("right", "error_rate"))
                anywhere = [run["of_all_steps"][f"right_{name}"] for run in runs]
                rows.append([order, title, _each(right, _percent), _each(error, _three_behind), _percent(mean(anywhere))])
    head = ("order", "aligned by", "right: mean (each seed)", "alignment error rate: mean (each seed)", "right among all steps")
    return table(head, rows)


def deletion_table(results: Path) -> list[str]:
    """How often the action changes if one step is taken away."""
    rows = []
    for order in ORDERS:
        runs = plain(runs_of(results), order)
        for method in runs[0]["deletion"] if runs else ():
            of_method = [run["deletion"][method] for run in runs]
            cells = [_percent(mean(one[f"flips_{who}"] for one in of_method)) for who in DELETED]
            least = min(one[f"flips_lead_over_{who}_low"] for one in of_method for who in ("recency", "random_steps"))
            rows.append([order, TITLES[method], *cells, _percent(least)])
    return table(("order", "method", *DELETED.values(), "lowest lead over recency and random"), rows)


def variants_table(results: Path) -> list[str]:
    """One seed with and without weight decay, and with noise in training."""
    rows = []
    for run in runs_of(results):
        if run["agent"] == "reinforce" and run["seed"] == 0 and "length" not in run["env_kwargs"]:
            told = [run["alignment"].get(f"right_{name}") for name in TITLES]
            cells = [None if x is None else _percent(x) for x in told[:5]]
            order, noise = (run["env_kwargs"].get(name) for name in ("order", "noise"))
            rows.append([run["task"], order, noise or 0, f"{run['weight_decay']:g}", _right(run["answers"]), *cells])
    head = ("task", "order", "noise in training", "weight decay", "right answers")
    return table((*head, *list(TITLES.values())[:5]), sorted(rows, key=lambda row: (str(row[0]), str(row[1]), row[2], row[3])))


def reward_table(results: Path) -> list[str]:
    """Reward alone beside right answers, on the same task."""
    runs = runs_of(results)
    of_reward, told = (
        [(run["task"], run["env_kwargs"]) for run in runs if run["agent"] == agent] for agent in ("recurrent-ppo", "reinforce")
    )
    rows = []
    for task, arguments in (each for each in of_reward if each in told):
        for run in runs:
            if (run["task"], run["env_kwargs"]) == (task, arguments) and not run["weight_decay"]:
                words = ", ".join(f"{name} {x}" for name, x in sorted(arguments.items())) or "as it is"
                learned = "yes" if run["answers"]["right_percent"] >= LEARNED else "no"
                chance = f"{100 / run['symbols']:.1f} %"
                steps = f"{run['env_steps']:,}"
                rows.append([task, words, run["agent"], run["seed"], steps, _right(run["answers"]), chance, learned])
    return table(("task", "arguments", "agent", "seed", "env steps", "right", "by chance", f"at least {LEARNED:g} %"), rows)


def decay_table(results: Path) -> list[str]:
    """RecurrentPPO on CopyRecall with one delay, seed by seed, with and without weight decay."""
    rows = []
    for run in runs_of(results):
        if _setting(run) == BOTH_DECAYS:
            strongest = [_with_interval(run["alignment"], f"right_{name}") for name in BY_DECAY]
            rows.append([f"{run['weight_decay']:g}", run["seed"], f"{run['env_steps']:,}", _right(run["answers"]), *strongest])
    head = ("weight decay", "seed", "env steps", "right answers", *(TITLES[name] for name in BY_DECAY))
    return table(head, sorted(rows, key=lambda row: (row[0], row[1])))


def where(results: Path, of_decay: bool = False) -> str:
    """Commit and machine of the measurement: of the runs with and without weight decay, or of all others."""
    runs = [run for run in runs_of(results) if (_setting(run) == BOTH_DECAYS) == of_decay]
    if not runs:
        return "not measured yet"
    commits = ", ".join(dict.fromkeys(short_commit(run["commit"]) for run in runs))
    machines = ", ".join(dict.fromkeys(f"{run['hardware']['cores']} cores of {run['hardware']['cpu']}" for run in runs))
    counts = dict.fromkeys(
        f"{run['settings']['answers']:,} episodes for answers, {run['settings']['episodes']} for maps" for run in runs
    )
    return f"commit {commits}; {machines}; {', '.join(counts)} a run"


def _setting(run: Run) -> tuple[str, str, Mapping[str, Any]]:
    return run["task"], run["agent"], run["env_kwargs"]


def _right(answers: Mapping[str, Any]) -> str:
    return f"{answers['right_percent']:.2f} +- {answers['standard_error']:.2f} %"


def _each(values: Sequence[float], form: Callable[[float], str]) -> str:
    return form(mean(values)) + (f" ({', '.join(map(form, values))})" if len(values) > 1 else "")


def _percent(x: float) -> str:
    return f"{100 * x:.1f} %"


def _with_interval(found: Mapping[str, float], name: str) -> str:
    low, high = (found.get(f"{name}_{end}") for end in ("low", "high"))
    return with_interval(found[name], low, high, lambda x: f"{100 * x:.1f}", unit=" %")


def _three_behind(x: float) -> str:
    return f"{x:.3f}"


TABLES = {
    "reordering-answers": answers_table,
    "reordering-alignment": alignment_table,
    "reordering-deletion": deletion_table,
    "reordering-variants": variants_table,
    "reordering-reward": reward_table,
    "copy-recall-decay": decay_table,
}
VALUES = {"reordering-where": where, "copy-recall-where": partial(where, of_decay=True)}
