"""Arrays come back as they were; a file that is not whole is told, whatever is wrong with it."""

import numpy as np
import pytest

from saccade.saliency.whole_file import NpzError, read_npz, write_npz

ARRAYS = {"a": np.arange(1000.0), "b": np.array("text")}


def test_there_and_back(tmp_path):
    write_npz(tmp_path / "x.npz", ARRAYS)
    read = read_npz(tmp_path / "x.npz")
    assert read.keys() == ARRAYS.keys()
    assert (read["a"] == ARRAYS["a"]).all()
    assert str(read["b"]) == "text"
    some = read_npz(tmp_path / "x.npz", ("b",))
    assert some["a"].size == 0
    assert str(some["b"]) == "text"
    assert [path.name for path in tmp_path.iterdir()] == ["x.npz"]


def test_damaged_at_any_byte(tmp_path):
    write_npz(tmp_path / "x.npz", ARRAYS)
    whole = (tmp_path / "x.npz").read_bytes()
    refused = 0
    for i in range(0, len(whole), 7):
        (tmp_path / "y.npz").write_bytes(whole[:i] + bytes([whole[i] ^ 0xFF]) + whole[i + 1 :])
        try:
            read_npz(tmp_path / "y.npz")
        except NpzError:
            refused += 1
    assert refused > len(whole) // 14  # what lies between the arrays, such as dates, may be anything


def test_no_such_file_and_others(tmp_path):
    with pytest.raises(NpzError, match="FileNotFoundError"):
        read_npz(tmp_path / "none.npz")
    (tmp_path / "half.npz").write_bytes(b"PK\x03\x04")
    np.save(tmp_path / "one.npy", ARRAYS["a"])
    for name in ("half.npz", "one.npy"):
        with pytest.raises(NpzError, match=f"{name} cannot be read"):
            read_npz(tmp_path / name)
