"""Pickles as data: plain values are those that Python's own unpickler gives, and everything else stays a note."""

import collections
import pickle

import numpy as np
import pytest

from saccade.saliency.loading.arrays import array_of, dtype_of, number_of
from saccade.saliency.loading.inert_pickle import Made, Name, read_pickle
from saccade.saliency.loading.refusal import Refusal

SHARED = [1, 2]
PLAIN = [
    None,
    True,
    [False, -1, 255, 256, 70_000, -(2**31), 2**63, -(2**200)],
    {"a": 1.5, "b": {"c": [float("inf"), -0.0]}, 3: "\u4e2d\U0001f600"},
    ("x",),
    (1, 2),
    (1, 2, 3),
    (1, 2, 3, ()),
    [SHARED, SHARED, {}],
    "x" * 300,
]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("value", PLAIN, ids=range(len(PLAIN)))
def test_plain_values_are_those_of_pickle(value, protocol):
    read = read_pickle(pickle.dumps(value, protocol))
    assert read == value
    assert repr(read) == repr(value)  # also the types, and the sign of a zero


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_bytes(protocol):
    assert read_pickle(pickle.dumps([b"ab", b"x" * 300], protocol)) == [b"ab", b"x" * 300]


def test_the_same_list_stays_the_same():
    first, second, _ = read_pickle(pickle.dumps([SHARED, SHARED, {}]))
    assert first is second


def test_by_hand():
    made = read_pickle(b"cos\nsystem\n(S'ls'\nI7\ntRS'state'\nb.")
    assert isinstance(made, Made)
    assert (made.function.module, made.function.name, made.args, made.state) == ("os", "system", ("ls", 7), "state")
    assert made.calls("os.system")
    assert not made.calls("os.popen")
    assert str(made.function) == "os.system"
    pairs = read_pickle(pickle.dumps(collections.OrderedDict(a=1, b=2)))
    assert pairs.pairs == [("a", 1), ("b", 2)]


@pytest.mark.parametrize(("protocol", "args", "items"), [(2, ([5],), []), (3, ([5],), []), (4, (), [5]), (5, (), [5])])
def test_a_set_is_a_call_before_protocol_4_and_filled_since(protocol, args, items):
    made = read_pickle(pickle.dumps({5}, protocol))
    assert made.calls("__builtin__.set", "builtins.set")
    assert (made.args, made.items) == (args, items)


def test_a_name_in_a_message_is_one_short_line():
    shown = str(Name("a\nb\x1b[31m", "\u4e2d" * 1000))
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) <= 80


@pytest.mark.parametrize("data", [b"", b"N", b".", b"(.", b"t.", b"h\x05.", b"NNb.", b"Na.", b"]]s.", b"\x80\x04NN\x93."])
def test_damaged_pickles(data):
    with pytest.raises(Refusal):
        read_pickle(data)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("dtype", ["?", "i1", "<i2", ">i4", "i8", "u1", "<u8", "f2", "f4", ">f8"])
def test_arrays_are_those_of_numpy(dtype, protocol):
    array = np.arange(12).reshape(3, 4).astype(dtype)
    for each in (array, np.asfortranarray(array), array[:0], array[1, 1], array.reshape(()) if array.size == 1 else array.T):
        pickled = pickle.dumps(each, protocol)
        if isinstance(each, np.generic):
            assert number_of(read_pickle(pickled)) == each.item()
            continue
        read = array_of(read_pickle(pickled))
        assert np.array_equal(read, each)
        assert (read.dtype, read.shape, read.flags.writeable) == (each.dtype, each.shape, True)
    assert dtype_of(read_pickle(pickle.dumps(np.dtype(dtype), protocol))) == np.dtype(dtype)


@pytest.mark.parametrize("value", [np.array([{}], object), np.array(["a"]), np.zeros(2, [("a", "f4")]), [1.0]])
def test_arrays_of_other_things(value):
    with pytest.raises(Refusal):
        array_of(read_pickle(pickle.dumps(value)))


def test_a_shape_that_does_not_fit():
    pickled = pickle.dumps(np.zeros((2, 3), np.uint8), 4)
    with pytest.raises(Refusal, match="whose shape does not fit its bytes"):
        array_of(read_pickle(pickled.replace(b"K\x02K\x03\x86", b"K\x02K\xff\x86")))
