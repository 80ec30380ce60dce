"""Adversarial examples as pictures: the path of the gaze before and after."""

from pathlib import Path

import numpy as np
import torch as th

from ...saliency.pictures.gaze_picture import OF_PATHS, path_picture
from ...saliency.pictures.layout import contact_sheet, write_png
from ...saliency.pictures.text import paragraph
from ...saliency.states.gaze_record import GazeRecord
from .victims.victim import LookingVictim

WORDS = (
    "Two rows for each canvas: the clean one, and below it the worst adversarial example, seen with the same noise on the gaze. "
    "The first canvases whose answer turns from right to wrong; if they are too few, then the first others. "
)


@th.no_grad()
def gaze_record(victim: LookingVictim, images: th.Tensor, labels: th.Tensor, noise: th.Tensor | None) -> GazeRecord:
    """
    Where a victim looks at canvases, and what it thinks.

    :param victim: with a gaze
    :param images: (N, 1, H, W) from 0 to 1
    :param labels: (N,) right answers
    :param noise: of the gazes
    """
    answer = victim.answer(images, noise)
    assert answer.gazes is not None  # it has a gaze
    assert answer.beliefs is not None
    looks = answer.gazes.shape[1]
    seen = [victim.glimpse(images, answer.gazes[:, t]).cpu().numpy() for t in range(looks)]
    canvas = (images * 255).round().to(th.uint8).cpu().numpy()
    return GazeRecord(
        np.repeat(canvas[None], looks, axis=0),
        answer.gazes.transpose(0, 1).cpu().numpy(),
        np.stack(seen),
        answer.beliefs.transpose(0, 1).cpu().numpy(),
        labels.cpu().numpy(),
    )


def turned_first(before: th.Tensor, after: th.Tensor, labels: th.Tensor) -> th.Tensor:
    """
    The numbers of the canvases, those whose answer turned from right to wrong first, and each part in its order.

    :param before: (N,) answers
    :param after: (N,) answers under attack
    :param labels: (N,) right answers
    :return: (N,)
    """
    turned = (before == labels) & (after != labels)
    return (~turned).int().argsort(stable=True)


@th.no_grad()
def draw_attacked_gazes(
    victim: LookingVictim, clean: th.Tensor, changed: th.Tensor, labels: th.Tensor, generator: th.Generator, path: Path, count: int
) -> None:
    """
    Draw the canvases whose answer turns from right to wrong, in their order; if they are fewer than asked for, then others.

    :param victim: with a gaze
    :param clean: (N, 1, H, W) canvases from 0 to 1
    :param changed: (N, 1, H, W) adversarial examples
    :param labels: (N,) right answers
    :param generator: of the gazes
    :param path: of the .png
    :param count: canvases to draw, at most N
    """
    noise = victim.noise(len(clean), generator)
    before, after = (victim.answer(images, noise).logits.argmax(1) for images in (clean, changed))
    chosen = turned_first(before, after, labels)[:count]
    own = None if noise is None else noise[chosen]
    records = [gaze_record(victim, images[chosen], labels[chosen], own) for images in (clean, changed)]
    rows = [path_picture(record, i, victim.scales) for i in range(len(chosen)) for record in records]
    write_png(path, contact_sheet([paragraph(WORDS + OF_PATHS.format(believed="probability"), rows[0].shape[1]), *rows]))
