"""Checks of one map alone. Reports and events check many maps at once."""

from collections.abc import Sequence

import numpy as np

from saccade.saliency import Head
from saccade.saliency.checks.blind.removal import Removal, removals_of
from saccade.saliency.checks.deletion_insertion import DeletionInsertion, areas, ranks_of
from saccade.saliency.checks.randomisation import Randomised, drawn_copies, randomisation
from saccade.saliency.methods.gradient_methods import Method
from saccade.saliency.readers.entries import Entries, Observations


def deletion_insertion(
    head: Head, obs: Observations, strength: np.ndarray, steps: int = 16, entry: str = "", removal: Removal | None = None
) -> DeletionInsertion:
    """Of one head and one order, by default with the first way of removal."""
    entries = Entries.of(head.policy, obs)
    x = entries.tensors[entries.key_of(entry)]
    removal = removal or next(iter(removals_of(x).values()))
    tied, ranks = head.at(entries.packed()), ranks_of(x, [strength])
    ((found,),) = areas(tied, (head.name,), entries, entry, ranks, removal, steps).values()
    return found


def randomised_once(head: Head, obs: Observations, method: Method, seed: int = 0, entry: str = "") -> Sequence[Randomised]:
    """One draw of random weights."""
    entries = Entries.of(head.policy, obs)
    (copies,) = drawn_copies(head.at(entries.packed()), entries, 1, seed)
    return randomisation(head, obs, method, copies, entry=entry)
