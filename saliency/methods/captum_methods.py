"""Captum's methods, on the heads of SB3 policies. Importing captum takes half a second, so each method does it when it is used."""

from collections.abc import Callable, Sequence
from typing import Any

import torch as th
from stable_baselines3.common.type_aliases import PyTorchObs
from torch import nn

from ..errors import NoMapError
from ..readers.entries import Entries, Observations
from ..readers.head import Head
from ..readers.undisturbed.evaluation_mode import differentiating, evaluating
from .chunks import at_once, in_chunks, of_images
from .gradient_flow import WITHOUT, check_flow, gradients, plain_refusals
from .image_filters import contrast

STEPS = 32  # of integrated gradients


@in_chunks
def integrated_gradients(head: Head, obs: Observations, steps: int | None = None) -> PyTorchObs:
    """
    The mean gradient on the straight line from black to the observation, times the observation (Sundararajan et al. 2017).

    The map adds up to the head's value at the observation minus its value at a black screen, up to the error of the steps.

    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it
    :param steps: on the line; 32 by default
    :return: signed map of the observations' shape, in units of the head
    :raises NoMapError: if the gradient is cut on its way to the observations
    """
    return _integrated(head, obs, steps, lambda entries: tuple(th.zeros_like(x) for x in _seen(entries)))


@of_images
@in_chunks
def integrated_gradients_blurred(head: Head, obs: Observations, steps: int | None = None) -> PyTorchObs:
    """
    Integrated gradients from a widely blurred image (the blurred baseline of Sturmfels et al. 2020) instead of a black one: the
    mean gradient on the straight line from the blurred image to the image, times its contrast.

    The map adds up to head(x) - head(blurred x), up to the error of the steps. With one step at the image it would be
    :func:`saccade.saliency.methods.contrast_methods.jacobian_x_contrast`, and what is said there of removal by blur holds here.
    Entries that are not images stay as they are, and get zeros.

    :param head: of a policy that sees images
    :param obs: batch (B, ...) as the env gives it
    :param steps: on the line; 32 by default
    :return: signed map of the observations' shape, in units of the head
    :raises NoMapError: if no entry is an image, or the gradient is cut on its way to the observations
    """
    entries = Entries.of(head.policy, obs)
    if not entries.images():
        raise NoMapError("a blurred baseline needs images, and these observations have none; integrated_gradients works on vectors")

    def start(entries: Entries) -> tuple[th.Tensor, ...]:
        return tuple(
            x - contrast(x) if key in entries.images() else x for key, x in zip(entries.seen(), _seen(entries), strict=True)
        )

    return _integrated(head, obs, steps, start)


def _integrated(head: Head, obs: Observations, steps: int | None, start: Callable[[Entries], tuple[th.Tensor, ...]]) -> PyTorchObs:
    """Integrated gradients from a baseline of each entry that is seen."""
    from captum.attr import IntegratedGradients

    entries, forward = _asked(head, obs)
    with differentiating(head.policy), plain_refusals(head.policy):
        first = th.arange(1, device=entries.device)
        one, leaf = head.rows(first), entries.rows(first).leaves()
        check_flow(one, entries.rows(first), gradients(one(leaf.packed()), leaf.tensors))
        leaves = _seen(entries.leaves())
        maps = IntegratedGradients(forward).attribute(
            leaves,
            baselines=start(entries),
            additional_forward_args=_rows(entries),
            n_steps=STEPS if steps is None else steps,
            internal_batch_size=max(at_once(entries), len(entries)),
        )
    return _of_what_is_seen(entries, [x.detach().to(leaves[0].dtype) for x in maps])


