"""One large sample split into the batches of several updates."""

from typing import NamedTuple, TypeVar

import torch as th

Samples = TypeVar("Samples", bound=NamedTuple)


def sample_batches(samples: Samples, batch_size: int) -> list[Samples]:
    """
    Split a sample into batches.

    :param samples: from a replay buffer: tensors (G * B, ...), dicts of tensors, or None
    :param batch_size: B
    :return: G samples of B each
    """
    columns = [_split(field, batch_size) for field in samples]
    count = max(len(column) for column in columns)
    return [type(samples)(*row) for row in zip(*(column or [None] * count for column in columns), strict=True)]


def _split(field: th.Tensor | dict[str, th.Tensor] | None, size: int) -> list[th.Tensor] | list[dict[str, th.Tensor]]:
    if field is None:
        return []
    if isinstance(field, dict):
        parts = zip(*(th.split(part, size) for part in field.values()), strict=True)
        return [dict(zip(field, row, strict=True)) for row in parts]
    return list(th.split(field, size))
