"""How alike attention and saliency maps of one network are."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces

from saccade.experiments import ConfigError
from saccade.policies import SoftAttentionDuelingPolicy
from saccade.saliency import METHODS, States, heads
from saccade.saliency.checks.blind.orders import blind_orders_of
from saccade.saliency.statistics.map_statistics import magnitude
from saccade.saliency.statistics.similarity import rank_correlation
from saccade.scripts.benchmarks.attentions.agreement import ANOTHER, HEADS, agreement_rows, where_it_lies
from saccade.scripts.benchmarks.attentions.agreement_runs import Options, measure

SPACE = spaces.Box(0, 255, (2, 52, 52), np.uint8)
STATES = States(np.random.default_rng(0).integers(0, 256, (6, *SPACE.shape), np.uint8), games=np.arange(6))


@pytest.fixture(scope="module")
def policy():
    th.manual_seed(0)
    return SoftAttentionDuelingPolicy(SPACE, spaces.Discrete(3), lambda _: 1e-3)


def row_of(rows, **wanted):
    (found,) = [row for row in rows if all(row[name] == x for name, x in wanted.items())]
    return found


def test_rows_hold_attention_beside_every_method_and_blind_order_and_v_beside_a(policy):
    rows = agreement_rows(policy, STATES, ("attention", "jacobian"), draws=2, seed=5)
    blind = list(blind_orders_of(th.as_tensor(STATES.observations)))
    assert [row["other"] for row in rows if row["head"] == "value"] == ["jacobian", *blind, ANOTHER]
    assert [row["other"] for row in rows if row["head"] == "value and advantage"] == ["attention", "jacobian"]
    found = row_of(rows, head="advantage", other="jacobian")
    by_hand = [
        magnitude(METHODS[name](heads(policy)["advantage"], STATES.observations).numpy()) for name in ("attention", "jacobian")
    ]
    place = where_it_lies(by_hand[0])
    assert by_hand[0][place].sum() == pytest.approx(by_hand[0].sum())  # nothing of it lies outside
    assert by_hand[0][place].size < by_hand[0].size
    by_hand = [strength[place] for strength in by_hand]
    estimate, low, high = found["rank_correlation"]
    assert estimate == pytest.approx(rank_correlation(*by_hand).mean(), abs=1e-3)
    assert low <= estimate <= high
    assert len(found["rank_correlation_random"]) == len(found["top_tenth_iou_random"]) == 2


def test_where_attention_lies_by_hand():
    attention = np.zeros((2, 4, 5))
    attention[0, 1, 3] = attention[1, 2, 1] = 0.5
    assert where_it_lies(attention) == (slice(None), slice(1, 3), slice(1, 4))
    assert where_it_lies(np.ones((1, 3, 2))) == (slice(None), slice(0, 3), slice(0, 2))


def test_attention_that_never_changes_agrees_with_that_of_another_state(policy, monkeypatch):
    same = np.tile(np.random.default_rng(2).random((1, 52, 52)), (6, 1, 1))
    maps = {("value", "attention"): same, ("advantage", "attention"): np.random.default_rng(3).random((6, 52, 52))}
    monkeypatch.setattr("saccade.scripts.benchmarks.attentions.agreement._strengths", lambda *_: maps)
    rows = agreement_rows(policy, STATES, ("attention",), draws=1, seed=0)
    assert row_of(rows, head="value", other=ANOTHER)["rank_correlation"] == [1.0, 1.0, 1.0]
    assert abs(row_of(rows, head="advantage", other=ANOTHER)["rank_correlation"][0]) < 0.1


def test_a_stream_that_attends_as_the_other_agrees_with_it_wholly(policy, monkeypatch):
    maps = {(head, "attention"): np.random.default_rng(1).random((6, 52, 52)) for head in HEADS}
    maps["advantage", "attention"] = maps["value", "attention"]
    monkeypatch.setattr("saccade.scripts.benchmarks.attentions.agreement._strengths", lambda *_: maps)
    rows = agreement_rows(policy, STATES, ("attention",), draws=1, seed=0)
    both = row_of(rows, head="value and advantage")
    assert both["rank_correlation"] == [1.0, 1.0, 1.0]
    assert both["top_tenth_iou"] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("methods", "said"), [(("attention", "jacobain"), "no method 'jacobain'"), (("jacobian",), "has no attention")]
)
def test_wrong_methods_are_refused_before_anything_is_read(methods, said, tmp_path):
    with pytest.raises(ConfigError, match=said):
        measure(Options((tmp_path / "no run",), tmp_path / "out", methods))
    assert not (tmp_path / "out").exists()


def test_one_state_is_refused_since_it_would_be_its_own_other_state(tmp_path):
    with pytest.raises(ConfigError, match="states is 1; it must be at least 2"):
        measure(Options((tmp_path / "no run",), tmp_path / "out", states=1))
