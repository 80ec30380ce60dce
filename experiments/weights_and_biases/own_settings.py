"""What Weights & Biases itself is set to: by its settings files, by the environment, by ``wandb offline`` or ``wandb disabled``."""

import netrc
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..run_config import WandbMode
from .labels import Labels

PROJECT = "saccade"  # where nothing else says one
OLDER_NAMES = {"dryrun": "offline", "run": "online"}  # of modes
FIRST_HOST = "api.wandb.ai"  # keys of W&B's own servers may stand under their first name


@dataclass(frozen=True)
class OwnSettings:
    """
    :param found: a ``wandb.Settings`` as W&B reads it, never the global one
    :param defaults: the same class where nobody has set anything
    """

    found: Any
    defaults: Any

    @classmethod
    def read(cls) -> "OwnSettings":
        """The settings of this moment. W&B reads the environment once in a process, and a notebook may change it later."""
        import wandb  # here, because it takes a second and many runs do not need it

        found = wandb.setup().settings.model_copy()
        found.update_from_env_vars(dict(os.environ))
        return cls(found, wandb.Settings())

    def mode(self, wanted: WandbMode | None) -> str:
        """
        :param wanted: by an option of the run; None: as W&B is set
        """
        mode = wanted or str(self.found.mode)
        return OLDER_NAMES.get(mode, mode)

    def has_key(self) -> bool:
        """Whether there is a key for the server. W&B would ask for one, and a training never asks."""
        named = (os.environ.get("WANDB_API_KEY"), os.environ.get("WANDB_IDENTITY_TOKEN_FILE"), self.found.api_key)
        if any(named):
            return True
        own = self.found.base_url == self.defaults.base_url
        place = urlsplit(str(self.found.base_url))
        hosts = [place.netloc, place.hostname or "", *([FIRST_HOST] if own else [])]
        try:
            keys = netrc.netrc(os.environ.get("NETRC"))
        except (OSError, netrc.NetrcParseError):
            return False
        return any(keys.authenticators(host) is not None for host in hosts)

    def arguments(self, labels: Labels, project: str | None, run_id: str, folder: Path) -> dict[str, Any]:
        """
        What ``wandb.init`` is to be told. What W&B is set to comes before what we would choose.

        :param labels: of the run, where W&B has none
        :param project: by an option of the run; None: as W&B is set
        :param run_id: the same for all parts of a resumed run
        :param folder: of the run
        """
        found = self.found
        elsewhere = found.root_dir if found.root_dir != self.defaults.root_dir else None
        arguments: dict[str, Any] = {
            "name": found.run_name or labels.name,
            "group": found.run_group or labels.group,
            "job_type": found.run_job_type or labels.job_type,
            "tags": list(found.run_tags or labels.tags),
            "dir": elsewhere or folder.absolute(),
        }
        if not (found.sweep_id or found.launch):  # a sweep says project and id by itself
            arguments |= {"project": project or found.project or PROJECT, "id": found.run_id or run_id, "resume": "allow"}
        return arguments
