"""The runs of a sweep: each has a name and options, and all are checked before one is started."""

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...saliency.errors import SaliencyError
from ..errors import ExperimentError, SweepError
from ..process_state import unchanged_process
from ..run_config import RunConfig
from ..setup.env_names import task_id
from ..setup.models import build_model
from ..setup.run_envs import run_env
from .command_words import yaml_word
from .machines import Share

LONGEST = 120  # characters of a name, before a number that tells it from others
ODD = re.compile(r"[^\w.=,+-]+")


@dataclass(frozen=True)
class Cell:
    """
    One run of a sweep.

    :param name: of its folder
    :param options: as :class:`saccade.experiments.RunConfig` takes them
    """

    name: str
    options: Mapping[str, Any]

    def config(self) -> RunConfig:
        """:raises SweepError: if there can be no such run"""
        try:
            return RunConfig(**self.options)
        except (ExperimentError, SaliencyError) as error:
            raise SweepError(f"run {self.name}: {error}") from error


def cells_of(combinations: Iterable[Mapping[str, Any]], varied: Sequence[str], mark: str = "") -> list[Cell]:
    """
    Named runs, each checked as far as a :class:`saccade.experiments.RunConfig` checks itself.

    :param combinations: options of each run
    :param varied: hyperparameters that differ between them, which are in the names
    :param mark: further part of the names
    :raises SweepError: if there can be no such run, or if two are the same
    """
    cells: dict[str, Cell] = {}
    for options in combinations:
        cell = Cell(name_of(options, varied, mark), options)
        config = cell.config()
        cell = replace(cell, name=name_of({**options, "env": config.env, "agent": config.spec.name}, varied, mark))
        name, number = cell.name, 2
        while name in cells:
            if _same(cells[name], cell):
                raise SweepError(f"run {cell.name} is there twice; envs and agents have each run once, in any spelling")
            name, number = f"{cell.name}-{number}", number + 1
        cells[name] = replace(cell, name=name)
    return list(cells.values())


def name_of(options: Mapping[str, Any], varied: Sequence[str], mark: str = "") -> str:
    """
    The name of a run: ``Enduro-pqn-learning_rate=0.001-0``, the seed last.

    :param options: of the run
    :param varied: hyperparameters that are to be in the name
    :param mark: further part of the name
    """
    chosen = [f"{name.rpartition('.')[2]}={yaml_word(options['set'][name])}" for name in varied if name in options.get("set", {})]
    agent = [options["agent"]] if options["agent"] else []
    parts = [_plain(part) for part in (options["env"].split("/")[-1].split(":")[-1], *agent, *chosen, *([mark] if mark else []))]
    return f"{'-'.join(parts)[:LONGEST]}-{options['seed']}"


def check_cells(cells: Sequence[Cell], share: Share, device_is_here: bool = True) -> None:
    """
    Check what ``saccade train`` checks when it makes env and model. Runs that differ in their seeds alone are checked once.

    :param cells: runs that are not begun
    :param share: what each takes of a machine
    :param device_is_here: whether they are run on this machine; if not, their device is checked there
    :raises SweepError: if one cannot be made; the message has its name
    """
    envs: dict[str, Any] = {}
    seen: list[tuple[str, Any]] = []
    with unchanged_process():
        try:
            for cell in cells:
                alike = (cell.name.rpartition("-")[0], {**cell.options, "seed": 0})
                if alike in seen:
                    continue
                seen.append(alike)
                try:
                    _check(cell, share, device_is_here, envs)
                except SweepError:
                    raise
                except (ExperimentError, SaliencyError) as error:
                    raise SweepError(f"run {cell.name}: {error}") from error
        finally:
            for env in envs.values():
                env.close()


def _check(cell: Cell, share: Share, device_is_here: bool, envs: dict[str, Any]) -> None:
    device = cell.options.get("device") or "auto"
    if device.startswith("cuda") and share.gpus == 0:
        raise SweepError(f"run {cell.name}: device is {device}, but runs of this sweep get no GPU; give resources: {{gpus: 1}}")
    config = (cell if device_is_here else replace(cell, options={**cell.options, "device": "auto"})).config()
    hyperparameters = config.fitted
    n_envs = hyperparameters["n_envs"]
    # A hundred emulators take a minute to load, so one stands for all. Tasks of the suite are made as one batch.
    made = n_envs if task_id(config.env) is not None else 1
    key = repr((config.env, config.spec.name, made, hyperparameters.get("env_kwargs"), hyperparameters.get("gaze_kwargs")))
    if key not in envs:
        envs[key] = run_env(config.env, config.spec, hyperparameters, made, config.seed, device="cpu")
    envs[key].num_envs = n_envs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the run says them in its log
        build_model(config.spec, hyperparameters, envs[key], config.seed, "cpu", config.eager)
    envs[key].num_envs = made


def _same(one: Cell, other: Cell) -> bool:
    """Whether two runs are one, whatever the spelling of their envs and agents."""
    first, second = one.config(), other.config()
    return first == second or (first.recorded() == second.recorded() and first.fitted == second.fitted)


def _plain(part: str) -> str:
    return ODD.sub("_", part).strip("_.-") or "run"
