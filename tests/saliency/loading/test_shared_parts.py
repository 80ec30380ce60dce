"""A small file can hold the same part many times; what is read of it, and said of it, stays small."""

import io
import pickle
import zipfile

import numpy as np
import pytest
import torch as th
from gymnasium import spaces

from saccade.saliency.loading.class_names import class_of
from saccade.saliency.loading.inert_pickle import Made, Name, read_pickle, shown
from saccade.saliency.loading.refusal import Refusal
from saccade.saliency.loading.spaces_of_models import space_of
from saccade.saliency.loading.weights import numbers_of, read_weights

# Each tuple holds the one before it twice: written out, the last one has 2 ** 200 brackets.
DOUBLED = b"()p0\n" + b"".join(b"(g%d\ng%d\ntp%d\n" % (at, at, at + 1) for at in range(200)) + b"1g200\n"


def shared_dict(inner: spaces.Space, depth: int, keys: int) -> spaces.Dict:
    for _ in range(depth):
        outer = spaces.Dict()
        outer.spaces = {f"entry {number}": inner for number in range(keys)}
        inner = outer
    return inner


def saved(state: object) -> bytes:
    file = io.BytesIO()
    th.save(state, file)
    return file.getvalue()


@pytest.mark.timeout(20)
def test_messages_write_out_names_and_texts_only():
    assert shown(Name("os", "system")) == "os.system"
    assert shown("a\nb") == "a?b"
    assert shown(read_pickle(DOUBLED + b".")) == "a tuple"
    with pytest.raises(Refusal, match="needs the space a tuple, which is not one of Box"):
        space_of(read_pickle(DOUBLED + b")R."))
    with pytest.raises(Refusal, match="is not a plain tensor \\(a tuple\\)"):
        read_weights(with_pickle(b"}S'w'\n" + DOUBLED + b")Rs."))
    with pytest.raises(Refusal, match="of the unusual type a tuple"):
        read_weights(
            with_pickle(b"}S'w'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\n" + DOUBLED + b"S'0'\nS'cpu'\nI1\ntQI0\n))tRs.")
        )
    by_value = Made(Name("cloudpickle.cloudpickle", "_make_skeleton_class"), (), state={"__module__": read_pickle(DOUBLED + b".")})
    by_value.state["__qualname__"] = "Mine"
    with pytest.raises(Refusal, match=r"saved with its code \(__main__\.Mine\)"):
        class_of(by_value)


def with_pickle(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", data)
    return file.getvalue()


@pytest.mark.timeout(20)
def test_a_space_in_many_entries_is_counted_each_time():
    wide = spaces.Dict({f"entry {number}": spaces.Discrete(2) for number in range(256)})
    assert space_of(read_pickle(pickle.dumps(wide))) == wide
    assert space_of(read_pickle(pickle.dumps(shared_dict(spaces.Discrete(2), 2, 15))))["entry 3"]["entry 14"] == spaces.Discrete(2)
    for too_many in (shared_dict(spaces.Discrete(2), 1, 257), shared_dict(spaces.Discrete(2), 8, 16)):
        with pytest.raises(Refusal, match="of more than 256 entries"):
            space_of(read_pickle(pickle.dumps(too_many)))
    with pytest.raises(Refusal, match="nested more than 8 times"):
        space_of(read_pickle(pickle.dumps(shared_dict(spaces.Discrete(2), 9, 1))))


def test_bounds_in_many_entries_are_counted_each_time():
    box = spaces.Box(0, 255, (2**20,), np.uint8)
    assert len(space_of(read_pickle(pickle.dumps(shared_dict(box, 1, 64))))) == 64
    with pytest.raises(Refusal, match="whose bounds have more than 67,108,864 bytes"):
        space_of(read_pickle(pickle.dumps(shared_dict(box, 1, 65))))


def test_weights_that_are_views_of_the_same_numbers_count_once():
    numbers = th.zeros(6)
    state = {"whole": numbers, "part": numbers[:2], "again": numbers.view(2, 3), "other": th.zeros(5), "none": th.zeros(0)}
    assert numbers_of(read_weights(saved(state))) == 11
    assert numbers_of({}) == 0
