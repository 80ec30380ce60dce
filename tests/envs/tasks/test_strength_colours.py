"""Colours of strengths."""

import numpy as np

from saccade.envs.tasks.strength_colours import strength_colour

WEAK = np.array([200, 200, 210])


def test_colours_by_hand():
    assert strength_colour(0.0, WEAK) == (200, 200, 210)
    assert strength_colour(0.5, WEAK) == (210, 115, 120)
    assert strength_colour(1.0, WEAK) == (220, 30, 30)


def test_a_colour_is_of_pythons_own_numbers_which_cv2_takes():
    assert all(type(part) is int for part in strength_colour(float(np.float32(0.3)), WEAK))
