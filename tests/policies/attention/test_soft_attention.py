import math

import numpy as np
import pytest
import torch as th

from saccade.policies.attention.soft_attention import KeysAndValues, SoftQueries, soft_weights, spatial_basis


def test_the_basis_by_hand():
    # 1x2 places: along the width 1, 1 and cos(pi / 4), cos(3 pi / 4); along the height, of one place, 1 and cos(pi / 2) = 0.
    half = math.sqrt(0.5)
    expected = th.tensor([[1, 1], [half, -half], [0, 0], [0, 0]])
    assert th.allclose(spatial_basis(1, 2, 2), expected, atol=1e-6)


def test_the_basis_tells_all_places_apart():
    basis = spatial_basis(7, 5, 4)
    assert basis.shape == (16, 35)
    assert th.pdist(basis.T).min() > 0.1
    waves = np.cos(np.pi * 3 * (2 + 0.5) / 7) * np.cos(np.pi * 2 * (4 + 0.5) / 5)
    assert basis[3 * 4 + 2, 2 * 5 + 4].item() == pytest.approx(waves, abs=1e-6)


def test_one_query_by_hand():
    """Keys 0 and ln 3 (times the root of the length, 1) give weights 1/4 and 3/4 of the values 8 and 16."""
    reading = SoftQueries(keys=1, values=1, grid=(1, 2), queries=1, waves=0)
    with th.no_grad():
        reading.queries.fill_(1.0)
    places = th.tensor([[[0.0, 8.0], [math.log(3), 16.0]]])
    assert th.allclose(reading.weights(places), th.tensor([[[0.25, 0.75]]]))
    assert th.allclose(reading(places), th.tensor([[14.0]]))


def test_a_sharp_query_by_hand():
    """Keys (3, 1) and (1, 3) are (1, -1) and (-1, 1) after normalisation. A query (1, 0) fits them by +-1 over the root of 2."""
    keys = th.tensor([[[3.0, 1.0], [1.0, 3.0]]])
    weights = soft_weights(th.tensor([[1.0, 0.0]]), keys, th.zeros(0, 2), sharpness=2.0)
    assert weights[0, 0, 0].item() == pytest.approx(1 / (1 + math.exp(-4 / math.sqrt(2))), abs=1e-4)
    assert th.allclose(soft_weights(th.tensor([[1.0, 0.0]]), 7 * keys + 5, th.zeros(0, 2), 2.0), weights, atol=1e-4)


def test_fits_of_new_queries_have_the_spread_that_was_asked_for():
    """Logits are the logarithms of the weights, up to a constant for each query. Keys and codes alone, then both."""
    generator = th.Generator().manual_seed(0)
    queries, keys = th.randn(4000, 8 + 64, generator=generator), 0.1 * th.randn(1, 49, 8, generator=generator) + 3
    basis = spatial_basis(7, 7, 8)

    def spread(keys, basis):
        logits = soft_weights(queries[:, : 8 + len(basis)], keys, basis, sharpness=3.0)[0].log()
        return (logits - logits.mean(1, keepdim=True)).square().mean().sqrt().item()

    assert spread(keys, basis[:0]) == pytest.approx(3.0, rel=0.1)
    alike = keys[:, :1].expand(1, 49, 8)
    assert spread(alike, basis) == pytest.approx(1.0, rel=0.1)
    assert spread(keys, basis) == pytest.approx(math.sqrt(10), rel=0.1)


def test_sharp_queries_look_at_fewer_places_and_more_of_the_state_reaches_their_answers():
    th.manual_seed(0)
    seen, features = KeysAndValues(32, 8, 24), th.rand(64, 32, 49)
    share = []
    for sharpness in (None, 4.0):
        reading = SoftQueries(8, 24, (7, 7), queries=16, waves=8, sharpness=sharpness)
        answers = reading(seen(features.flatten(1)))
        share.append((answers.std(0).square().mean() / answers.square().mean()).item())
    assert share[1] > 3 * share[0]


