"""
A policy whose causes are known: the checkerboard at the top left decides V, the one at the bottom right decides A. The right map
beats all blind orders, and no other map does.
"""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

from saccade.policies import DuelingCnnPolicy
from saccade.saliency import METHODS, Head, States
from saccade.saliency.checks.blind.orders import OF_PICTURES, contrast
from saccade.saliency.checks.trust import Effort, Trust, trust
from saccade.saliency.checks.trust_controls import shuffled, trust_controls
from saccade.saliency.checks.verdict import words
from saccade.saliency.methods.derivatives import jacobian
from saccade.saliency.methods.map_making import make_maps
from saccade.saliency.readers.entries import Entries

SIDE, TILE = 24, 8
HEADS = ("value", "advantage")
OTHER = {"value": "advantage", "advantage": "value"}
BOARD = np.where(np.indices((TILE, TILE)).sum(0) % 2, 1.0, -1.0)
EFFORT = Effort(steps=6, orders=2, weights=1)


class TwoBoards(BaseFeaturesExtractor):
    """How much of a checkerboard there is at the top left, and at the bottom right. A blur or the mean leaves none of it."""

    def __init__(self, space: spaces.Box) -> None:
        super().__init__(space, 2)
        self.look = nn.Linear(SIDE * SIDE, 2, bias=False)
        weights = np.zeros((2, SIDE, SIDE))
        weights[0, :TILE, :TILE] = weights[1, -TILE:, -TILE:] = BOARD / TILE
        with th.no_grad():
            self.look.weight.copy_(th.from_numpy(weights.reshape(2, -1)))

    def forward(self, images: th.Tensor) -> th.Tensor:
        return self.look(images.flatten(1))


@pytest.fixture(scope="module")
def policy() -> DuelingCnnPolicy:
    """V = the first feature, A = (minus, plus) the second."""
    th.manual_seed(0)
    made = DuelingCnnPolicy(
        spaces.Box(0, 255, (1, SIDE, SIDE), np.uint8),
        spaces.Discrete(2),
        lambda _: 1e-3,
        net_arch=[],
        hidden_width=2,
        activation_fn=nn.Identity,
        features_extractor_class=TwoBoards,
    )
    net = made.q_net
    with th.no_grad():
        for stream in (net.value_stream, net.advantage_stream):
            stream[0].weight.copy_(th.eye(2))
            stream[0].bias.zero_()
            stream[-1].bias.zero_()
        net.value_stream[-1].weight.copy_(th.tensor([[1.0, 0.0]]))
        net.advantage_stream[-1].weight.copy_(th.tensor([[0.0, -1.0], [0.0, 1.0]]))
    return made


@pytest.fixture(scope="module")
def states() -> States:
    """Nine checkerboards in each picture, each with a contrast of its own. Seven decide nothing."""
    random = np.random.default_rng(0)
    strengths = random.uniform(20, 100, (16, 3, 3)) * random.choice([-1, 1], (16, 3, 3))
    boards = strengths.repeat(TILE, 1).repeat(TILE, 2) * np.tile(BOARD, (3, 3))
    return States((128 + boards)[:, None].round().astype(np.uint8))


def rows_of(policy, states: States, methods: dict, seed: int = 0) -> dict[tuple[str, str], Trust]:
    rows = trust(policy, states, make_maps(policy, states, HEADS, methods), methods, seed, EFFORT)
    return {(row.head, row.method): row for row in rows}


def test_the_policy_is_what_it_is_said_to_be(policy, states):
    image = states.observations[:, 0] / 255.0
    v, d = (image[:, :TILE, :TILE] * BOARD).sum((1, 2)) / TILE, (image[:, -TILE:, -TILE:] * BOARD).sum((1, 2)) / TILE
    x = Entries.of(policy, states.observations).packed()
    assert np.allclose(Head(policy, "value")(x).detach(), v, atol=1e-4)
    assert np.allclose(Head(policy, "advantage")(x).detach(), np.abs(d), atol=1e-4)


def test_the_right_maps_beat_all_four_blind_orders_with_intervals_off_zero(policy, states):
    rows = rows_of(policy, states, {name: METHODS[name] for name in ("jacobian", "occlusion")})
    assert len(rows) == 4
    for row in rows.values():
        assert len(row.leads) == 2 * 2 * 4
        assert all(lead.low > 0 for lead in row.leads.values())
        assert row.passes
        assert row.beaten == 1
        assert row.verdict.startswith("beats all four blind orders by blur and by grey; passes randomisation (")


def test_the_map_of_the_other_head_and_the_frame_alone_do_not(policy, states):
    def of_the_other(head, obs):
        return jacobian(Head(head.policy, OTHER[head.name]).at(Entries.of(head.policy, obs).packed()), obs)

    def frame(head, obs):
        return th.from_numpy(contrast(Entries.of(policy, obs).tensors[""], 0))[:, None]

    rows = rows_of(policy, states, {"other": of_the_other, "frame": frame})
    for head in HEADS:
        other, drawn = rows[head, "other"], rows[head, "frame"]
        assert not other.passes
        never_beaten = {
            rival
            for rival in OF_PICTURES
            if all(word != "beats" for which, word in words(other.leads).items() if which[2] == rival)
        }
        assert never_beaten >= {"random_pixels", "random_blocks", "contrast"}
        assert "is worse than random pixels" in other.verdict
        assert other.leads["deletion", "blur", "random_pixels"].estimate < 0  # worse than chance: its patch decides nothing
        assert not drawn.passes
        assert "cannot be told from" in drawn.verdict
        assert "and what is drawn in the frame (contrast alone); fails randomisation (1.00)" in drawn.verdict
        assert all(drawn.leads[m, r, "contrast"].estimate == 0 for m in ("deletion", "insertion") for r in ("blur", "grey"))


@pytest.mark.parametrize("seed", range(6))
def test_noise_and_shuffled_maps_never_pass(policy, states, seed):
    """Both pass the randomisation check, because they are new each time. Blind orders tell them."""
    random = th.Generator().manual_seed(seed)
    methods = {
        "noise": lambda head, obs: th.rand(np.shape(obs), generator=random),
        "shuffled": shuffled(jacobian, seed),
    }
    for row in rows_of(policy, states, methods, seed).values():
        assert np.abs(row.random_all).max() < 0.2
        assert not row.passes
        assert any(lead.low <= 0 for which, lead in row.leads.items() if which[2] == "random_pixels")
        assert not row.verdict.startswith("beats all")


def test_neither_do_the_controls(policy, states):
    methods = {"jacobian": jacobian}
    maps = make_maps(policy, states, HEADS, methods)
    rows = trust_controls(policy, states, maps, methods, effort=EFFORT)
    shuffled_rows = [row for row in rows if row.method == "jacobian, shuffled"]
    assert len(shuffled_rows) == 2
    assert not any(row.passes for row in shuffled_rows)


@pytest.mark.parametrize("count", [1, 4, 7])
def test_few_states_never_pass(policy, states, count):
    for row in rows_of(policy, states.some(slice(count)), {"jacobian": jacobian}).values():
        assert not row.passes
        assert row.verdict.startswith(f"cannot be compared with blind orders: {count} state")
