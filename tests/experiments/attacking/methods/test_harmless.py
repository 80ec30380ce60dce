"""Changes that nobody has chosen."""

import pytest
import torch as th

from saccade.experiments.attacking.methods.harmless import gaussian_noise, occluded, uniform_noise


def seeded() -> th.Generator:
    return th.Generator().manual_seed(0)


def test_uniform_noise_keeps_the_budget_and_fills_it():
    grey = th.full((20, 1, 30, 30), 0.5)
    found = uniform_noise(grey, 0.2, seeded())
    away = found.double() - 0.5
    assert (away.abs() <= 0.2).all()
    assert away.std().item() == pytest.approx(0.2 / 3**0.5, rel=0.02)
    black = uniform_noise(th.zeros_like(grey), 0.2, seeded())
    assert (black == 0).float().mean().item() == pytest.approx(0.5, abs=0.02)


def test_gaussian_noise_has_its_standard_deviation():
    away = gaussian_noise(th.full((20, 1, 30, 30), 0.5), 0.1, seeded()) - 0.5
    assert away.std().item() == pytest.approx(0.1, rel=0.02)
    assert (gaussian_noise(th.ones(2, 1, 9, 9), 2.0, seeded()) <= 1).all()


def test_a_square_hides_a_part_of_the_digit():
    images, corners = th.ones(200, 1, 60, 60), th.tensor([[0, 32], [20, 5]]).repeat(100, 1)
    hidden = occluded(images, corners, 8, seeded())[:, 0] == 0
    assert hidden[1::2].flatten(1).sum(1).unique().tolist() == [64]  # far from the edge it is whole
    rows = (hidden.any(2).float() * th.arange(60)).sum(1) / hidden.any(2).sum(1)
    assert rows[1::2].min() > 20 - 1
    assert rows[1::2].max() < 48
    assert (rows[1::2].max() - rows[1::2].min()) > 20  # all over the box
    assert (hidden[0::2].flatten(1).sum(1) <= 64).all()
    assert not occluded(images, corners, 0, seeded()).lt(1).any()