def test_weights_are_shares_of_all_places():
    reading, places = SoftQueries(4, 6, (3, 5), queries=3, waves=2), th.randn(7, 15, 10)
    weights = reading.weights(places)
    assert weights.shape == (7, 3, 15)
    assert (weights >= 0).all()
    assert th.allclose(weights.sum(2), th.ones(7, 3))
    answers = reading(places)
    assert answers.shape == (7, reading.answer_dim) == (7, 3 * (6 + 4))
    # An independent form: query by query, place by place.
    for k in range(3):
        mean = sum(weights[:, k, n, None] * th.cat([places[:, n, 4:], reading.basis[:, n].expand(7, 4)], 1) for n in range(15))
        assert th.allclose(answers[:, 10 * k : 10 * k + 10], mean, atol=1e-5)


def test_without_a_basis_a_shifted_image_shifts_the_weights():
    reading, places = SoftQueries(4, 6, (4, 4), queries=2, waves=0), th.randn(3, 4, 4, 10)
    rolled = places.roll((1, 2), dims=(1, 2))
    before, after = (reading.weights(x.flatten(1, 2)).unflatten(2, (4, 4)) for x in (places, rolled))
    assert th.allclose(before.roll((1, 2), dims=(2, 3)), after, atol=1e-6)
    assert th.allclose(reading(places.flatten(1, 2)), reading(rolled.flatten(1, 2)), atol=1e-5)


def test_a_query_of_places_looks_there_whatever_is_drawn():
    reading = SoftQueries(2, 3, (5, 5), queries=1, waves=5)
    with th.no_grad():
        reading.queries[:, :2] = 0
        reading.queries[:, 2:] = 50 * reading.basis[:, 12]
    assert (reading.weights(th.randn(6, 25, 5)).argmax(2) == 12).all()


def test_derivatives_by_finite_differences():
    seen, reading = KeysAndValues(3, 2, 4).double(), SoftQueries(2, 4, (2, 3), queries=2, waves=2).double()
    features = th.randn(2, 18, dtype=th.float64, requires_grad=True)
    assert th.autograd.gradcheck(lambda x: reading(seen(x)), features)
    assert th.autograd.gradcheck(lambda x: reading.weights(seen(x)), features)
    sharp = SoftQueries(2, 4, (2, 3), queries=2, waves=2, sharpness=2.0).double()
    assert th.autograd.gradcheck(lambda x: sharp(seen(x)), features)


def test_each_place_has_its_own_key_and_value():
    seen, features = KeysAndValues(3, 2, 4), th.randn(2, 3, 5)
    places = seen(features.flatten(1))
    assert th.allclose(places[1, 4], seen.project(features[1, :, 4]), atol=1e-6)


@pytest.mark.parametrize("wrong", [{"queries": 0}, {"waves": -1}])
def test_numbers_out_of_range(wrong):
    with pytest.raises(ValueError, match="must be at least 1, and waves"):
        SoftQueries(2, 2, (2, 2), **wrong)


@pytest.mark.parametrize(("keys", "sharpness"), [(2, 0.0), (2, -1.0), (1, 4.0)])
def test_a_sharpness_out_of_range(keys, sharpness):
    with pytest.raises(ValueError, match="it must be above 0, and keys at least 2 long"):
        SoftQueries(keys, 2, (2, 2), sharpness=sharpness)


def test_a_masked_map_by_hand():
    """Weights 1/4 and 3/4 of the values 8 and 16 at two places: 2 * 8/4 and 2 * 16 * 3/4."""
    reading = SoftQueries(keys=1, values=1, grid=(1, 2), queries=1, waves=0, masked=True)
    with th.no_grad():
        reading.queries.fill_(1.0)
    places = th.tensor([[[0.0, 8.0], [math.log(3), 16.0]]])
    assert th.allclose(reading(places), th.tensor([[4.0, 24.0]]))
    assert reading.answer_dim == 2


def test_a_mask_of_equal_weights_is_the_map_itself():
    reading, places = SoftQueries(4, 6, (3, 5), queries=3, waves=2, masked=True), th.randn(7, 15, 10)
    with th.no_grad():
        reading.queries.zero_()
    assert th.allclose(reading(places), places[:, :, 4:].flatten(1), atol=1e-6)
    with th.no_grad():
        reading.queries.normal_()
    mask = 15 * reading.weights(places).mean(1)
    assert th.allclose(reading(places).view(7, 15, 6), places[:, :, 4:] * mask[..., None], atol=1e-6)
