"""
Which files RL Zoo left, and which of them is the model.

On disk an experiment is ``Env-v4_1/`` with ``Env-v4.zip`` and, in ``Env-v4_1/Env-v4/``, the files args.yml, config.yml and
vecnormalize.pkl. On the hub all lie side by side, and the statistics are called vec_normalize.pkl.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..errors import ZooError
from .settings import FILES

STATISTICS = ("vec_normalize.pkl", "vecnormalize.pkl")
NO_MODELS = ("train_eval_metrics.zip",)


@dataclass(frozen=True)
class ZooFolder:
    """
    The files of one experiment.

    :param path: that has the models
    :param settings: that has args.yml; the same folder or one inside it
    """

    path: Path
    settings: Path

    @classmethod
    def of(cls, folder: Path) -> "ZooFolder | None":
        """
        :param folder: of an experiment, or the one inside it that has args.yml
        :return: None if RL Zoo has left nothing there
        """
        if (folder / "args.yml").is_file():
            # The inner folder has the name of the env and no model.
            outside = folder.parent if not _models(folder) and _models(folder.parent) else folder
            return cls(outside, folder)
        inner = sorted(path.parent for path in folder.glob("*/args.yml"))
        if len(inner) == 1 and _models(folder):
            return cls(folder, inner[0])
        return None

    @classmethod
    def beside(cls, model: Path) -> "ZooFolder | None":
        """
        What RL Zoo left beside a .zip.

        :param model: the file
        """
        found = cls.of(model.absolute().parent)
        return found if found is not None and found.path == model.absolute().parent else None

    @property
    def models(self) -> list[str]:
        """Names of the files that can be models."""
        return _models(self.path)

    @property
    def yaml_files(self) -> dict[str, Path]:
        """Those of RL Zoo's settings that there are."""
        return {name: self.settings / name for name in FILES if (self.settings / name).is_file()}

    @property
    def statistics(self) -> Path | None:
        """The file of a VecNormalize."""
        return next((self.settings / name for name in STATISTICS if (self.settings / name).is_file()), None)


def chosen_model(models: Iterable[str], env: str | None, algo: str | None, folder: str) -> tuple[str, list[str]]:
    """
    Which .zip is meant: the final model, as RL Zoo itself takes it.

    :param models: names of files
    :param env: gymnasium id, if it is known
    :param algo: RL Zoo's name of the algorithm, if it is known
    :param folder: name of the folder or repository
    :return: its name, and the names of the others
    :raises ZooError: if there is none, or it cannot be told
    """
    names = sorted(models)
    if not names:
        raise ZooError(f"{folder} has no .zip that can be a model")
    file = None if env is None else env.replace("/", "-")  # as RL Zoo writes ALE/Pong-v5
    wanted = [f"{folder}.zip", *([] if file is None else [f"{algo}-{file}.zip", f"{file}.zip"])]
    chosen = names[0] if len(names) == 1 else next((name for name in wanted if name in names), None)
    if chosen is None:
        raise ZooError(f"{folder} has several models; give one of them: {', '.join(names)}")
    return chosen, [name for name in names if name != chosen]


def is_model(name: str) -> bool:
    """Whether a file of a repository can be a model: a .zip at its top."""
    path = PurePosixPath(name)
    return path.suffix == ".zip" and len(path.parts) == 1 and name not in NO_MODELS


def experiments_in(folder: Path) -> list[Path]:
    """The experiments below a folder of RL Zoo's logs, at most two folders down."""
    found = [path for pattern in ("*", "*/*") for path in sorted(folder.glob(pattern)) if path.is_dir()]
    return [path for path in found if ZooFolder.of(path) is not None and _models(path)]


def _models(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.zip") if is_model(path.name))
