"""What networks with a memory rest on, from what ``scripts/benchmarks/memory`` writes into results/memory."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from saccade.scripts.tables.markdown import NOTHING, read_csv, read_jsons, short_commit, table, with_interval

FOLDER = "memory"  # in results/
PICTURED = "pen-more-decay-seed-0"  # the run whose dot is drawn: the one with the most letters right on validation words
Measured = Mapping[str, Any]
Figure = Mapping[str, Any]

METHODS = {
    "jacobian": "Jacobian",
    "integrated_gradients": "integrated gradients",
    "occlusion": "occlusion",
    "recency": "recency (the last step)",
    "random steps": "a random step (expected)",
}
IN_A_SENTENCE = {"occlusion": "occlusion", "jacobian": "the Jacobian", "integrated_gradients": "integrated gradients"}
LETTERS = {
    "letters": "all letters",
    "with_dot": "i and j with their dot",
    "without_dot": "i and j without it",
    "t_and_x": "t and x",
    "others": "other letters",
    "ends": "the end of the word",
    "whole_words": "whole words",
}
WAYS = {
    "written_without": "the word is written without it",
    "lifted": "the pen moves as before, without ink",
    "at_rest": "the pen rests instead",
}
DELETED = {
    "this_dot": "this dot",
    "another_delayed_stroke": "another dot, bar or second line",
    "a_stretch_of_that_size": "as many steps elsewhere",
}
CHOOSERS = {
    "map": "the map's stroke",
    "other_segment": "another stroke of about that size",
    "recency": "the last steps",
    "random_stretch": "steps in a row",
    "random_steps": "single steps",
}
PARTS_OF_PEAKS = {
    "on_this_dot_where_others_follow": "on this dot, where its dot is not the last stroke",
    "on_this_dot_where_right": "on this dot, where right with the dot and without",
    "on_this_dot_after_50_steps": "on this dot, 50 or more steps after the body",
}
FEWEST_WORDS = 10  # of an interval
WHERE = {"earlier": "before -ing", "i": "i", "n": "n", "g": "g"}
ENDINGS = {"with_ending": "-ing", "without_ending": "other letters for i and n"}
DOTS = {"after the word": "", "at once": "_at_once"}
ASKED = ("run", "asked with")


def pen_runs(results: Path) -> list[Measured]:
    """What was measured of each run on PenStrokes, sorted by the names of the files."""
    return list(read_jsons(results, FOLDER, "pen-*.json").values())


def letters(results: Path) -> list[str]:
    """Shares of letters right: a row a run and a place of its dots, a column a kind of letter."""
    rows = [[*who, *(_share(run[f"letters{at_once}"][kind]) for kind in LETTERS)] for who, run, at_once in _asked(results)]
    return _table((*ASKED, *LETTERS.values()), rows)


def peaks(results: Path) -> list[str]:
    """How often the strongest step is one of this dot: rows as in :func:`letters`, a column a map."""
    rows = []
    for who, run, at_once in _asked(results):
        found = run[f"dots{at_once}"]
        delay = found["delay_steps"]
        on_dot = [_share(found["peaks"][name]["on_this_dot"]) for name in METHODS]
        rows.append([*who, *on_dot, _share(found["right_both"]), f"{delay['median']:.0f}, {delay['most']:.0f}"])
    more = ("right with the dot and without", "steps from the body to its dot: median, most")
    return _table((*ASKED, *METHODS.values(), *more), rows)


def leads(results: Path) -> list[str]:
    """How much more often than the last step the strongest step is one of this dot, on the same questions; and in parts of them."""
    rows = []
    for run in pen_runs(results):
        for name, title in METHODS.items():
            found = run["dots"]["peaks"][name]
            if "lead_over_recency" in found and name != "recency":
                rows.append([_title(run), title, _share(found["lead_over_recency"], sign="+"), *map(_counted, _parts_of(found))])
    return _table(("run", "map", "lead over the last step", *PARTS_OF_PEAKS.values()), rows)


def flips(results: Path) -> list[str]:
    """How often another letter is named, by what is deleted and how."""
    rows = []
    for way, how in WAYS.items():
        for deleted, what in DELETED.items():
            found = [run["dots"]["flips"][way].get(deleted) for run in pen_runs(results)]
            if found and all(found):
                rows.append([what, how, *map(_share, found)])
    return _table(("deleted", "how", *map(_title, pen_runs(results))), rows)


def strokes(results: Path) -> list[str]:
    """How often another letter is named if the pen rests in the stroke with the strongest step: a row a map, columns are rivals."""
    rows = []
    for run in pen_runs(results):
        for method, found in run["dots"]["strokes"].items():
            flips_of = [found.get(f"flips_{who}") for who in CHOOSERS]
            cells = ["none" if x is None else f"{100 * x:.1f} %" for x in flips_of]
            lead = {end or "mean": found.get(f"flips_lead_over_recency{end}") for end in ("", "_low", "_high")}
            told = {"mean": lead["mean"], "low": lead["_low"], "high": lead["_high"]}
            rows.append([_title(run), METHODS[method], *cells, _share(told, sign="+")])
    return _table(("run", "map", *CHOOSERS.values(), "lead of the map's stroke over the last steps"), rows)


def endings(results: Path) -> list[str]:
    """Where the evidence for the last letter, g, lies."""
    rows = []
    for method in ("jacobian", "integrated_gradients", "occlusion"):
        for run in pen_runs(results):
            for ending, words in ENDINGS.items():
                shares = run["endings"]["evidence"][ending][method]["g"]
                rows.append([METHODS[method], _title(run), words, *(_share(shares[part]) for part in WHERE)])
    for run in pen_runs(results)[:1]:  # the words and hands are the same for all
        for ending, words in ENDINGS.items():
            rows.append(
                ["share of the steps", "all", words, *(_share(run["endings"]["evidence"][ending]["steps"][p]) for p in WHERE)]
            )
    return _table(("map", "run", "words", *(f"on {name}" for name in WHERE.values())), rows)


def naming(results: Path) -> list[str]:
    """How sure of g the network is without some of the ink."""
    missing = {"nothing": "nothing", "two_letters_before": "the two letters before g", "g": "the g itself"}
    rows = []
    for run in pen_runs(results):
        for ending, words in ENDINGS.items():
            found = run["endings"]["naming"][ending]
            rows.append([_title(run), words, *(_share(found[name]["says_g"]) for name in missing)])
    return _table(("run", "words", *(f"ink that is missing: {what}" for what in missing.values())), rows)


def validation(results: Path) -> list[str]:
    """Letters right on validation words while a run learned: a row a run, from the scores that its checkpoints have."""
    rows = []
    for name, scores in read_jsons(results, FOLDER, "validation-*.json").items():
        told = [f"{int(step.removeprefix('step_')) / 1e6:.0f} M: {100 * share:.1f} %" for step, share in scores.items()]
        rows.append([name.removeprefix("validation-"), ", ".join(told)])
    return _table(("run", "env steps: right answers on validation words, the end of a word among them"), rows)


def tried(results: Path) -> list[str]:
    """How far single short trials came."""
    if not (results / FOLDER / "pen-tried.csv").exists():
        return NOTHING
    rows = [
        [each["tried"], each["updates"], each["passes"], f"{100 * float(each['validation_letters_right']):.0f} %"]
        for each in read_csv(results, f"{FOLDER}/pen-tried.csv")
    ]
    return table(("tried", "updates of 32 episodes", "passes over each", "letters right, validation"), rows)


def control(results: Path) -> list[str]:
    """Networks that learned with dots after the word, and those that learned with dots at once, each asked about such words."""
    controls = read_jsons(results, FOLDER, "control-*.json")
    rows = []
    for run in (*pen_runs(results), *controls.values()):
        delay, found = run["dots"]["delay_steps"], run["dots"]["peaks"]
        right = [_share(run["letters"][kind]) for kind in ("letters", "with_dot", "without_dot")]
        steps = ", ".join(f"{delay[name]:.0f}" for name in ("least", "median", "most"))
        peak = [_share(found[name]["on_this_dot"]) for name in METHODS]
        rows.append([f"dots {run.get('env_kwargs', {}).get('dots', 'after')}, {_title(run)}", *right, steps, *peak])
    columns = ("learned and asked with", "all letters right", "i and j with their dot", "i and j without it")
    head = (*columns, "steps from the body to its dot: least, median, most", *(f"peak on this dot: {x}" for x in METHODS.values()))
    return table(head, rows) if controls else NOTHING


def commands(results: Path) -> str:
    """Commits, hardware, and how long the training was."""
    told = [
        f"{run['run']}: {run['env_steps']:,} steps, measured at commit {short_commit(run['commit'])}" for run in pen_runs(results)
    ]
    machines = dict.fromkeys(f"{run['hardware']['cpu']}, torch {run['torch']}" for run in pen_runs(results))
    return "; ".join([*told, *machines]) or "not measured yet"


def _asked(results: Path) -> list[tuple[list[str], Measured, str]]:
    """Each run twice: its name and where the dots were, its figures, and the end of the keys in them."""
    return [([_title(run), f"dots {where}"], run, end) for run in pen_runs(results) for where, end in DOTS.items()]


def _title(run: Measured) -> str:
    """The seed, and what is not as in the file of hyperparameters."""
    own = [f"{name} {value}" for name, value in run.get("env_kwargs", {}).items() if name not in ("dots", "split")]
    decay = [f"weight decay {run['weight_decay']:g}"] if run["weight_decay"] else []
    return ", ".join([f"seed {run['seed']}", *own, *decay])


def _table(head: Sequence[str], rows: list[list[Any]]) -> list[str]:
    return table(head, rows) if rows else NOTHING


def dot_in_words(results: Path) -> str:
    """What the readme says below the picture of the dot, of the run in it."""
    run = _pictured(results)
    if run is None:
        return "not measured yet"
    figures = {name: run["dots"]["peaks"][name]["on_this_dot"] for name in METHODS}
    found = {name: _share(figure) for name, figure in figures.items()}
    named = ", ".join(f"{found[name]} for {title}" for name, title in IN_A_SENTENCE.items())
    words = f"{figures['jacobian']['count']} questions about {figures['jacobian']['words']} words"
    recency = f"{found['recency']} for the last step, which knows no network"
    right = _share(run["letters"]["letters"])
    return f"{named}, {recency} ({words} that it has not seen); the agent names {right} of the letters right"


def lead_in_words(results: Path) -> str:
    """How far the maps of this run are ahead of the last step, and how many of these leads are sure."""
    run = _pictured(results)
    if run is None:
        return "not measured yet"
    figures = {title: run["dots"]["peaks"][name]["lead_over_recency"] for name, title in IN_A_SENTENCE.items()}
    named = ", ".join(f"{_share(figure, sign='+')} for {title}" for title, figure in figures.items())
    sure = sum(figure["low"] > 0 for figure in figures.values())
    return f"{named}; {sure or 'none'} of these intervals {'are' if sure > 1 else 'is'} above 0"


def _pictured(results: Path) -> Measured | None:
    return next((run for run in pen_runs(results) if run["run"] == PICTURED), None)


def _share(figure: Figure, sign: str = "") -> str:
    """A share with its interval."""
    mean, low, high = (figure[name] for name in ("mean", "low", "high"))
    return with_interval(mean, low, high, lambda x: f"{100 * x:{sign}.1f}", none="none", unit=" %")


def _parts_of(found: Mapping[str, Figure]) -> list[Figure]:
    return [found[name] for name in PARTS_OF_PEAKS]


def _counted(figure: Figure) -> str:
    """A share with the number of its questions; with an interval if they are of enough words."""
    few = figure["words"] < FEWEST_WORDS
    return f"{_share({**figure, 'low': None} if few else figure)} of {figure['count']}"


TABLES: dict[str, Callable[[Path], list[str]]] = {
    "pen-letters": letters,
    "pen-peaks": peaks,
    "pen-leads": leads,
    "pen-flips": flips,
    "pen-strokes": strokes,
    "pen-endings": endings,
    "pen-naming": naming,
    "pen-validation": validation,
    "pen-tried": tried,
    "pen-control": control,
}
VALUES: dict[str, Callable[[Path], str]] = {"pen-where": commands, "pen-dot": dot_in_words, "pen-dot-lead": lead_in_words}