@of_images
@in_chunks
def grad_cam(head: Head, obs: Observations) -> PyTorchObs:
    """
    The output of the last convolution, weighted by the head's mean gradient on each of its channels (Selvaraju et al. 2017) and
    enlarged to the image. The map keeps its sign; the paper keeps the positive part only. Each channel of the image gets an equal
    share.

    :param head: of a policy that sees an image through convolutions
    :param obs: batch (B, ...) as the env gives it
    :return: signed map of the observations' shape
    :raises NoMapError: if there is no convolution over the whole image, or more than one image, or if frames are convolved singly
    """
    from captum.attr import LayerAttribution, LayerGradCam

    entries, forward = _asked(head, obs)
    images = entries.images()
    if len(images) != 1 or not head.reader.sees_whole_image:
        raise NoMapError(
            f"Grad-CAM needs one image and convolutions over all of it; {type(head.policy).__name__} has "
            + ("a retina in between" if len(images) == 1 else f"{len(images)} images")
        )
    image = entries.tensors[images[0]]
    with differentiating(head.policy), plain_refusals(head.policy):
        layer = last_convolution(head, entries)
        leaves = _seen(entries.leaves())
        coarse = LayerGradCam(forward, layer).attribute(leaves, additional_forward_args=_rows(entries))
    assert isinstance(coarse, th.Tensor)
    if len(coarse) != len(image):  # its output has one row for each of several pictures
        raise NoMapError(
            f"Grad-CAM needs a convolution that sees an observation at once; that of {type(head.policy).__name__} gets "
            f"{len(coarse) // len(image)} pictures of each observation, one after the other"
        )
    if entries.axes[images[0]].turned:
        coarse = coarse.transpose(2, 3)
    height, width = image.shape[2:]
    fine = LayerAttribution.interpolate(coarse.detach(), (height, width), "bilinear")
    return entries.maps({images[0]: (fine / image.shape[1]).expand_as(image).clone()})


