"""Features extractors that cannot be differentiated as they are: a map, or one plain line."""

import numpy as np
import pytest
import torch as th
from gymnasium import spaces
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from small_policies import IMAGE, MIXED, SmoothCnn, SmoothMixed, observed, rate
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

from saccade.saliency import METHODS, NoMapError, explain, head_jacobians, heads, temporal_norms
from saccade.saliency.checks.random_weights.random_layers import layers_from_head
from saccade.saliency.readers.entries import Entries

SIGHT, ACTIONS = spaces.Box(-10, 10, (20,), np.float32), spaces.Discrete(3)
VECTORS = np.random.default_rng(0).uniform(-3, 3, (4, 20)).astype(np.float32)
OF_VECTORS = [name for name, method in METHODS.items() if not getattr(method, "of_images", False)]
DIFFERENTIATE = ["jacobian", "gradient_x_input", "smoothgrad", "integrated_gradients"]


class Scales(BaseFeaturesExtractor):
    """Changes what it gets, unless it is told to be careful."""

    def __init__(self, space: spaces.Box, careful: bool = False) -> None:
        super().__init__(space, 8)
        self.net, self.careful = nn.Linear(20, 8), careful

    def forward(self, x):
        if self.careful:
            x = x.clone()
        x[:, 10:] /= 10.0
        x.clamp_(-1, 1)
        return self.net(x).tanh()


class NoGrad(Scales):
    def forward(self, x):
        with th.no_grad():
            return self.net(x).tanh()


class Detached(Scales):
    def forward(self, x):
        return self.net(x).tanh().detach()


class Inference(Scales):
    def forward(self, x):
        with th.inference_mode():
            return self.net(x).tanh()


class Numpy(Scales):
    def forward(self, x):
        return th.from_numpy(np.tanh(x.numpy()[:, :8]))


class DetachedNumpy(Scales):
    def forward(self, x):
        return th.from_numpy(np.tanh(x.detach().numpy()[:, :8]))


class Spoiled(Scales):
    """Changes what its own gradient needs."""

    def forward(self, x):
        features = self.net(x).exp()
        features.mul_(2)
        return features


