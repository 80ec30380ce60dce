"""Where the suite keeps what a user need not see."""

import os
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    """
    ``$SACCADE_CACHE``, or ``~/.cache/saccade``, or a temporary folder for a user without a home.

    The data sets of ``saccade.envs.tasks`` have the same function: saliency imports no envs, and envs no saliency.
    """
    home = os.path.expanduser("~")
    if home == "~":  # no home directory
        home = tempfile.gettempdir()
    return Path(os.environ.get("SACCADE_CACHE") or Path(home, ".cache", "saccade"))
