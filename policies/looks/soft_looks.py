"""Several soft looks at one image, each where the memory asks (Mott et al. 2019, "S3TA"), with an answer after each."""

import torch as th
from torch import nn

from ..attention.top_down_attention import TopDownLstm
from ..plain_numbers import check_number


class SoftLooks(nn.Module):
    """
    A network that sees the whole image once, then attends to its features T times.

    A trunk of convolutions makes a map. At each step the LSTM's hidden state makes K queries, and each takes a weighted mean over
    all places of the map (:class:`saccade.policies.attention.top_down_attention.TopDownLstm`). Everything is trained by the
    derivative of the answers. The work grows with the image, mostly that of the trunk.

    :param trunk: from images (B, C, H, W) to maps (B, channels, h, w)
    :param channels: of the map
    :param grid: (h, w)
    :param classes: A
    :param looks: T
    :param units: of the LSTM
    :param queries: K
    :param keys: length of a key
    :param values: length of a value
    :param waves: of the spatial basis along each axis
    :raises ValueError: if there is no look
    """

    def __init__(
        self,
        trunk: nn.Module,
        channels: int,
        grid: tuple[int, int],
        classes: int,
        looks: int = 8,
        units: int = 256,
        queries: int = 4,
        keys: int = 8,
        values: int = 120,
        waves: int = 8,
    ) -> None:
        super().__init__()
        check_number("looks", looks, least=1, whole=True)
        self.looks, self.units = looks, units
        self.trunk = trunk
        self.core = TopDownLstm(channels, grid, units, queries=queries, keys=keys, values=values, waves=waves)
        self.answer = nn.Linear(units, classes)

    def forward(self, image: th.Tensor) -> th.Tensor:
        """
        The answer after each look.

        :param image: (B, C, H, W) from 0 to 1
        :return: logits (T, B, A)
        """
        return self.unrolled(image)[0]

    def unrolled(self, image: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
        """
        All looks.

        :param image: as for :meth:`forward`
        :return: logits (T, B, A), and where each query looks, (T, B, K, h, w), with sum 1 over the places
        """
        places = self.core.places(self.trunk(image).flatten(1))
        zeros = image.new_zeros(1, len(image), self.units)
        states, cores, seen = (zeros, zeros), [], []
        for _ in range(self.looks):
            core, weights, states = self.core.step(places, states)
            cores.append(core[0])
            seen.append(weights)
        return self.answer(th.stack(cores)), th.stack(seen).view(self.looks, len(image), -1, *self.core.grid)
