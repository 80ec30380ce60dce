"""What the peers' tests say: passes, and failures with the reason of each."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from substitutions import STANDS_FOR, SUBSTITUTIONS

EXCUSED = Path(__file__).with_name("excused.yml")


@dataclass(frozen=True)
class Outcome:
    """
    :param test: peer and pytest's id
    :param outcome: ``passed``, ``failed`` or ``skipped``
    :param used: whether it made an object of ours
    :param why: first line of the exception
    """

    test: str
    outcome: str
    used: bool
    why: str


@dataclass
class Sums:
    """Of one substitution. ``failed`` holds (test, first line of the error, reason); no reason: it is ours to mend."""

    passed: int = 0
    passed_without_use: int = 0
    skipped: int = 0
    fail_anyway: list[str] = field(default_factory=list)
    failed: list[tuple[str, str, str | None]] = field(default_factory=list)


@dataclass(frozen=True)
class Excuse:
    """A failure that is not ours: whose tests match a pattern, under which substitutions, and why."""

    substitutions: tuple[str, ...]
    tests: str
    reason: str


def excuses(file: Path = EXCUSED) -> list[Excuse]:
    """Those written down in ``excused.yml``."""
    entries = yaml.safe_load(file.read_text(encoding="utf-8")) or []
    return [Excuse(tuple(entry["substitutions"]), entry["tests"], " ".join(entry["reason"].split())) for entry in entries]


def judged(name: str, outcomes: list[Outcome], without: list[Outcome], known: list[Excuse]) -> Sums:
    """
    Count the outcomes of a substitution.

    :param name: of the substitution
    :param outcomes: with it
    :param without: of the tests that failed, run again as they are; what fails there as well does not count
    :param known: failures with a reason
    """
    fail_anyway = {outcome.test for outcome in without if outcome.outcome == "failed"}
    sums = Sums()
    of_test = {outcome.test: outcome for outcome in outcomes}
    failed: dict[str, Outcome] = {}
    for outcome in outcomes:
        if outcome.outcome == "failed":
            failed.setdefault(outcome.test, outcome)  # a test can fail in its call and again in its teardown
    for test, outcome in of_test.items():
        if test in failed:
            continue
        if outcome.outcome == "skipped":
            sums.skipped += 1
        elif outcome.used:
            sums.passed += 1
        else:
            sums.passed_without_use += 1
    for test, outcome in failed.items():
        if as_theirs(test) in fail_anyway:
            sums.fail_anyway.append(test)
        else:
            reasons = [x.reason for x in known if name in x.substitutions and re.search(x.tests, test)]
            sums.failed.append((test, outcome.why, reasons[0] if reasons else None))
    return sums


def as_theirs(test: str) -> str:
    """The id that a test has without a substitution: the names of classes are in it."""
    return re.sub("|".join(STANDS_FOR), lambda name: STANDS_FOR[name[0]], test)


def unexplained(found: dict[str, Sums]) -> list[tuple[str, str, str]]:
    """(substitution, test, first line of the error) of each failure without a reason."""
    return [(name, test, why) for name, sums in found.items() for test, why, reason in sums.failed if reason is None]


def as_json(found: dict[str, Sums], versions: dict[str, str]) -> dict[str, Any]:
    """The results file."""
    return {
        "command": "python tests/peers/run.py",
        "versions": versions,
        "substitutions": {
            name: {
                "ours": SUBSTITUTIONS[name].ours,
                "theirs": SUBSTITUTIONS[name].theirs,
                "passed": sums.passed,
                "passed_without_use": sums.passed_without_use,
                "skipped": sums.skipped,
                "fail_without_ours_too": sums.fail_anyway,
                "not_ours": [{"test": test, "error": why, "reason": reason} for test, why, reason in sums.failed if reason],
                "ours_to_mend": [{"test": test, "error": why} for test, why, reason in sums.failed if not reason],
            }
            for name, sums in found.items()
        },
    }
