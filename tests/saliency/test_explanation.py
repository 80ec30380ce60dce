import json

import numpy as np
import pytest
import torch as th
from grid_policies import flat_policy
from gymnasium import spaces
from small_policies import observed, small_policy

from saccade.saliency import MapKey, States, explain, head_jacobians
from saccade.saliency.checks.causal_check import CausalCheck
from saccade.saliency.checks.trust import Trust
from saccade.saliency.errors import UnknownHeadError, UnknownMethodError
from saccade.saliency.explanation import Explanation
from saccade.saliency.statistics.bootstrap import Interval


def trust_row(**changes) -> Trust:
    """A row of figures."""
    numbers = dict.fromkeys(("flips", "flips_random", "similarity_head", "similarity_all", "sensitivity", "gini", "entropy"), 0.5)
    plain = {
        "head": "value",
        "method": "jacobian",
        "states": 9,
        "places": 64,
        "ratios": {("deletion", "blur"): 1.5},
        "leads": {("deletion", "blur", "contrast"): Interval(0.5, -0.25, 1.0)},
        "random_head": (0.5,),
        "random_all": (0.5,),
        "alike": 0.0,
    }
    return Trust(**{**plain, **numbers, **changes})


def test_figures_are_json_and_the_text_says_what_was_measured():
    rows = [trust_row(random_all=(x,)) for x in (0.2, 0.9, float("nan"))]
    told = Explanation(
        "model.zip in Pong",
        trust=rows,
        agreement={"value": {("jacobian", "greydanus"): 0.25}},
        shares={"value": np.array([0.25, 0.75])},
        lags={"value": (1.5, np.array([1.0, 3.0, 2.0]))},
        causal={
            "value": CausalCheck(
                {"top": np.array([0.3, 0.5]), "elsewhere": np.array([0.1, 0.1])},
                {"elsewhere": np.array([0.3, 0.5])},
                dict.fromkeys(("nothing", "top", "elsewhere"), np.array([1.0, 3.0])),
                dict.fromkeys(("nothing", "top", "elsewhere"), ("a", "b")),
                10,
            )
        },
    )
    figures = json.loads(json.dumps(told.figures(), allow_nan=False))
    assert [row["verdict"].partition("; ")[2].split()[0] for row in figures["trust"]] == ["passes", "fails", "randomisation"]
    assert figures["trust"][0]["deletion"]["blur"]["lead_over"]["contrast"]["low"] == -0.25
    assert figures["trust"][2]["random_all"] is None
    assert "above 0 the map is better" in figures["reading"]["lead_over"]
    assert figures["agreement"] == {"value": {"jacobian and greydanus": 0.25}}
    assert figures["causal_check"]["value"]["changed_top"] == 0.4
    text = told.text()
    for part in (
        "# model.zip in Pong",
        "- value, jacobian: cannot be told from what is drawn in the frame (contrast alone); passes randomisation (0.20).",
        "fails randomisation (0.90)",
        "randomisation cannot be checked",
        "| deletion (above 1 is good) | blur | 1.50 | +0.50 [-0.25, +1.00] |",
        "random_all (near 0 is good)",
        "25%, 75%",
        "1.50 steps on average, and most at lag 1",
        "| the most salient square | 40.0% +- 10.0% |",
        "| 10.0% +- 0.0% | 30.0% |",
        "| 2.0 +- 1.0 |",
    ):
        assert part in text
    assert Explanation("nothing").text() == "# nothing\n"


def test_what_is_not_defined_is_null_and_left_out_of_the_text():
    unknown = float("nan")
    undefined = dict.fromkeys(("flips", "gini", "sensitivity", "alike"), unknown)
    nothing = np.array([float("nan"), 1.0])
    told = Explanation(
        "nothing",
        trust=[trust_row(ratios={("deletion", "blur"): unknown}, random_head=(unknown,), random_all=(unknown,), **undefined)],
        agreement={"value": {("a", "b"): float("nan")}},
        shares={"value": nothing},
        lags={"value": (float("nan"), nothing)},
        causal={
            "value": CausalCheck(
                {"top": nothing[:1]},
                {},
                dict.fromkeys(("nothing", "top"), np.zeros(1)),
                dict.fromkeys(("nothing", "top"), "a"),
                9,
                1.0,
            )
        },
    )
    figures = json.loads(json.dumps(told.figures(), allow_nan=False))
    assert figures["trust"][0]["deletion"]["blur"]["ratio"] is None
    assert figures["trust"][0]["sensitivity"] is None
    assert figures["frame_shares"]["value"] == [None, 1.0]
    assert figures["mean_lag"]["value"] is None
    assert figures["causal_check"]["value"]["changed_top"] is None
    text = told.text()
    assert "nan" not in text.partition("share of each frame")[0]
    assert "looks back" not in text
    assert "In 100.0% of the steps there was no map" in text


def test_explain_makes_the_maps_and_checks_them_without_an_env():
    policy = small_policy("dueling")
    obs = observed(policy, 3)
    found = explain(policy, obs, heads=("value", "gap"), methods=("jacobian", "occlusion"))
    assert [str(key) for key in found.maps] == ["value", "gap", "value/occlusion", "gap/occlusion"]
    assert np.allclose(found.maps[MapKey("gap")], head_jacobians(policy, obs, ("gap",))["gap"])
    by_head = sorted(found.maps, key=lambda key: key.head != "value")
    assert [row.key for row in found.trust] == by_head
    assert found.agreement.keys() == {"value", "gap"}
    assert found.shares["value"].shape == (2,)
    assert found.shares["value"].sum() == pytest.approx(1)
    assert found.about == type(policy).__name__
    assert found.verdicts() == {str(row.key): row.verdict for row in found.trust}


@pytest.mark.parametrize("axes", ["TCHW", "CTHW", "HWCT"])
def test_shares_are_those_of_the_frames_whichever_axis_is_theirs(axes):
    """The value is the mean of the newest of three frames."""
    sizes = {"T": 3, "C": 2, "H": 6, "W": 6}
    shape = tuple(sizes[letter] for letter in axes)
    policy = flat_policy(spaces.Box(0, 1, shape, np.float32), net_arch=[])
    weight = th.zeros(shape)
    weight[tuple(2 if letter == "T" else slice(None) for letter in axes)] = 1
    with th.no_grad():
        policy.value_net.weight.copy_(weight.flatten()[None])
    obs = np.random.default_rng(0).random((2, *shape), dtype=np.float32)
    told = explain(policy, obs, ("value",), ("jacobian",), trust=False, axes=axes)
    assert told.shares["value"].tolist() == [0, 0, 1]


def test_explain_without_checks_and_with_controls():
    policy = small_policy("dqn")
    states = States(observed(policy, 2))
    assert explain(policy, states, trust=False).trust == []
    told = explain(policy, states, controls=True)
    rows = told.trust
    assert list(told.verdicts()) == ["q/jacobian_x_contrast", "q"]  # the controls have no maps to stand beside
    names = [(row.head, row.method) for row in rows]
    shown = ("jacobian_x_contrast", "jacobian")
    rows_of = [("q", ""), ("q", ", shuffled"), ("q, random weights", "")]
    assert names == [(head, method + control) for head, control in rows_of for method in shown]


def test_explain_refuses_names_that_do_not_exist():
    policy = small_policy("dqn")
    with pytest.raises(UnknownHeadError, match="no head 'speed'"):
        explain(policy, observed(policy, 1), heads=("speed",))
    with pytest.raises(UnknownMethodError, match="no method 'lime'"):
        explain(policy, observed(policy, 1), methods=("lime",))
