"""Ways to make a map, all of one form: ``method(head, obs)`` gives a signed map of the observations' shape."""

from collections.abc import Sequence

from .attention_weights import attention
from .blur_methods import greydanus, sarfa
from .captum_methods import deletion, grad_cam, integrated_gradients, integrated_gradients_blurred, occlusion
from .contrast_methods import jacobian_x_contrast, smoothed, summed
from .derivatives import jacobian
from .gradient_methods import Method, gradient_x_input, smoothgrad
from .known_names import known_by_name
from .mask_methods import rise

METHODS: dict[str, Method] = {
    "jacobian": jacobian,
    "jacobian_x_contrast": jacobian_x_contrast,
    "jacobian_x_contrast_summed": summed(jacobian_x_contrast),
    "jacobian_x_contrast_smooth": smoothed(jacobian_x_contrast),
    "gradient_x_input": gradient_x_input,
    "smoothgrad": smoothgrad(jacobian),
    "integrated_gradients": integrated_gradients,
    "integrated_gradients_blurred": integrated_gradients_blurred,
    "grad_cam": grad_cam,
    "occlusion": occlusion,
    "deletion": deletion,
    "greydanus": greydanus,
    "sarfa": sarfa,
    "rise": rise,
    "attention": attention,
}


def methods_named(names: Sequence[str]) -> dict[str, Method]:
    """
    Methods by name.

    :param names: among those of ``METHODS``
    :raises UnknownMethodError: if there is no such method
    """
    return known_by_name(METHODS, names, "method")
