"""A pytest plugin: runs tests of the peers with one substitution, and writes what came of each."""

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3.common.base_class import BaseAlgorithm
from substitutions import SUBSTITUTIONS, Substitution, after_collection, uses


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--substitute", default=None, help="name of a substitution; none: the tests as they are")
    parser.addoption(
        "--outcomes", default=None, help="for each test file, a file of this name, two dashes and its name; one JSON object a test"
    )


def pytest_configure(config: pytest.Config) -> None:
    if name := config.getoption("--substitute"):
        SUBSTITUTIONS[name].apply()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if name := config.getoption("--substitute"):
        kept = [item for item in items if is_worth_running(item, SUBSTITUTIONS[name])]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
    for action in after_collection:
        action()


def is_worth_running(item: Any, substitution: Substitution) -> bool:
    """Whether a test can meet what stands in."""
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    algorithms = [value.__name__ for value in parameters if isinstance(value, type) and issubclass(value, BaseAlgorithm)]
    if algorithms:
        return any(name in substitution.algorithms for name in algorithms) and _mentions(item, substitution)
    return _mentions(item, substitution)


def _mentions(item: Any, substitution: Substitution) -> bool:
    return re.search(substitution.mentions, inspect.getsource(item.function) + item.nodeid) is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    uses.count = 0
    result = yield
    if nextitem is not None and nextitem.path != item.path and (file := _outcomes_of(item)):
        file.with_suffix(".done").touch()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    report = yield
    if report.when == "call" or report.failed or (report.when == "setup" and report.skipped):
        why = "" if call.excinfo is None else f"{call.excinfo.typename}: {call.excinfo.value}".splitlines()[0]
        _write(item, report.outcome, why)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """A test file that cannot be imported is a failure of its own."""
    report = yield
    if report.failed and isinstance(collector, pytest.File):
        _write(collector, "failed", str(report.longrepr).splitlines()[-1])
    return report


def _write(node: pytest.Item | pytest.File, outcome: str, why: str) -> None:
    if file := _outcomes_of(node):
        entry = {"test": node.nodeid, "outcome": outcome, "used": uses.count > 0, "why": why[:300]}
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(entry) + "\n")


def _outcomes_of(item: pytest.Item | pytest.File) -> Path | None:
    start = item.config.getoption("--outcomes")
    return Path(f"{start}--{item.path.stem}.jsonl") if start else None
