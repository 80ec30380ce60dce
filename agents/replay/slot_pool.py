"""Places for the few things that a ring cannot hold."""

import torch as th


class SlotPool:
    """
    Tensors of one shape, each in a numbered place that is given back when it is no longer needed. Grows by half when it is full.

    :param empty: (0, ...), of the device and the dtype wanted
    """

    def __init__(self, empty: th.Tensor) -> None:
        self.items = empty
        self.places: dict[tuple[int, int], int] = {}  # (position, env) to place
        self.free: list[int] = []

    def put(self, key: tuple[int, int], item: th.Tensor) -> int:
        """
        Keep a copy of a tensor.

        :param key: (position, env)
        :return: its place
        """
        if not self.free:
            size = len(self.items)
            self.items = th.cat([self.items, self.items.new_zeros((max(size // 2, 16), *self.items.shape[1:]))])
            self.free = list(range(size, len(self.items)))
        place = self.free.pop()
        self.items[place] = item
        self.places[key] = place
        return place

    def drop(self, position: int, n_envs: int) -> None:
        """Give back the places of all envs at a position."""
        for i in range(n_envs) if self.places else ():
            place = self.places.pop((position, i), None)
            if place is not None:
                self.free.append(place)

    def clear(self) -> None:
        """Give back all places."""
        self.places.clear()
        self.free = list(range(len(self.items)))
