"""``torch.compile`` and bfloat16 for updates, where they make them faster."""

import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch as th
from gymnasium import spaces
from stable_baselines3.common.preprocessing import is_image_space

from .malloc import raise_mmap_threshold
from .slow_block import said_if_slow

SILENCE = 2.0  # seconds of compiling before it is said
COMPILING = "compiling the update, which takes a minute or so on a few cores; --eager (compile=False) does without"

# On a GPU: CUDA graphs as well, one launch instead of a hundred. On a processor: code that follows torch's number of threads, which
# falls when a second training begins beside this one.
HOW_TO_COMPILE: dict[str, dict[str, Any]] = {"cuda": {"mode": "reduce-overhead"}, "cpu": {"options": {"cpp.dynamic_threads": True}}}


class Acceleration:
    """
    ``torch.compile`` and bfloat16 autocast, each on by default where it helps.

    Neither repeats an eager run bit for bit: compiled code sums in another order, and autocast rounds the products inside the
    network to 8 bits of mantissa. Weights, gradients, moments and losses stay in float32.

    :param device: of the networks
    :param observation_space: of the env; small networks for vectors gain nothing, so they need an explicit True
    :param compile: whether to compile; None: only for images
    :param autocast: whether to compute in bfloat16; None: only for images, on a device with bfloat16 instructions
    :ivar say: gets one line if compiling takes its time; None: nobody does
    """

    def __init__(
        self, device: th.device, observation_space: spaces.Space, compile: bool | None = None, autocast: bool | None = None
    ) -> None:
        parts = observation_space.values() if isinstance(observation_space, spaces.Dict) else [observation_space]
        images = any(is_image_space(part, check_channels=False) for part in parts)
        self.device = device
        self.say: Callable[[str], None] | None = None
        self.compiles = images if compile is None else compile
        self.autocasts = (images and has_bfloat16(device)) if autocast is None else autocast
        if device.type == "cpu":
            raise_mmap_threshold()

    def autocast(self) -> AbstractContextManager[Any]:
        """Context in which matrix products and convolutions run in bfloat16, if autocast is on."""
        return th.autocast(self.device.type, dtype=th.bfloat16, enabled=self.autocasts)

    def function(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """
        The compiled function. Without a working compiler it warns once and runs the function as it is.

        :param f: free of side effects, because it is called again if compiling fails; torch compiles it again for other shapes or
            memory formats, at most eight times
        """
        if not self.compiles:
            return f
        from torch._dynamo.exc import TorchDynamoException  # this import takes a second, so only those who compile pay for it

        how: dict[str, Any] = HOW_TO_COMPILE.get(self.device.type, {})
        compiled = th.compile(f, dynamic=False, **how)
        called = False

        def fast(*arguments: Any) -> Any:
            nonlocal called
            if not self.compiles:
                return f(*arguments)
            first, called = not called, True
            try:
                if not first:
                    return compiled(*arguments)
                with said_if_slow(SILENCE, self._say_once):
                    return compiled(*arguments)
            except TorchDynamoException as error:  # no C++ compiler, for instance
                result = f(*arguments)  # raises if the error is in the function itself
                self.compiles = False
                reason = str(getattr(error, "inner_exception", error)).strip().splitlines()[0]
                warnings.warn(f"torch.compile does not work here, so updates run uncompiled and slower ({reason})", stacklevel=2)
                return result

        return fast

    def _say_once(self) -> None:
        say, self.say = self.say, None
        if say is not None:
            say(COMPILING)


def has_bfloat16(device: th.device) -> bool:
    """Whether a device has instructions for products in bfloat16. Without them autocast is slower than float32."""
    if device.type == "cuda":
        return th.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        capabilities: dict[str, bool] = getattr(th.cpu, "get_capabilities", dict)()  # missing in older torch
        return any(
            capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "amx_tile", "bf16")
        )  # the last one is ARM's
    return False
