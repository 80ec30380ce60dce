"""The user's word for a model, such as ``hf:sb3/ppo-CartPole-v1`` or a folder of RL Zoo, turned into a .zip and its env."""

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stable_baselines3.common.policies import BasePolicy

from ...envs.tasks.digits import Split
from ...saliency.errors import first_line
from ..errors import EnvError, ZooError
from ..model_envs.model_env import ModelEnv
from ..reporting import SILENT, Reporter
from ..setup.arguments import to_path
from .address import HubAddress, is_hub_address
from .hub import HubRepository
from .layout import STATISTICS, ZooFolder, chosen_model, experiments_in, is_model
from .settings import FILES, ZooSettings

UNNORMALISED = "so the model plays, and has maps, on unnormalised observations"


@dataclass(frozen=True)
class SavedModel:
    """
    :param path: of the .zip
    :param name: for a folder of results
    :param about: where it is from, for the report
    :param settings: what RL Zoo left beside it
    :param statistics: of the VecNormalize that it was trained in
    :param trust: whether code that its files name may be run
    :param notes: lines for the report
    """

    path: Path
    name: str
    about: str
    settings: ZooSettings = field(default_factory=ZooSettings)
    statistics: Path | None = None
    trust: bool = False
    notes: tuple[str, ...] = ()

    def place(
        self,
        policy: BasePolicy,
        env: str | None = None,
        env_kwargs: Mapping[str, Any] | None = None,
        gaze_kwargs: Mapping[str, Any] | None = None,
        vec_normalize: Path | None = None,
        split: Split = "validation",
    ) -> ModelEnv | None:
        """
        Where it plays. What the user says goes before what RL Zoo left.

        :param policy: of the file
        :param env: name, instead of RL Zoo's
        :param env_kwargs: keyword arguments of the env, added to RL Zoo's if it is the same env or another version of it
        :param gaze_kwargs: for a policy with a gaze
        :param vec_normalize: statistics, instead of those beside the model
        :param split: of the suite's tasks with digits or words
        :return: None if nothing says which env it is
        :raises EnvError: if its env needs a package that may not be imported
        """
        name = env or self.settings.env
        if name is None:
            return None
        if env is None:
            self._import_packages(name)
        kept = (self.settings.env_kwargs or {}) if _without_version(name) == _without_version(self.settings.env or "") else {}
        kwargs = {**kept, **(env_kwargs or {})}
        statistics = vec_normalize or self.statistics
        wrapping = self.settings.wrapping
        made = ModelEnv.for_policy(policy, name, kwargs, gaze_kwargs or {}, statistics, wrapping, self.trust, split)
        made.notes.extend(note for note in self.notes if statistics is None or UNNORMALISED not in note)
        return made

    def _import_packages(self, env: str) -> None:
        """The modules that register the env, which a stranger's file may not choose."""
        module = env.partition(":")[0] if ":" in env else None
        compatible = ["gym"] if env.startswith("GymV2") else []  # imports what its env_kwargs name
        wanted = [*self.settings.packages, *compatible, *([] if module is None else [module])]
        if wanted and not self.trust:
            raise EnvError(
                f"{self.about} wants to import {', '.join(wanted)} for its env {env}; "
                f"if you know what that is, say env {wanted[0]}:{env.rpartition(':')[2]}, or trust the model with --trust"
            )
        for one in wanted:
            try:
                importlib.import_module(one)
            except Exception as error:  # runs the package's own code, which may raise anything; the message says what it was
                raise EnvError(f"{one}, which the env {env} needs, cannot be imported: {first_line(error)}") from error


def _without_version(env: str) -> str:
    return re.sub(r"-v\d+$", "", env.rpartition(":")[2])


def is_saved_model(model: Path | str) -> bool:
    """Whether a word means a model on the hub, a .zip, or a folder of RL Zoo, and not a run folder."""
    if is_hub_address(str(model)):
        return True
    path = to_path(model)
    return path.is_file() or ZooFolder.of(path) is not None or _is_log_folder(path)


