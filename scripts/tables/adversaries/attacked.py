"""What agents and their rivals still answer rightly under attack, from the files that saccade attack writes."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from saccade.scripts.tables.markdown import read_jsons, short_commit, table

FOLDER = "glimpses/adversarial"  # of results; each file is an attack.json under another name
NOT_RUN = "not run"
CLEAN, OCCLUSION, WORST = "clean", "occlusion", "worst"
WORDS = {True: "passed", False: "FAILED", None: "not run"}

Row = Mapping[str, Any]


def kept(results: Path) -> dict[str, dict[str, Any]]:
    """The content of each file by its name."""
    return read_jsons(results, FOLDER)


def share(row: Row) -> str:
    """The accuracy of a row in %, with its standard error; in brackets by majority where that is another number."""
    accuracy, majority = f"{100 * row['accuracy']:.1f}", f"{100 * row['majority']:.1f}"
    error = "" if row["standard_error"] is None else f" +- {100 * row['standard_error']:.1f}"
    return f"{accuracy}{error}" + (f" ({majority})" if majority != accuracy else "")


def matching(content: Mapping[str, Any], victim: str) -> str | None:
    """How many points a rival is from the first network on clean canvases, and whether that is matched; None for the first."""
    for each in content.get("clean", []):
        if each["victim"] == victim:
            return f"{100 * each['difference']:+.1f}, {'matched' if each['matched'] else 'NOT matched'}"
    return None


def worst(results: Path) -> list[str]:
    """Every network under the worst of all attacks on each canvas; beside clean canvases, whether it matches the first network."""
    files = kept(results)
    eps = eps_of(row for content in files.values() for row in content["rows"])
    lines = []
    for name, content in files.items():
        for victim in victims(content):
            own = [row for row in content["rows"] if row["victim"] == victim]
            cells = [_cell([row for row in own if row["attack"] == WORST and row["eps"] == each]) for each in eps]
            clean = _cell([row for row in own if row["attack"] == CLEAN])
            lines.append([name, victim, own[0]["canvases"], clean, matching(content, victim), *cells])
    head = ("attack", "network", "canvases", "clean", "clean, beside the first", *(f"eps {each:g}" for each in eps))
    return table(head, lines or [[NOT_RUN] * len(head)])


def ladder(results: Path) -> list[str]:
    """Every rung, and noise; of several losses the one that leaves least."""
    files = kept(results)
    eps = eps_of(row for content in files.values() for row in content["rows"])
    lines = []
    for name, content in files.items():
        for victim in victims(content):
            own = [row for row in content["rows"] if row["victim"] == victim and row["attack"] not in (CLEAN, OCCLUSION, WORST)]
            for attack in dict.fromkeys(row["attack"] for row in own):
                cells = [_cell([row for row in own if row["attack"] == attack and row["eps"] == each]) for each in eps]
                lines.append([name, victim, attack, *cells])
    head = ("attack", "network", "rung or noise", *(f"eps {each:g}" for each in eps))
    return table(head, lines or [[NOT_RUN] * len(head)])


def occlusion(results: Path) -> list[str]:
    """A black square over the digit."""
    files = kept(results)
    found = [row for content in files.values() for row in content["rows"] if row["attack"] == OCCLUSION]
    sides = sorted({row["side"] for row in found})
    lines = [
        [name, victim, *(_cell(_hidden(content["rows"], victim, side)) for side in sides)]
        for name, content in files.items()
        for victim in victims(content)
    ]
    head = ("attack", "network", *(f"{side} pixels" for side in sides))
    return table(head, lines or [[NOT_RUN] * len(head)])


def checks(results: Path) -> list[str]:
    """Whether each attack works."""
    lines = [
        [name, each["victim"], each["check"], each["rule"], WORDS[each["passed"]]]
        for name, content in kept(results).items()
        for each in content["checks"]
    ]
    head = ("attack", "network", "check", "rule", "")
    return table(head, lines or [[NOT_RUN] * len(head)])


def where(results: Path) -> str:
    """Settings, commits and hardware of all files."""
    told = []
    for name, content in kept(results).items():
        settings, machine = content["settings"], content["hardware"]
        commits = ", ".join(dict.fromkeys(short_commit(row["commit"]) for row in content["rows"]))
        told.append(
            f"{name}: {settings['split']} digits, {settings['steps']} steps, {settings['draws']} draws, {settings['queries']} "
            f"queries, judged over {settings['judged_draws']} draws, commit {commits}, {machine['cpu']}, {machine['device']}"
        )
    return "; ".join(told) or NOT_RUN


def victims(content: Mapping[str, Any]) -> list[str]:
    """Of a file, the first network first."""
    return list(dict.fromkeys(row["victim"] for row in content["rows"]))


def eps_of(rows: Iterable[Row]) -> list[float]:
    """All largest changes of a pixel, the smallest first."""
    return sorted({row["eps"] for row in rows if row["eps"]})


def _hidden(rows: Sequence[Row], victim: str, side: int) -> list[Row]:
    return [row for row in rows if (row["victim"], row["attack"], row["side"]) == (victim, OCCLUSION, side)]


def _cell(rows: Sequence[Row]) -> str | None:
    """The lowest accuracy of some rows; empty without any."""
    return share(min(rows, key=lambda row: row["accuracy"])) if rows else None


TABLES = {
    "adversarial-worst": worst,
    "adversarial-ladder": ladder,
    "adversarial-occlusion": occlusion,
    "adversarial-checks": checks,
}
VALUES = {"adversarial-where": where}
