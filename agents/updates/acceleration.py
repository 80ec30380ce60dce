"""How the mathematics of an update is carried out: as written, or compiled and in bfloat16 where the machine has it."""

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch as th
from gymnasium import spaces
from stable_baselines3.common.preprocessing import is_image_space

from .malloc import keep_freed_memory


class Acceleration:
    """
    ``torch.compile`` and bfloat16 autocast, each on by default where it helps.

    Compiled code sums in another order than eager code, and autocast rounds the products inside the network to 8 bits of
    mantissa, so neither repeats an eager run bit for bit. Weights, their gradients and moments, and losses stay in float32.

    :param device: of the networks
    :param observation_space: of the env; small networks for vectors gain nothing, so None means False there
    :param compile: whether to compile; None: where observations are images
    :param autocast: whether to compute in bfloat16; None: where observations are images and the device multiplies in it
    """

    def __init__(
        self, device: th.device, observation_space: spaces.Space, compile: bool | None = None, autocast: bool | None = None
    ) -> None:
        parts = observation_space.values() if isinstance(observation_space, spaces.Dict) else [observation_space]
        images = any(is_image_space(part, check_channels=False) for part in parts)
        self.device = device
        self.compiles = images if compile is None else compile
        self.autocasts = (images and has_bfloat16(device)) if autocast is None else autocast
        if device.type == "cpu":
            keep_freed_memory()

    def autocast(self) -> AbstractContextManager[Any]:
        """Context in which matrix products and convolutions are computed in bfloat16, or as they are."""
        return th.autocast(self.device.type, dtype=th.bfloat16, enabled=self.autocasts)

    def function(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """
        A function made fast; without a working compiler the function itself, with one warning.

        :param f: it changes nothing, so that it can be called again when compiling fails; it is compiled anew for tensors of other
            shapes or memory orders, eight times at most
        """
        if not self.compiles:
            return f
        from torch._dynamo.exc import TorchDynamoException  # takes a second, which other users need not wait for

        # On a GPU this mode also captures what was compiled as CUDA graphs: one launch instead of a hundred.
        mode = "reduce-overhead" if self.device.type == "cuda" else None
        compiled = th.compile(f, dynamic=False, mode=mode)

        def fast(*arguments: Any) -> Any:
            if not self.compiles:
                return f(*arguments)
            try:
                return compiled(*arguments)
            except TorchDynamoException as error:  # no C++ compiler, for instance
                result = f(*arguments)  # if the mistake is the function's own, this says so
                self.compiles = False
                reason = str(getattr(error, "inner_exception", error)).strip().splitlines()[0]
                warnings.warn(
                    f"torch.compile does not work here, so updates run uncompiled, which is slower ({reason})", stacklevel=2
                )
                return result

        return fast


def has_bfloat16(device: th.device) -> bool:
    """Whether a device has instructions for products in bfloat16; on others autocast costs time instead of saving it."""
    if device.type == "cuda":
        return th.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        capabilities: dict[str, bool] = getattr(th.cpu, "get_capabilities", dict)()  # older torch does not tell
        return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "amx_tile", "bf16"))  # the last: ARM's
    return False
