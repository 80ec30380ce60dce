"""Maps of what stands out from its surroundings: the Jacobian times the contrast of the image."""

from collections.abc import Callable, Mapping

import torch as th
from stable_baselines3.common.type_aliases import PyTorchObs

from ..errors import NoMapError
from ..readers.entries import Entries, Observations
from ..readers.head import Head
from .chunks import of_images
from .gradient_methods import Method, OfJacobian
from .image_filters import blurred, contrast

FIELD = 1 / 42  # of an image's shorter side, 2 pixels of 84: the standard deviation of the Gaussian that smooths a map


@of_images
@OfJacobian
def jacobian_x_contrast(entries: Entries, jacobians: Mapping[str, th.Tensor]) -> dict[str, th.Tensor]:
    """
    The Jacobian times the contrast of the image: dh/dx * (x - blur(x)), with a Gaussian blur whose standard deviation is an eighth
    of the shorter side. Called as ``jacobian_x_contrast(head, obs)``.

    To first order (Taylor) it is what the head loses when the pixel is blurred away, in units of the head. For a linear head it is
    exact, and the map adds up to head(x) - head(blur(x)). It costs no forward pass more than the Jacobian. Where the frame is even
    it is 0: the Jacobian there says what the head would do if something were drawn, and nothing is.

    Removing places by a wide blur is close to its definition. A check that removes them so favours this map, so look at another
    removal as well.

    :param entries: observations (B, ...) by key
    :param jacobians: of a head with respect to them
    :raises NoMapError: if no entry of the observations is an image
    """
    if not entries.images():
        raise NoMapError("contrast needs images, and these observations have none; gradient_x_input works on vectors")
    return {key: jacobians[key] * contrast(entries.tensors[key]) for key in entries.images()}


def smoothed(method: Method, deviation: float | None = None, signed: bool = False) -> Method:
    """
    A method's map, blurred over about the field of a first convolution. Derivatives of a network with strides differ much between
    neighbouring pixels, which no eye needs.

    :param method: to be smoothed; entries that are not images get no map
    :param deviation: standard deviation of the Gaussian, in pixels; by default a 42nd of the image's shorter side
    :param signed: blur the signed map, so that neighbours of unlike signs cancel out; by default the strength is blurred and keeps
        the sign of the blurred map
    :return: a method
    :raises ValueError: if the deviation is not above 0
    """
    if deviation is not None and deviation <= 0:
        raise ValueError(f"deviation is {deviation}; it must be above 0 pixels")

    def smooth(maps: th.Tensor) -> th.Tensor:
        width = deviation or FIELD * min(maps.shape[2:])
        soft = blurred(maps, width)
        return soft if signed else th.where(soft < 0, -1, 1) * blurred(maps.abs(), width)

    return _changed(method, smooth)


def summed(method: Method) -> Method:
    """
    A method's map, summed over the channels of each place: what the place does with all of its frames together. Each channel gets
    an equal share. The strength of a map is a sum of absolute values over channels, in which frames of unlike signs do not cancel
    out. But who takes a place away takes all of its frames away.

    :param method: whose maps are summed; entries that are not images get no map
    :return: a method
    """
    return _changed(method, lambda maps: maps.mean(dim=1, keepdim=True).expand_as(maps).clone())


def _changed(method: Method, change: Callable[[th.Tensor], th.Tensor]) -> Method:
    """A method whose maps of images (B, C, H, W) are changed. What follows from the Jacobian still does."""

    def of_entries(entries: Entries, maps: Mapping[str, th.Tensor]) -> dict[str, th.Tensor]:
        if not entries.images():
            raise NoMapError("this method is for maps of images, and these observations have none")
        return {key: change(maps[key]) for key in entries.images()}

    if isinstance(method, OfJacobian):
        rule = method.rule
        return of_images(OfJacobian(lambda entries, jacobians: of_entries(entries, rule(entries, jacobians))))

    def changed(head: Head, obs: Observations) -> PyTorchObs:
        entries = Entries.of(head.policy, obs)
        return entries.maps(of_entries(entries, entries.pictures(method(head, obs))))

    return of_images(changed)