class NoBackward(th.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.tanh()


class WithoutDerivative(Scales):
    def forward(self, x):
        return NoBackward.apply(self.net(x))


class Caches(Scales):
    """Keeps the weights' part of an earlier call."""

    kept = None

    def forward(self, x):
        if self.kept is None:
            self.kept = self.net.weight.exp().tanh()
        return (x @ self.kept.T).tanh()


def made(extractor: type[BaseFeaturesExtractor], space=SIGHT, policy_class=ActorCriticPolicy, **options) -> ActorCriticPolicy:
    th.manual_seed(0)
    return policy_class(
        space, ACTIONS, rate, net_arch=[8], features_extractor_class=extractor, features_extractor_kwargs=options, ortho_init=False
    )


@pytest.mark.parametrize("method", OF_VECTORS)
def test_changes_in_place_change_nothing(method):
    """The maps are those of the careful twin, and the caller's observations stay as they are."""
    given = VECTORS.copy()
    for head in ("value", "action"):
        ours = METHODS[method](heads(made(Scales))[head], given)
        theirs = METHODS[method](heads(made(Scales, careful=True))[head], VECTORS.copy())
        assert th.equal(ours, theirs)
        assert ours.any()
    assert np.array_equal(given, VECTORS)


def test_checks_of_an_extractor_that_works_in_place():
    ours, theirs = (explain(policy, VECTORS, ("value",)) for policy in (made(Scales), made(Scales, careful=True)))
    assert repr(ours.trust) == repr(theirs.trust)  # a figure that is not defined is not equal to itself


@pytest.mark.parametrize("extractor", [NoGrad, Detached, Inference, Numpy, DetachedNumpy, Spoiled, WithoutDerivative])
def test_a_gradient_that_does_not_arrive_is_said(extractor):
    policy = made(extractor)
    for method in DIFFERENTIATE:
        with pytest.raises(NoMapError, match=r"cannot be differentiated|gradient is cut on the way") as refusal:
            METHODS[method](heads(policy)["value"], VECTORS)
        assert "\n" not in str(refusal.value)
        assert "occlusion and deletion need no gradient" in str(refusal.value)
    for method in ("occlusion", "deletion"):
        assert METHODS[method](heads(policy)["value"], VECTORS).any()


def test_the_checks_work_without_gradients():
    """The layers that run under no_grad get random weights, too."""
    policy = made(NoGrad)
    assert layers_from_head(heads(policy)["value"], Entries.of(policy, VECTORS))[-1] == "features_extractor.net"
    (row,) = explain(policy, VECTORS, ("value",), ("occlusion",)).trust
    assert np.isfinite([row.ratios["deletion", "zero"], *row.random_all, row.sensitivity]).all()


class ValueWithoutGradient(ActorCriticPolicy):
    @th.no_grad()
    def predict_values(self, obs):
        return super().predict_values(obs)


def test_heads_that_have_a_map_get_one():
    policy = made(Scales, policy_class=ValueWithoutGradient)
    explanation = explain(policy, VECTORS, methods=("jacobian", "occlusion"))
    assert {(key.head, key.method) for key in explanation.maps} == {
        ("action", "jacobian"),
        ("value", "occlusion"),
        ("action", "occlusion"),
    }
    (note,) = explanation.notes
    assert note.startswith("value, jacobian: no map. The head 'value' of ValueWithoutGradient depends on what is seen")
    assert note in explanation.text()
    assert explanation.figures()["notes"] == [note]


def test_a_head_that_depends_on_nothing_has_a_map_of_zeros():
    """Nothing is cut there, and nothing is refused."""

    class Blind(Scales):
        def forward(self, x):
            return self.net.bias.expand(len(x), 8)

    assert not head_jacobians(made(Blind), VECTORS, ("value",))["value"].any()


class FrozenCnn(SmoothCnn):
    def __init__(self, space: spaces.Box, blind: bool = False) -> None:
        super().__init__(space)
        self.blind = blind
        self.requires_grad_(False)

    def forward(self, images):
        if not self.blind:
            return super().forward(images)
        with th.no_grad():
            return super().forward(images)


@pytest.mark.parametrize("method", sorted(METHODS.keys() - {"attention"}))
def test_a_frozen_extractor_has_the_maps_of_one_that_is_not(method):
    frozen, free = made(FrozenCnn, IMAGE), made(FrozenCnn, IMAGE)
    free.requires_grad_(True)
    obs = observed(free, 2)
    assert th.equal(METHODS[method](heads(frozen)["action"], obs), METHODS[method](heads(free)["action"], obs))


def test_grad_cam_of_an_extractor_under_no_grad():
    policy = made(FrozenCnn, IMAGE, blind=True)
    with pytest.raises(NoMapError, match=r"the last convolution of ActorCriticPolicy, which runs without gradients"):
        METHODS["grad_cam"](heads(policy)["value"], observed(policy, 2))


class Rectified(BaseFeaturesExtractor):
    def __init__(self, space: spaces.Box, inplace: bool) -> None:
        super().__init__(space, 36)
        self.network = nn.Sequential(nn.Conv2d(2, 4, 4, 2), nn.ReLU(inplace), nn.Conv2d(4, 4, 5), nn.ReLU(inplace), nn.Flatten())

    def forward(self, images):
        return self.network(images)


def test_grad_cam_of_convolutions_that_are_rectified_in_place():
    """The map is that of the convolution's own output."""
    obs = np.random.default_rng(0).integers(0, 256, (2, *IMAGE.shape), dtype=np.uint8)
    ours, theirs = (METHODS["grad_cam"](heads(made(Rectified, IMAGE, inplace=inplace))["value"], obs) for inplace in (True, False))
    assert th.equal(ours, theirs)
    assert ours.any()


def test_a_policy_that_keeps_results_of_earlier_calls():
    """The checks copy it all the same, and what it keeps."""
    policy = made(Caches)
    assert head_jacobians(policy, VECTORS, ("value",))["value"].any()
    assert np.isfinite(explain(policy, VECTORS, ("value",)).trust[0].random_all).all()


class HalfCut(SmoothMixed):
    cut = "vector"

    def forward(self, observations):
        return super().forward({**observations, self.cut: observations[self.cut].detach()})


class ImageCut(HalfCut):
    cut = "image"


def test_of_several_entries_an_image_may_not_be_cut():
    policy = made(HalfCut, MIXED)
    maps = head_jacobians(policy, observed(policy, 2), ("value",))["value"]
    assert maps["image"].any()
    assert not maps["vector"].any()
    with pytest.raises(NoMapError, match="depends on what is seen of image, but its gradient is cut"):
        head_jacobians(made(ImageCut, MIXED), observed(policy, 2), ("value",))


class ToOnePixel(BaseFeaturesExtractor):
    """The last convolution sees the whole image at once, as NatureCNN's does for 36 to 43 pixels."""

    def __init__(self, space: spaces.Box) -> None:
        super().__init__(space, 4)
        self.network = nn.Sequential(nn.Conv2d(2, 4, 4, 4), nn.ReLU(), nn.Conv2d(4, 4, 4), nn.Flatten())

    def forward(self, images):
        return self.network(images)


def test_a_constant_map_is_called_constant():
    policy = made(ToOnePixel, IMAGE)
    explanation = explain(policy, observed(policy, 3), ("value",), ("jacobian", "grad_cam"))
    verdicts = {row.method: row.verdict for row in explanation.trust}
    assert verdicts["grad_cam"].startswith("constant: ")
    assert " randomisation (" in verdicts["jacobian"]
    assert "value, grad_cam: constant: it is the same everywhere, up to rounding, so it points at nothing." in explanation.text()


class CriticCut(RecurrentActorCriticPolicy):
    """Frozen features for the critic alone."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, share_features_extractor=False, lstm_hidden_size=4, **options)
        of_critic = self.vf_features_extractor
        of_critic.forward = lambda x: of_critic.net(x.detach()).tanh()


def test_through_time_a_cut_gradient_is_said_as_well():
    policy = made(Scales, policy_class=CriticCut, careful=True)
    assert temporal_norms(policy, VECTORS, "action").any()
    with pytest.raises(NoMapError, match="gradient is cut on the way"):
        temporal_norms(policy, VECTORS, "value")
