import numpy as np
import pytest
import torch as th
from single_checks import deletion_insertion
from small_policies import linear_policy

from saccade.saliency import heads
from saccade.saliency.checks.blind.removal import OF_PICTURES, OF_VECTORS, grey, mean, other_state, removals_of, zero
from saccade.saliency.methods.image_filters import wide_blur


def test_grey_is_the_mean_of_each_channel_of_each_image():
    image = th.zeros(2, 2, 2, 2)
    image[0, 0], image[1, 1] = th.tensor([[0.0, 4.0], [8.0, 0.0]]), th.tensor([[2.0, 2.0], [2.0, 6.0]])
    assert grey(image)[0, 0].tolist() == [[3, 3], [3, 3]]
    assert grey(image)[1, 1].tolist() == [[3, 3], [3, 3]]
    assert not grey(image)[0, 1].any()


def test_blur_takes_what_is_drawn_and_leaves_the_brightness_around_it():
    image = th.zeros(1, 1, 40, 40)
    image[..., 20:] = 100.0
    image[0, 0, 10, 5] = 100.0
    gone = wide_blur(image)
    assert gone[0, 0, 10, 5] < 5
    assert gone[0, 0, 20, 38] > 95
    assert grey(image)[0, 0, 20, 38] == pytest.approx(50, abs=0.1)


def test_vectors():
    x = th.tensor([[1.0, 4.0], [3.0, 0.0]])
    assert zero(x).tolist() == [[0, 0], [0, 0]]
    assert mean(x).tolist() == [[2, 2], [2, 2]]
    assert th.equal(mean(x[:1]), x[:1])


def test_each_kind_of_observation_has_two_ways_of_the_same_shape():
    for x, known in ((th.rand(3, 2, 8, 9), OF_PICTURES), (th.rand(3, 4), OF_VECTORS)):
        assert removals_of(x) is known
        assert len(known) == 2
        with_third = removals_of(x, with_other_state=True)
        assert list(with_third) == [*known, "other_state"]
        assert all(removal(x).shape == x.shape for removal in with_third.values())


def test_another_state_is_half_a_batch_away():
    x = th.arange(6.0).view(3, 2)
    assert other_state(x).tolist() == [[4, 5], [0, 1], [2, 3]]
    assert th.equal(other_state(x[:1]), x[:1])
    images = th.rand(4, 2, 3, 3)
    assert th.equal(other_state(images), images[[2, 3, 0, 1]])


def test_deletion_takes_the_way_of_removal():
    """By hand: Q1 = x0 + 2 x1 is 5 at (1, 2) and 3 at (3, 0). With the means (2, 1) in place of both it is 4."""
    head, obs = heads(linear_policy())["q_0"], np.array([[1.0, 2.0], [3.0, 0.0]], np.float32)
    second = deletion_insertion(head, obs, np.array([[[0.0, 1.0]]] * 2), steps=2, removal=mean)
    # x1 is 1: Q1 is 3 and 5, which is 2 away in both states; then 1 away
    assert second.deletion.tolist() == [pytest.approx((0 + 2 * 2 + 1) / 4)] * 2
    first = deletion_insertion(head, obs, np.array([[[1.0, 0.0]]] * 2), steps=2, removal=mean)
    # x0 is 2: Q1 is 6 and 2, which is 1 away; then 1 away
    assert first.deletion.tolist() == [pytest.approx((0 + 2 * 1 + 1) / 4)] * 2
    plain = deletion_insertion(head, obs, np.array([[[1.0, 0.0]]] * 2), steps=2)
    assert np.array_equal(
        plain.deletion, deletion_insertion(head, obs, np.array([[[1.0, 0.0]]] * 2), steps=2, removal=zero).deletion
    )
