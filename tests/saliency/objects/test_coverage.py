"""Masks of a screen on the pixels of an observation, and the registry of finders."""

import cv2
import numpy as np
import pytest

from saccade.envs import make_atari
from saccade.saliency.objects import FINDERS, find_objects
from saccade.saliency.objects.coverage import coverage


def test_coverage_by_hand():
    """Four pixels become one: the share of the four."""
    mask = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]], dtype=bool)
    assert coverage(mask[None], 2, 2).tolist() == [[[0.75, 0.0], [0.0, 1.0]]]
    assert coverage(mask[None], 4, 4).tolist() == mask[None].tolist()
    assert coverage(np.zeros((3, 4, 4), dtype=bool), 2, 2).shape == (3, 2, 2)


def test_coverage_keeps_the_area_whatever_the_size():
    masks = np.random.default_rng(0).random((5, 210, 160)) < 0.2
    assert coverage(masks, 84, 84).mean(axis=(1, 2)) == pytest.approx(masks.mean(axis=(1, 2)), abs=1e-5)


def by_overlap(mask: np.ndarray, height: int, width: int) -> np.ndarray:
    """The slow way: how much of each old row and column lies in each new one."""

    def lines(old: int, new: int) -> np.ndarray:
        ends = np.arange(new + 1) * old / new
        overlap = np.minimum(ends[1:, None], np.arange(old) + 1) - np.maximum(ends[:-1, None], np.arange(old))
        return np.clip(overlap, 0, None) * new / old

    return lines(mask.shape[0], height) @ mask @ lines(mask.shape[1], width).T


def test_coverage_is_the_overlap_of_areas():
    mask = np.random.default_rng(1).random((210, 160)) < 0.3
    assert np.allclose(coverage(mask[None], 84, 84)[0], by_overlap(mask.astype(float), 84, 84), atol=1e-4)


@pytest.mark.parametrize("game", ["breakout", "enduro"])
def test_the_envs_own_observation_is_the_frame_made_smaller_in_this_way(game):
    """So a mask made smaller like a frame lies on the pixels in which the thing is seen."""
    env = make_atari(game, 1, 0, render_mode="rgb_array")
    env.reset()
    for step in range(12):
        observation = env.step(np.array([step % 3]))[0][0, -1]
        frame = env.get_images()[0]
        grey = np.round(frame @ [0.299, 0.587, 0.114]).astype(np.uint8)
        assert np.array_equal(cv2.resize(grey, (84, 84), interpolation=cv2.INTER_AREA), observation)
        bright = coverage((frame.max(axis=2) > 0)[None], 84, 84)[0]
        assert not observation[bright == 0].any()
    env.close()


def test_a_game_without_a_finder_has_no_things():
    frames = np.zeros((2, 210, 160, 3), np.uint8)
    assert find_objects("tetris", frames) is None
    assert find_objects("pong", None) is None
    assert find_objects("pong", frames[:, :84, :84]) is None


@pytest.mark.parametrize("game", sorted(FINDERS))
def test_every_finder_gives_masks_of_the_frames(game):
    frames = np.random.default_rng(0).integers(0, 256, (2, 210, 160, 3), dtype=np.uint8)  # no screen of any game
    found = find_objects(game, frames)
    assert found
    assert all(x.shape == (2, 210, 160) and x.dtype == np.bool_ for x in found.values())
    alone = find_objects(game, frames[1:])
    assert all(np.array_equal(alone[name], x[1:]) for name, x in found.items())
