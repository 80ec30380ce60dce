"""YAML as RL Zoo writes it."""

from collections import OrderedDict
from typing import Any

import yaml


def dumped(entries: dict[str, Any]) -> str:
    """Entries as ``!!python/object/apply:collections.OrderedDict``."""
    return yaml.dump(OrderedDict(sorted(entries.items())))
