"""A search for hyperparameters: Optuna says what to try next, and each trial is a run for each seed."""

import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...curves.curve import read_scores
from ...endings.outcome import Outcome
from ...errors import RunFolderError, SweepError
from ...reporting import Reporter
from ..cells import Cell, cells_of
from ..command_words import yaml_word
from ..run_of_cell import RunOfCell
from ..scheduling import Run
from ..sweep_file import SweepFile
from .search_space import Range, SearchSettings

EVERY = 2.0  # seconds between two looks at the scores
RUNS = "runs"  # attribute of a trial: names of its runs


@dataclass
class OpenTrial:
    """
    A trial that is not over.

    :param study: of Optuna
    :param trial: of Optuna
    :param runs: one for each seed
    :param ended: what became of those that have ended
    :param cut: why its runs need not go on, if they need not
    """

    study: Any
    trial: Any
    runs: Sequence[RunOfCell]
    ended: dict[str, Outcome] = field(default_factory=dict)
    cut: Outcome | None = None


class Search:
    """
    Trials of Optuna as a source of runs. There is a study for each env and agent. A trial's score is the mean over its seeds, and
    Optuna sees those of the evaluations during training as well, so that it can end a trial early.

    :param wanted: the sweep
    :param settings: of the search
    :param journal: file in which Optuna keeps what it has found, so that a stopped search goes on
    :param runs: those that there are already
    :param add: makes runs of cells, and remembers them in the plan
    :param reporter: is told what is tried
    :raises SweepError: if Optuna is not installed
    """

    def __init__(
        self,
        wanted: SweepFile,
        settings: SearchSettings,
        journal: Path,
        runs: Sequence[RunOfCell],
        add: Callable[[list[Cell]], list[RunOfCell]],
        reporter: Reporter,
    ) -> None:
        self._wanted, self._settings, self._add, self._reporter = wanted, settings, add, reporter
        self._optuna = optuna_here()
        self.studies = {(env, agent): self._study(env, agent, journal) for env in wanted.envs for agent in wanted.agents}
        self.earlier: dict[str, Outcome] = {}  # of runs that will not be taken
        self._open: dict[str, OpenTrial] = {}  # by name of each run
        self._queue: deque[RunOfCell] = deque()
        self._looked = -EVERY
        known = {run.name: run for run in runs}
        for study in self.studies.values():
            self._go_on(study, known)

    def take(self) -> Run | None:
        """The next seed of a trial, or the first of a new trial."""
        while not self._queue:
            counts = {key: len(study.get_trials(deepcopy=False)) for key, study in self.studies.items()}
            key = min(counts, key=lambda each: counts[each])
            if counts[key] >= self._settings.trials:
                return None
            self._begin(*key, self.studies[key])
        return self._queue.popleft()

    def is_over(self) -> bool:
        """Whether there are no more trials to begin."""
        counts = (len(study.get_trials(deepcopy=False)) for study in self.studies.values())
        return not self._queue and all(count >= self._settings.trials for count in counts)

    def has_ended(self, run: Run, outcome: Outcome) -> None:
        """Tell Optuna, when the last run of a trial has ended."""
        opened = self._open[run.name]
        opened.ended[run.name] = outcome
        if outcome is Outcome.FAILED:
            self._cut(opened, Outcome.FAILED)
        self._finish(opened)

    def unwanted(self) -> Collection[str]:
        """Runs of trials that Optuna ends early, and of those with a seed that failed."""
        trials = [*{id(opened): opened for opened in self._open.values() if len(opened.ended) < len(opened.runs)}.values()]
        if time.monotonic() - self._looked >= EVERY:
            for opened in trials:
                if opened.cut is None and self._is_hopeless(opened):
                    self._reporter.say(f"trial {opened.trial.number} of {opened.study.study_name} is ended early")
                    self._cut(opened, Outcome.PRUNED)
                    self._finish(opened)
            self._looked = time.monotonic()
        return [run.name for opened in trials if opened.cut is not None for run in opened.runs if run.name not in opened.ended]

    def best(self) -> dict[str, dict[str, Any]]:
        """``{study: {"score": ..., "trial": ..., "set": hyperparameters}}``, without studies that have no score yet."""
        found = {}
        for study in self.studies.values():
            complete = (self._optuna.trial.TrialState.COMPLETE,)
            done = study.get_trials(deepcopy=False, states=complete)
            if done:
                top = max(done, key=lambda trial: trial.value)
                found[study.study_name] = {"score": top.value, "trial": top.number, "set": dict(top.params)}
        return found

    def _study(self, env: str, agent: str | None, journal: Path) -> Any:
        optuna, settings = self._optuna, self._settings
        storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(journal)))
        name = f"{env} {agent}" if agent else env
        study = optuna.create_study(storage=storage, study_name=name, direction="maximize", load_if_exists=True)
        seed = settings.seed + len(study.get_trials(deepcopy=False))  # a search that goes on draws other numbers
        known = {"tpe": "TPESampler", "random": "RandomSampler", "gp": "GPSampler", "qmc": "QMCSampler"}
        study.sampler = getattr(optuna.samplers, known[settings.sampler])(seed=seed)
        study.pruner = optuna.pruners.MedianPruner() if settings.pruner == "median" else optuna.pruners.NopPruner()
        return study

    def _go_on(self, study: Any, known: Mapping[str, RunOfCell]) -> None:
        """Trials of an earlier part of the search."""
        states = self._optuna.trial.TrialState
        over = {states.COMPLETE: Outcome.DONE, states.PRUNED: Outcome.PRUNED, states.FAIL: Outcome.FAILED}
        for kept in study.get_trials(deepcopy=False):
            runs = [known[name] for name in kept.user_attrs.get(RUNS, ()) if name in known]
            if kept.state in over:
                whole = kept.state == states.COMPLETE
                self.earlier |= {run.name: Outcome.DONE if whole or run.is_complete() else over[kept.state] for run in runs}
            elif runs and len(runs) == len(self._wanted.seeds):
                self._open |= dict.fromkeys(
                    (run.name for run in runs), OpenTrial(study, self._optuna.trial.Trial(study, kept._trial_id), runs)
                )
                self._queue += runs
            else:  # the sweep was killed before the plan had its runs
                study.tell(kept.number, state=states.FAIL)

    def _begin(self, env: str, agent: str | None, study: Any) -> None:
        trial = study.ask()
        chosen = {name: self._suggested(trial, name, space) for name, space in self._settings.space.items()}
        options = [self._wanted.options(env, agent, seed, chosen) for seed in self._wanted.seeds]
        told = " ".join(f"{name}={yaml_word(value)}" for name, value in chosen.items())
        try:
            cells = cells_of(options, [], f"trial={trial.number:04d}")
        except SweepError as error:  # each value can be, but not together
            self._reporter.say(f"trial {trial.number} of {study.study_name} cannot be run ({told}): {error}")
            study.tell(trial, state=self._optuna.trial.TrialState.FAIL)
            return
        self._reporter.say(f"trial {trial.number} of {study.study_name}: --set {told}")
        trial.set_user_attr(RUNS, [cell.name for cell in cells])
        runs = self._add(cells)
        self._open |= dict.fromkeys((run.name for run in runs), OpenTrial(study, trial, runs))
        self._queue += runs

    def _suggested(self, trial: Any, name: str, space: Range | Sequence[Any]) -> Any:
        if not isinstance(space, Range):
            return trial.suggest_categorical(name, list(space))
        if space.is_whole:
            return trial.suggest_int(name, int(space.low), int(space.high), log=space.log, step=int(space.step or 1))
        return trial.suggest_float(name, space.low, space.high, log=space.log, step=space.step)

    def _is_hopeless(self, opened: OpenTrial) -> bool:
        """Whether Optuna would end a trial early."""
        try:
            self._report(opened)
        except RunFolderError:  # the run says it itself
            return False
        return bool(opened.trial.should_prune())

    def _report(self, opened: OpenTrial) -> None:
        """Report the means that all seeds have by now. Steps are evaluations, because rollouts of trials may differ in length."""
        scores = [[score.mean for score in read_scores(run.folder)] for run in opened.runs]
        reported = opened.study.get_trials(deepcopy=False)[opened.trial.number].intermediate_values
        for step, together in enumerate(zip(*scores, strict=False)):
            if step not in reported:
                opened.trial.report(sum(together) / len(together), step)

    def _finish(self, opened: OpenTrial) -> None:
        """Tell Optuna what a trial has given. One with a run that was stopped goes on when the sweep does."""
        if len(opened.ended) < len(opened.runs) or Outcome.STOPPED in opened.ended.values():
            return
        states = self._optuna.trial.TrialState
        if Outcome.FAILED in opened.ended.values():
            opened.study.tell(opened.trial.number, state=states.FAIL)
        elif opened.cut is not None:
            opened.study.tell(opened.trial.number, state=states.PRUNED)
        else:
            self._report(opened)
            scores = [read_scores(one.folder)[-1].mean for one in opened.runs]
            opened.study.tell(opened.trial.number, sum(scores) / len(scores))
            mean = f"{sum(scores) / len(scores):.5g}"
            self._reporter.say(
                f"trial {opened.trial.number} of {opened.study.study_name}: score {mean}, mean of {len(scores)} seeds"
            )

    def _cut(self, opened: OpenTrial, why: Outcome) -> None:
        """No more runs of a trial."""
        opened.cut = opened.cut or why
        for run in [run for run in self._queue if run in opened.runs]:
            self._queue.remove(run)
            opened.ended[run.name] = self.earlier[run.name] = Outcome.PRUNED


def corners(wanted: SweepFile, settings: SearchSettings) -> list[dict[str, Any]]:
    """
    Options of runs with the ends of all ranges and with each choice, to be checked before the search begins.

    :param wanted: the sweep
    :param settings: of the search
    """
    ends = {name: [each.low, each.high] if isinstance(each, Range) else list(each) for name, each in settings.space.items()}
    first = {name: values[0] for name, values in ends.items()}
    tried = [first, *({**first, name: value} for name, values in ends.items() for value in values[1:])]
    return [wanted.options(env, agent, wanted.seeds[0], each) for env in wanted.envs for agent in wanted.agents for each in tried]


def optuna_here() -> Any:
    """:raises SweepError: if Optuna is not installed"""
    try:
        import optuna
        import optuna.storages.journal
    except ImportError as error:
        raise SweepError("Optuna is not installed, and search needs it; pip install 'saccade-rl[sweep]'") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
