import os
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest
import torch as th
from gymnasium import spaces

from saccade.agents.updates import acceleration
from saccade.agents.updates.acceleration import Acceleration, has_bfloat16

CPU = th.device("cpu")
IMAGES = spaces.Box(0, 255, (4, 84, 84), np.uint8)
VECTORS = spaces.Box(-1, 1, (3,))


@pytest.mark.parametrize(
    ("space", "helps"),
    [
        (IMAGES, True),
        (VECTORS, False),
        (spaces.Dict(a=VECTORS, b=IMAGES), True),
        (spaces.Discrete(3), False),
    ],
)
def test_compilation_and_autocast_are_on_by_default_for_images(space, helps):
    fast = Acceleration(CPU, space)
    assert fast.compiles is helps
    assert fast.autocasts is (helps and has_bfloat16(CPU))


def test_arguments_override_the_defaults():
    fast = Acceleration(CPU, IMAGES, compile=False, autocast=True)
    assert not fast.compiles
    with fast.autocast():
        assert (th.ones(2, 2) @ th.ones(2, 2)).dtype == th.bfloat16
    with Acceleration(CPU, IMAGES, autocast=False).autocast():
        assert (th.ones(2, 2) @ th.ones(2, 2)).dtype == th.float32


def test_without_compilation_the_function_itself_is_returned():
    assert Acceleration(CPU, VECTORS).function(th.sin) is th.sin


PROGRAM = """
import torch as th
from gymnasium import spaces
from saccade.agents.updates.acceleration import Acceleration

fast = Acceleration(th.device("cpu"), spaces.Box(-1, 1, (3,)), compile=True)
f = fast.function(lambda x: (x.sin() * 1.234567).sum())
x = th.ones(7, requires_grad=True)
values = [f(x), f(x)]
values[1].backward()
assert th.allclose(x.grad, 1.234567 * th.ones(7).cos())
assert not fast.compiles
"""


def test_without_a_compiler_there_is_one_warning_and_the_same_result():
    """In a separate process, because torch remembers until the end of the process that there is no compiler."""
    environment = {**os.environ, "CXX": "/nonexistent/compiler", "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("torch.compile does not work here") == 1
    assert "No working C++ compiler" in done.stderr


def test_gradients_of_compiled_code():
    f = Acceleration(CPU, VECTORS, compile=True).function(lambda x: (x**3).sum())
    x = th.tensor([1.0, 2.0], requires_grad=True)
    f(x).backward()
    assert th.allclose(x.grad, th.tensor([3.0, 12.0]))


def test_errors_of_the_function_itself_are_raised():
    def broken(x: th.Tensor) -> th.Tensor:
        return x.reshape(5)

    fast = Acceleration(CPU, VECTORS, compile=True)
    compiled = fast.function(broken)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeError, match=r"shape|size"):
            compiled(th.ones(3))
    assert fast.compiles


@pytest.mark.parametrize(
    ("capabilities", "there"),
    [
        ({"avx512_bf16": True}, True),
        ({"amx_tile": True}, True),
        ({"bf16": True}, True),
        ({"bf16": False, "avx2": True}, False),
        ({}, False),
    ],
)
def test_has_bfloat16_reads_the_capabilities_of_the_processor(monkeypatch, capabilities, there):
    monkeypatch.setattr(th.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert has_bfloat16(CPU) is there
    monkeypatch.delattr(th.cpu, "get_capabilities")  # older torch does not have it
    assert not has_bfloat16(CPU)


@pytest.mark.parametrize(("first", "later", "told"), [(0.5, 0.0, [acceleration.COMPILING]), (0.0, 0.2, [])])
def test_compiling_is_said_once_and_only_if_it_takes_its_time(first, later, told, monkeypatch):
    """Only the first call compiles."""
    seconds = iter([first, later])
    monkeypatch.setattr(acceleration, "SILENCE", 0.1)
    monkeypatch.setattr(th, "compile", lambda f, **_: lambda x: (time.sleep(next(seconds)), f(x))[1])
    said: list[str] = []
    fast = Acceleration(CPU, IMAGES)
    fast.say = said.append
    doubled = fast.function(lambda x: 2 * x)
    assert [doubled(2), doubled(3)] == [4, 6]
    assert said == told
