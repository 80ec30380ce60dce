"""Quadrant by hand: which pixels make the reward, and that no others do."""

import gymnasium as gym
import numpy as np
import pytest
import torch as th

from saccade.envs.tasks.quadrant import CAUSES, LENGTH, PATCHES, Quadrant, patch_places


def started(levels: list[float], cells: np.ndarray | float, size: int = 4) -> Quadrant:
    """A game whose pictures all have these levels, and the same number drawn for every pixel or one for each."""
    game = Quadrant(size)
    noise = np.broadcast_to(np.asarray(cells, dtype=float), (size, size))
    one = np.concatenate([levels, noise.ravel()])
    game.begin(th.from_numpy(np.tile(one, LENGTH)[None]), th.zeros(1), th.zeros(1))
    return game


def test_a_pixel_is_white_where_its_number_is_below_the_level():
    cells = np.zeros((4, 4))
    cells[0, 0] = cells[3, 3] = 0.6
    game = started([0.5, 0.7, 0.0, 0.6], cells)
    white = game.images()[0, 0].numpy() == 255
    assert white.tolist() == [
        [False, True, True, True],
        [True, True, True, True],
        [False, False, True, True],
        [False, False, True, False],
    ]
    assert game.images().shape == (1, 1, 4, 4)


@pytest.mark.parametrize(
    ("worth", "decides", "action", "reward"),
    [
        (1, 1, 1, 1 + 1),
        (1, 1, 0, 1 - 1),
        (0, 0, 0, 0 + 1),
        (0, 0, 1, 0 - 1),
        (1, 0, 1, 1 - 1),
    ],
)
@pytest.mark.parametrize("distractors", [(0, 0), (1, 0), (1, 1)])
def test_rewards(worth, decides, action, reward, distractors):
    game = started([worth, decides, *distractors], 0.5)
    assert game.play(th.tensor([action]), False).item() == reward


def test_a_reward_between():
    """One white pixel of four is worth 1/4; three of four say action 1 with 2 * 3/4 - 1 = 1/2."""
    cells = np.full((4, 4), 0.9)
    cells[0, 0] = cells[0, 2] = cells[0, 3] = cells[1, 2] = 0.1
    for action, reward in ((1, 0.75), (0, -0.25)):
        assert started([0.5] * 4, cells).play(th.tensor([action]), False).item() == pytest.approx(reward)


def test_value_and_advantage_are_those_of_the_text():
    """The mean of both rewards is the first patch alone, half their difference the second alone, in random pictures."""
    env = gym.make_vec("saccade/Quadrant-v0", num_envs=64)
    both = []
    for action in (0, 1):
        images, _ = env.reset(seed=5)
        _, rewards, *_ = env.step(np.full(64, action))
        both.append(rewards)
    brightness = {}
    for patch in PATCHES:
        rows, columns = patch_places(patch, 12)
        brightness[patch] = images[:, 0, rows, columns].mean(axis=(1, 2)) / 255
    assert np.allclose((both[0] + both[1]) / 2, brightness[CAUSES["value"]], atol=1e-6)
    assert np.allclose((both[1] - both[0]) / 2, 2 * brightness[CAUSES["advantage"]] - 1, atol=1e-6)


def test_patches_cover_the_picture_once():
    covered = np.zeros((12, 12), dtype=int)
    for patch in PATCHES:
        covered[patch_places(patch, 12)] += 1
    assert (covered == 1).all()
    assert patch_places("bottom left", 12) == (slice(6, 12), slice(0, 6))


def test_pictures_change_and_patches_are_independent():
    env = gym.make_vec("saccade/Quadrant-v0", num_envs=400)
    images, _ = env.reset(seed=0)
    later = env.step(np.zeros(400, dtype=int))[0]
    assert (images != later).any(axis=(1, 2, 3)).all()
    means = np.stack([images[:, 0, r, c].mean(axis=(1, 2)) for r, c in (patch_places(patch, 12) for patch in PATCHES)])
    assert np.abs(np.corrcoef(means) - np.eye(4)).max() < 0.2
    assert (means.std(axis=1) > 60).all()  # uniform from 0 to 255 would be 74


@pytest.mark.parametrize("size", [0, 9, 7, -6])
def test_sizes_that_cannot_be(size):
    with pytest.raises(ValueError, match="must be an even number"):
        Quadrant(size)
