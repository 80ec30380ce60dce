"""Victims whose answers can be computed by hand."""

import torch as th

from saccade.experiments.attacking.victims.victim import Answer


class Linear:
    """
    Logits that are linear in the pixels.

    :param weights: (A, pixels)
    :param bias: (A,)
    """

    name, is_random, has_gaze, chooses_gaze = "linear", False, False, False

    def __init__(self, weights: th.Tensor, bias: th.Tensor | float = 0.0) -> None:
        self.weights, self.bias = weights, bias

    def noise(self, count, generator, drawn=False):
        return None

    def answer(self, images, noise=None, gazes=None, through_gaze=False):
        return Answer(images.flatten(1) @ self.weights.T + self.bias)


SLOPES = th.tensor([[1.0, -2.0], [0.5, 4.0]])


class TwoTiles:
    """
    An image of two tiles of one pixel. The eye looks at the right one with probability sigmoid(gain * (right - left)), and the
    answer depends on the pixel that it sees and on the tile.

    The noise is uniform, (N, 1, 2); its first number chooses the tile.

    :param gain: how strongly a bright tile attracts the eye
    :param slopes: of the two logits, for each tile
    """

    name, is_random, has_gaze, chooses_gaze = "two tiles", True, True, True

    def __init__(self, gain: float = 3.0, slopes: th.Tensor = SLOPES) -> None:
        self.gain, self.slopes = gain, slopes

    def noise(self, count, generator, drawn=False):
        return th.rand(count, 1, 2, generator=generator)

    def answer(self, images, noise=None, gazes=None, through_gaze=False):
        pixels = images.flatten(1)
        log_probs = self.choice(pixels).log_softmax(1)
        right = (noise[:, 0, 0] < log_probs[:, 1].exp()).long() if gazes is None else (gazes[:, 0, 0] > 0).long()
        seen = pixels.gather(1, right[:, None])
        drawn = log_probs.gather(1, right[:, None]).squeeze(1)
        return Answer(seen * self.slopes[right], (2.0 * right - 1).view(-1, 1, 1).expand(-1, 1, 2), drawn)

    def choice(self, pixels):
        """Logits of the two tiles, (N, 2)."""
        return th.stack([th.zeros(len(pixels)), self.gain * (pixels[:, 1] - pixels[:, 0])], dim=1)

    def expected_loss(self, images, labels, loss):
        """By enumeration of the two tiles, (N,)."""
        total = th.zeros(len(images))
        pixels = images.flatten(1)
        chances = self.choice(pixels).softmax(1)
        for tile in (0, 1):
            total = total + chances[:, tile] * loss(pixels[:, tile, None] * self.slopes[tile], labels)
        return total
