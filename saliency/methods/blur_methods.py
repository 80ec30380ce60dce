"""Maps made by blurring one spot after another, hundreds of spots in a forward pass."""

from collections.abc import Callable

import torch as th
from stable_baselines3.common.type_aliases import PyTorchObs
from torch.nn import functional as F

from ..errors import NoMapError
from ..readers.entries import Entries, Observations
from ..readers.head import Head
from ..readers.undisturbed.evaluation_mode import evaluating
from .chunks import at_once, in_chunks, of_images
from .image_filters import blurred

RADIUS = 5.0  # pixels, standard deviation of the spot that is blurred
STRIDE = 5  # pixels between spots


@of_images
@in_chunks
def greydanus(head: Head, obs: Observations, radius: float = RADIUS, stride: int = STRIDE) -> PyTorchObs:
    """
    What changes when a spot is blurred (Greydanus et al. 2018, equations 1 to 3): half the squared change of the head.

    Two things differ from the paper. The score has the sign of the change: it is positive if the details at the spot raise the
    head. And it is the change of one scalar, the head; the paper adds up the changes of all logits of an actor. Beyond its border
    the image repeats its edge.

    :param head: of a policy that sees images
    :param obs: batch (B, ...) as the env gives it
    :param radius: of the spot in pixels
    :param stride: pixels between spots, at most; between them the map is interpolated
    :return: signed map of the observations' shape; all channels are blurred together, and each gets an equal share
    :raises NoMapError: if no entry of the observations is an image
    """
    entries = Entries.of(head.policy, obs)
    tied = head.at(entries.packed())

    def score(rows: th.Tensor, changed: PyTorchObs) -> th.Tensor:
        fall = before[rows] - tied.rows(rows)(changed)
        return 0.5 * fall * fall.abs()

    with evaluating(head.policy), th.no_grad():
        before = tied(entries.packed())
        return _by_spots(entries, score, radius, stride)


@of_images
@in_chunks
def sarfa(head: Head, obs: Observations, radius: float = RADIUS, stride: int = STRIDE) -> PyTorchObs:
    """
    Specific and relevant feature attribution (Puri et al. 2020, equations 1 to 4). A spot counts if blurring it makes the action
    less likely (specific) and leaves the other actions' shares as they are (relevant). Never negative.

    The probabilities are the softmax of Q, or the policy's own.

    :param head: that speaks of an action, such as ``q``, ``q_2``, ``advantage``, ``action``, ``class``
    :param obs: batch (B, ...) as the env gives it
    :param radius: of the spot in pixels
    :param stride: pixels between spots, at most
    :return: map of the observations' shape
    :raises NoMapError: if the head does not speak of an action, or no entry of the observations is an image
    """
    entries = Entries.of(head.policy, obs)
    tied = head.at(entries.packed())
    reader = head.reader

    def log_probabilities(rows: th.Tensor, changed: PyTorchObs) -> th.Tensor:
        asked = tied.rows(rows)
        return reader.preferences(changed, asked.memory, asked.masks).log_softmax(dim=1)

    def score(rows: th.Tensor, changed: PyTorchObs) -> th.Tensor:
        return sarfa_score(before[rows], log_probabilities(rows, changed), action[rows])

    with evaluating(head.policy), th.no_grad():
        action = action_of(tied)
        before = log_probabilities(th.arange(len(entries), device=action.device), entries.packed())
        return _by_spots(entries, score, radius, stride)


def sarfa_score(before: th.Tensor, after: th.Tensor, action: th.Tensor) -> th.Tensor:
    """
    Harmonic mean of two numbers: how much less likely an action has become, and 1 / (1 + KL), where KL says how far the shares of
    the other actions have moved.

    :param before: (B, A) log-probabilities
    :param after: (B, A) log-probabilities after the change
    :param action: (B,)
    :return: (B,); 0 if the action has not become less likely
    """
    chosen = F.one_hot(action, before.shape[1]).bool()
    fall = (before.exp() - after.exp())[chosen].clamp(min=0)
    others = [x.masked_fill(chosen, -th.inf).log_softmax(dim=1) for x in (after, before)]
    divergence = (others[0].exp() * (others[0] - others[1])).masked_fill(chosen, 0.0).sum(1).clamp(min=0)
    kept = 1 / (1 + divergence)
    return 2 * fall * kept / (fall + kept)


