import torch as th

from saccade.policies import GradientScale


def test_forward_is_the_identity_in_both_modes():
    x = th.randn(3, 5)
    scale = GradientScale(0.25)
    assert th.equal(scale.train()(x), x)
    assert th.equal(scale.eval()(x), x)


def test_gradient_is_scaled_in_training_only():
    for training, expected in ((True, 0.25), (False, 1.0)):
        x = th.ones(4, requires_grad=True)
        GradientScale(0.25).train(training)(x).sum().backward()
        assert th.equal(x.grad, th.full((4,), expected))
