"""Where data sets are kept that were downloaded."""

import os
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    """
    ``$SACCADE_CACHE``, or ``~/.cache/saccade``, or a temporary folder for a user without a home.

    :func:`saccade.saliency.cache_folder.cache_folder` is the same function: saliency imports no envs, and envs no saliency.
    """
    home = os.path.expanduser("~")
    if home == "~":  # no home directory
        home = tempfile.gettempdir()
    return Path(os.environ.get("SACCADE_CACHE") or Path(home, ".cache", "saccade"))
