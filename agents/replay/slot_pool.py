"""Storage for the few tensors that do not fit into a ring."""

import torch as th


class SlotPool:
    """
    Tensors of one shape, each in a numbered place. A place is used again once its tensor is dropped. A full pool grows by half.

    :param empty: (0, ...), with the shape, dtype and device of the pool
    """

    def __init__(self, empty: th.Tensor) -> None:
        self.items = empty
        self.places: dict[tuple[int, int], int] = {}  # (position, env) to place
        self.free: list[int] = []

    def put(self, key: tuple[int, int], item: th.Tensor) -> int:
        """
        Store a copy of a tensor.

        :param key: (position, env)
        :param item: the tensor
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
        """Free the places of all envs at a position."""
        for i in range(n_envs) if self.places else ():
            place = self.places.pop((position, i), None)
            if place is not None:
                self.free.append(place)

    def clear(self) -> None:
        """Free all places."""
        self.places.clear()
        self.free = list(range(len(self.items)))