def action_of(head: Head) -> th.Tensor:
    """
    The action (B,) that a head tied to observations speaks of.

    :raises NoMapError: if it does not speak of an action
    """
    assert head.choice is not None
    kind, _, number = head.name.partition("_")
    if kind not in ("q", "advantage", "action", "class", "gap"):
        raise NoMapError(
            f"SARFA explains an action, and the head {head.name!r} does not speak of one; take another of: "
            + ", ".join(name for name in head.reader.names() if name.partition("_")[0] in ("q", "advantage", "action", "class"))
        )
    if head.choice.ndim == 3:  # several branches; the preferences are those of the first
        first = f"{head.reader.names_of_branches[0]}_"  # type: ignore[attr-defined]  # the reader of several branches has it
        if number and not number.startswith(first):
            raise NoMapError(f"SARFA explains what the first branch chooses, and the head {head.name!r} speaks of another branch")
        number, chosen = number.removeprefix(first), head.choice[:, 0, 0]
    else:
        chosen = head.choice if head.choice.ndim == 1 else head.choice[:, 0]
    return th.full_like(chosen, int(number)).long() if number else chosen.long()


def profiles(size: int, radius: float, stride: int) -> th.Tensor:
    """
    Gaussian spots on a line of pixels, evenly spaced, up to both ends. A spot of an image is the product of one of its rows and one
    of its columns: all spots of a large image at once would need the square of its pixels.

    :param size: of the line, in pixels
    :param radius: their standard deviation
    :param stride: pixels between them, at most
    :return: (P, size), 1 in the middle of each
    :raises ValueError: if radius or stride are not above 0
    """
    if radius <= 0 or stride < 1:
        raise ValueError(f"radius is {radius} and stride {stride}; they must be above 0 and at least 1")
    middles = th.linspace(0, size - 1, -(-(size - 1) // stride) + 1)
    return th.exp(-((th.arange(size) - middles[:, None]) ** 2) / (2 * radius**2))


def _by_spots(entries: Entries, score: Callable[[th.Tensor, PyTorchObs], th.Tensor], radius: float, stride: int) -> PyTorchObs:
    """Scores of all spots of all images, as maps."""
    if not entries.images():
        raise NoMapError("blurring needs images, and these observations have none; occlusion and deletion work on vectors")
    maps = {}
    for key in entries.images():
        image = entries.tensors[key]
        down, right = (profiles(size, radius, stride).to(image) for size in image.shape[2:])
        change, count, most = blurred(image) - image, len(down) * len(right), at_once(entries)
        coarse = image.new_zeros(len(image), count)
        every = th.arange(len(image), device=image.device)
        for some in th.split(every, max(most // count, 1)):
            for spots in th.split(th.arange(count, device=image.device), most):
                rows = some.repeat_interleave(len(spots))
                changed = {other: x[rows] for other, x in entries.tensors.items() if other != key}
                masks = down[spots // len(right), None, :, None] * right[spots % len(right), None, None, :]
                changed[key] = th.addcmul(image[some, None], masks[None], change[some, None]).flatten(0, 1)
                coarse[some[:, None], spots] = score(rows, entries.with_(changed).packed()).view(len(some), -1).to(coarse)
        grid = (len(image), 1, len(down), len(right))
        fine = F.interpolate(coarse.view(grid), image.shape[2:], mode="bilinear", align_corners=True)
        maps[key] = (fine / image.shape[1]).expand_as(image).clone()
    return entries.maps(maps)
