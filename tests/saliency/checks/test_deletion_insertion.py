import numpy as np
import pytest
import torch as th
from single_checks import deletion_insertion
from small_policies import corner_images, corner_policy, linear_policy, observed, small_policy

from saccade.saliency import heads
from saccade.saliency.checks.blind.removal import grey
from saccade.saliency.checks.deletion_insertion import areas, ranks_of
from saccade.saliency.methods.derivatives import jacobian
from saccade.saliency.methods.image_filters import blurred
from saccade.saliency.methods.map_making import strength_map
from saccade.saliency.readers.entries import Entries


def test_by_hand():
    """
    Q1 = x0 + 2 x1 at (1, 2) is 5. Without x1 it is 1, without both 0: |changes| 0, 4, 5, so 13 / 4 in this order and, in the
    other, 0, 1, 5, so 7 / 4. Back come x1 first: distances 5, 1, 0; x0 first: 5, 4, 0. Q2 = 3 x0 - x1 is 1, then 3, then 0: it is
    the greedy one when x1 alone is gone, one of three questions.
    """
    head, obs = heads(linear_policy())["q"], np.array([[1.0, 2.0]], np.float32)
    right, wrong = (deletion_insertion(head, obs, np.array([[order]]), steps=2) for order in ([0.0, 1.0], [1.0, 0.0]))
    assert right.deletion.tolist() == [pytest.approx(13 / 4)]
    assert wrong.deletion.tolist() == [pytest.approx(7 / 4)]
    assert right.insertion.tolist() == [pytest.approx(7 / 4)]
    assert wrong.insertion.tolist() == [pytest.approx(13 / 4)]
    assert right.flips.tolist() == [pytest.approx(1 / 3)]
    assert wrong.flips.tolist() == [0]


def test_one_share_at_a_time():
    """On images, beside a loop that blurs the places of each share one after the other."""
    policy = small_policy("recurrent")
    obs = observed(policy, 2)
    head = heads(policy)["action"]
    strength = strength_map(jacobian, head, obs)
    ours = deletion_insertion(head, obs, strength, steps=4)
    x = th.as_tensor(obs).float()
    soft, tied = blurred(x, 2.0), head.at(x)
    for i in range(2):
        order = np.argsort(-strength[i].flatten(), kind="stable")
        away, back = [], []
        for k in range(5):
            deleted, inserted = x[i].clone().flatten(1), soft[i].clone().flatten(1)
            places = order[: 64 * k]
            deleted[:, places], inserted[:, places] = soft[i].flatten(1)[:, places], x[i].flatten(1)[:, places]
            own = tied.rows(th.tensor([i]))
            with th.no_grad():
                whole = own(x[i : i + 1])
                away.append((own(deleted.view(1, 2, 16, 16)) - whole).abs().item())
                back.append((own(inserted.view(1, 2, 16, 16)) - whole).abs().item())
        assert ours.deletion[i] == pytest.approx(np.trapezoid(away) / 4, rel=1e-3, abs=1e-6)
        assert ours.insertion[i] == pytest.approx(np.trapezoid(back) / 4, rel=1e-3, abs=1e-6)


def test_the_true_map_beats_a_shuffled_one():
    """Of a head that is the brightness of one corner."""
    policy, obs, random = corner_policy(), corner_images(8), np.random.default_rng(0)
    head = heads(policy)["action_1"]
    strength = strength_map(jacobian, head, obs)
    shuffled = random.permuted(strength.reshape(8, -1), axis=1).reshape(strength.shape)
    true, chance = deletion_insertion(head, obs, strength), deletion_insertion(head, obs, shuffled)
    assert true.deletion.mean() > 1.3 * chance.deletion.mean()
    assert true.insertion.mean() < 0.7 * chance.insertion.mean()


def test_equals_go_in_no_particular_order():
    """A map of nothing is as good as chance, wherever on the image the head looks."""
    policy, obs, random = corner_policy(), corner_images(20), np.random.default_rng(0)
    head = heads(policy)["action_1"]
    even, chance = (deletion_insertion(head, obs, strength) for strength in (np.ones((20, 40, 40)), random.random((20, 40, 40))))
    assert even.deletion.mean() == pytest.approx(chance.deletion.mean(), rel=0.1)


def test_actions_that_cannot_be_counted_have_no_flips():
    policy = small_policy("continuous")
    assert np.isnan(deletion_insertion(heads(policy)["value"], observed(policy, 1), np.ones((1, 16, 16))).flips).all()


def test_dicts_lose_places_of_their_image():
    policy = small_policy("mixed")
    ours = deletion_insertion(heads(policy)["value"], observed(policy, 3), np.random.default_rng(0).random((3, 16, 16)))
    assert (ours.deletion > 0).all()


def test_several_heads_and_orders_at_once_are_those_alone():
    """Also where the observations of one forward pass are of several orders (2 orders x 3 steps x 70 states), and of one step."""
    policy, random = small_policy("dueling"), np.random.default_rng(0)
    obs = random.integers(0, 256, (70, 2, 16, 16), dtype=np.uint8)
    orders = [random.random((70, 16, 16)), random.random((70, 16, 16))]
    entries, names = Entries.of(policy, obs), ("value", "gap")
    tied = heads(policy)["q"].at(entries.packed())
    for steps in (4, 1):
        together = areas(tied, names, entries, "", ranks_of(entries.tensors[""], orders), grey, steps)
        for name in names:
            for order, found in zip(orders, together[name], strict=True):
                alone = deletion_insertion(heads(policy)[name], obs, order, steps, removal=grey)
                for ours, theirs in zip(found, alone, strict=True):
                    assert np.allclose(ours, theirs, atol=1e-5)
    quiet = areas(tied, ("gap",), entries, "", ranks_of(entries.tensors[""], orders), grey, 4, with_flips=False)
    assert np.isnan(quiet["gap"][0].flips).all()


def test_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"strength has the shape \(1, 8, 8\), and the observations \(1, 2, 16, 16\)"):
        deletion_insertion(heads(small_policy("dqn"))["q"], np.zeros((1, 2, 16, 16), np.uint8), np.ones((1, 8, 8)))