@in_chunks
def occlusion(head: Head, obs: Observations, window: int | None = None) -> PyTorchObs:
    """
    How far the head falls when a window is covered, averaged over the windows that cover a place (Zeiler and Fergus 2014).

    A window covers all channels of an image, each with its own mean. A vector is covered one component at a time, with 0.

    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it
    :param window: side of the square in pixels; it moves by half of that. By default a tenth of the image
    :return: signed map of the observations' shape, in units of the head
    :raises ValueError: if the window is larger than the image
    """
    from captum.attr import Occlusion

    entries, forward = _asked(head, obs)
    shapes, strides = [], []
    for x in _seen(entries):
        side = 1 if x.ndim != 4 else max(min(x.shape[2:]) // 10, 1) if window is None else window
        if side < 1 or (x.ndim == 4 and side > min(x.shape[2:])):
            raise ValueError(f"window is {window}; it must be from 1 to the image's {min(x.shape[2:])} pixels")
        shapes.append((x.shape[1], side, side) if x.ndim == 4 else (1,) * (x.ndim - 1))
        strides.append((x.shape[1], *[max(side // 2, 1)] * 2) if x.ndim == 4 else (1,) * (x.ndim - 1))
    with evaluating(head.policy), th.no_grad():
        maps = Occlusion(forward).attribute(
            _seen(entries),
            tuple(shapes),
            tuple(strides),
            baselines=_covers(entries),
            additional_forward_args=_rows(entries),
            perturbations_per_eval=max(at_once(entries) // len(entries), 1),
        )
    return _of_what_is_seen(entries, maps)


@in_chunks
def deletion(head: Head, obs: Observations, block: int | None = None) -> PyTorchObs:
    """
    How far the head falls when a block of an image, or one component of a vector, is deleted (captum's feature ablation). Unlike
    the windows of :func:`occlusion`, blocks do not overlap.

    :param head: of a policy
    :param obs: batch (B, ...) as the env gives it
    :param block: side of the block in pixels; a twentieth of the image by default
    :return: signed map of the observations' shape, in units of the head; each pixel of a block gets an equal share
    :raises ValueError: if the block is below 1 pixel
    """
    from captum.attr import FeatureAblation

    entries, forward = _asked(head, obs)
    masks, number = [], 0
    for x in _seen(entries):
        mask = th.arange(x[0].numel(), device=x.device).view(1, *x.shape[1:])
        if x.ndim == 4:
            side = max(min(x.shape[2:]) // 20, 1) if block is None else block
            if side < 1:
                raise ValueError(f"block is {block}; it must be at least 1 pixel")
            down, right = (th.arange(size, device=x.device) // side for size in x.shape[2:])
            mask = (down[:, None] * (right[-1] + 1) + right).expand(1, x.shape[1], -1, -1)
        masks.append(mask + number)
        number += int(mask.max()) + 1
    with evaluating(head.policy), th.no_grad():
        maps = FeatureAblation(forward).attribute(
            _seen(entries),
            baselines=_covers(entries),
            feature_mask=tuple(masks),
            additional_forward_args=_rows(entries),
            perturbations_per_eval=max(at_once(entries) // len(entries), 1),
        )
    shared = [x / th.bincount(mask.flatten())[mask] for x, mask in zip(maps, masks, strict=True)]
    return _of_what_is_seen(entries, shared)


def last_convolution(head: Head, entries: Entries) -> nn.Module:
    """
    The last convolution that a head depends on.

    :param head: of a policy in evaluation mode, gradients on
    :param entries: observations
    :raises NoMapError: if there is none
    """
    seen: list[tuple[nn.Module, th.Tensor]] = []
    hooks = [
        module.register_forward_hook(lambda module, _, output: seen.append((module, output)))
        for module in head.policy.modules()
        if isinstance(module, nn.Conv2d)
    ]
    try:
        value = head(entries.leaves().packed()).sum()
    finally:
        for hook in hooks:
            hook.remove()
    outputs = [output for _, output in seen if output.requires_grad]
    if seen and not (outputs and value.requires_grad):
        raise NoMapError(
            f"Grad-CAM differentiates the last convolution of {type(head.policy).__name__}, which runs without gradients (no_grad, "
            f"as in a frozen features extractor); {WITHOUT}"
        )
    layers = [module for module, output in seen if output.requires_grad]
    slopes = th.autograd.grad(value, outputs, allow_unused=True) if seen else ()
    used = [module for module, slope in zip(layers, slopes, strict=True) if slope is not None]
    if not used:
        unheard = not seen and any(isinstance(module, nn.Conv2d | th.jit.ScriptModule) for module in head.policy.modules())
        aside = " whose output it is told (torch tells none of a compiled or scripted network)" if unheard else ""
        raise NoMapError(
            f"Grad-CAM needs a convolution, and the head {head.name!r} of {type(head.policy).__name__} depends on none{aside}"
        )
    return used[-1]


def _asked(head: Head, obs: Observations) -> tuple[Entries, Callable[..., th.Tensor]]:
    """The observations, and the head in captum's form: a function of the free entries and of the rows that they come from."""
    entries = Entries.of(head.policy, obs)
    tied = head.at(entries.packed())

    def forward(*changed: Any) -> th.Tensor:
        *tensors, rows = changed
        fixed = {key: entries.tensors[key][rows] for key in entries.fixed}
        here = entries.with_({**fixed, **dict(zip(entries.seen(), tensors, strict=True))})
        values = tied.rows(rows)(here.packed())
        return values + sum(0 * x.flatten(1).sum(1) for x in tensors)  # captum wants every entry in the graph

    return entries, forward


def _seen(entries: Entries) -> tuple[th.Tensor, ...]:
    return tuple(entries.tensors[key] for key in entries.seen())


def _of_what_is_seen(entries: Entries, maps: Sequence[th.Tensor]) -> PyTorchObs:
    """Captum's maps in the form of the observations."""
    return entries.maps(dict(zip(entries.seen(), maps, strict=True)))


def _rows(entries: Entries) -> th.Tensor:
    return th.arange(len(entries), device=entries.device)


def _covers(entries: Entries) -> tuple[th.Tensor, ...]:
    """What a covered place gets: the mean of an image's channel, 0 in a vector."""
    return tuple(x.mean(dim=(2, 3), keepdim=True).expand_as(x) if x.ndim == 4 else th.zeros_like(x) for x in _seen(entries))
