"""Keyword arguments of a policy out of an inert pickle or out of JSON: plain values, and classes by name."""

from collections.abc import Mapping
from typing import Any

from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn
from torch.optim import Optimizer

from .arrays import called, number_of
from .class_names import class_of, described
from .inert_pickle import Made, Name
from .refusal import NeedsTrust, Refusal, quoted

KINDS: Mapping[str, tuple[type, ...]] = {
    "features_extractor_class": (BaseFeaturesExtractor,),
    "optimizer_class": (Optimizer,),
    "activation_fn": (nn.Module,),
    "policy_class": (BasePolicy,),
}
DEEPEST, MOST_VALUES, LONGEST_TEXT, LARGEST = 12, 20_000, 10_000, 2**63


def keywords_of(node: Any, own: str = "") -> dict[str, Any]:
    """
    Keyword arguments. The device that a model was trained on is left out.

    :param node: of an inert pickle, or of JSON
    :param own: as for :func:`class_of`
    :raises Refusal: if there is anything else than plain values and known classes
    """
    if node is None:
        return {}
    read = KeywordReader(own).value_of(node, "policy_kwargs", 0)
    if not isinstance(read, dict):
        raise Refusal("is damaged: its policy_kwargs are not a dict")
    return read


class KeywordReader:
    """Counts what it has read: a small file can say the same large list many times."""

    def __init__(self, own: str) -> None:
        self.own = own
        self.values = 0

    def value_of(self, node: Any, name: str, depth: int) -> Any:
        """
        :param node: to read
        :param name: of the argument that it belongs to
        :param depth: of the containers around it
        :raises Refusal: if there is anything else than plain values and known classes
        """
        self.values += 1
        if depth > DEEPEST or self.values > MOST_VALUES:
            raise Refusal(f"has policy_kwargs with more than {MOST_VALUES:,} values, or nested more than {DEEPEST} times")
        if isinstance(node, Made) and node.calls("collections.OrderedDict"):
            node = self._by_name(node.pairs)
        if isinstance(node, dict):
            given = {key: one for key, one in node.items() if key != "device" or depth}
            return {self._key(key): self.value_of(one, str(key), depth + 1) for key, one in given.items()}
        if isinstance(node, list | tuple):
            return type(node)(self.value_of(one, name, depth + 1) for one in node)
        if isinstance(node, Name):
            return class_of(node, KINDS.get(name, tuple(kind for kinds in KINDS.values() for kind in kinds)), self.own)
        if isinstance(node, Made) and node.calls(*called("multiarray.scalar")):
            node = number_of(node)
        if node is None or isinstance(node, bool | float):
            return node
        if isinstance(node, int) and abs(node) < LARGEST:
            return node
        if isinstance(node, str) and len(node) <= LONGEST_TEXT:
            return node
        if isinstance(node, int | str):
            raise Refusal(f"has policy_kwargs with a number or a text that is too large ({quoted(name)})")
        raise NeedsTrust(f"needs {described(node)} as {quoted(name)}")

    def _by_name(self, pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
        return {self._key(key): one for key, one in pairs}

    def _key(self, key: Any) -> str:
        if not isinstance(key, str) or len(key) > LONGEST_TEXT:
            raise Refusal("is damaged: its policy_kwargs have a name that is not text")
        return key