def saved_model(model: Path | str, trust: bool = False, reporter: Reporter = SILENT) -> SavedModel:
    """
    The model that a word means.

    :param model: a .zip, a folder of RL Zoo, or ``hf:owner/repo``, ``hf:owner/repo:file.zip@revision``
    :param trust: import what the files name: this can run code in them
    :param reporter: is told what is taken and what is downloaded
    :raises ConfigError: if the word has another form, or huggingface_hub is missing
    :raises ZooError: if there is no such model, or its files cannot be used
    """
    if is_hub_address(str(model)):
        return _on_the_hub(HubAddress.of(Path(model).as_posix()), trust, reporter)
    path = Path(model)
    if path.is_dir():
        return _in_a_folder(path, trust, reporter)
    beside = ZooFolder.beside(path) if path.is_file() else None
    found = SavedModel(path, path.stem, f"{model}", trust=trust)
    return found if beside is None else _with_settings(found, ZooSettings.read(beside.yaml_files, trust), beside.statistics)


def _in_a_folder(path: Path, trust: bool, reporter: Reporter) -> SavedModel:
    folder = ZooFolder.of(path)
    if folder is None:
        inside = [str(one) for one in experiments_in(path)]
        raise ZooError(
            f"{path} has several models of RL Zoo; give one of them: {', '.join(inside[:8])}{', ...' * (len(inside) > 8)}"
        )
    settings = ZooSettings.read(folder.yaml_files, trust)
    name, others = chosen_model(folder.models, settings.env, settings.algo, folder.path.resolve().name)
    _say_choice(name, others, str(folder.path), reporter)
    found = SavedModel(folder.path / name, Path(name).stem, str(folder.path / name), trust=trust)
    return _with_settings(found, settings, folder.statistics)


def _on_the_hub(address: HubAddress, trust: bool, reporter: Reporter) -> SavedModel:
    repository = HubRepository.asked(address)
    if repository.cached:
        reporter.say(f"the hub cannot be reached; {address.repo} is taken from the cache, at {repository.commit}")
    of_zoo = "args.yml" in repository.sizes  # RL Zoo always leaves it; without it config.yml is somebody else's
    files = {name: repository.fetched(name) for name in FILES if of_zoo and name in repository.sizes}
    settings = ZooSettings.read(files, trust)
    missing = [name for name in FILES if name not in repository.sizes] if repository.cached else []
    if missing:
        unsure = (
            f"The hub cannot be reached, and the cache has no {' and no '.join(missing)}: if {address.repo} has them, what they "
            "say of the env, its wrappers and normalised observations is not used."
        )
        settings = replace(settings, notes=(*settings.notes, unsure))
    models = [name for name in repository.sizes if is_model(name)]
    if address.file is not None and address.file not in repository.sizes:
        there = f"; it has: {', '.join(sorted(models))}" if models else ""
        raise ZooError(f"{address.repo} has no file {address.file} at revision {address.revision}{there}")
    name, others = (
        (address.file, []) if address.file is not None else chosen_model(models, settings.env, settings.algo, address.name)
    )
    _say_choice(name, others, address.repo, reporter)
    size = repository.sizes[name]
    about = repository.about(name)
    reporter.say(about if size is None else f"{about}, {size:,} bytes")
    statistics = next((one for one in STATISTICS if one in repository.sizes), None)
    path = repository.fetched(name)
    beside = None if statistics is None else repository.fetched(statistics)
    return _with_settings(SavedModel(path, Path(name).stem, about, trust=trust), settings, beside)


def _say_choice(name: str, others: list[str], where: str, reporter: Reporter) -> None:
    if others:
        reporter.say(f"{where}: the model is {name}; there are also {', '.join(others)}")


def _with_settings(found: SavedModel, settings: ZooSettings, statistics: Path | None) -> SavedModel:
    """A model with RL Zoo's settings, and its statistics if they are needed. They are read as data, so they need no trust."""
    # Without config.yml nothing else says whether observations were normalised.
    needed = settings.normalised or (settings.wrapping is None and statistics is not None)
    notes = list(settings.notes)
    if needed and statistics is None:
        notes.append(f"It was trained on normalised observations, but no statistics lie beside it, {UNNORMALISED}.")
    return replace(found, settings=settings, statistics=statistics if needed else None, notes=tuple(notes))


def _is_log_folder(path: Path) -> bool:
    return not (path / "config.yml").exists() and bool(experiments_in(path))
