"""Arrays come back as they were; a file that is not whole is told, whatever is wrong with it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from saccade.saliency.whole_file import NpzError, read_npz, whole_file, whole_folder, write_npz, write_text

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


def test_a_write_that_fails_leaves_what_was_there(tmp_path):
    write_text(tmp_path / "x.txt", "first")

    def write_half() -> None:
        with whole_file(tmp_path / "x.txt") as part:
            part.write_text("sec")
            raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        write_half()
    assert (tmp_path / "x.txt").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]


def test_a_file_is_not_there_before_it_is_whole(tmp_path):
    with whole_file(tmp_path / "x.txt") as part:
        part.write_text("all of it")
        assert not (tmp_path / "x.txt").exists()
        assert part.parent == tmp_path
        assert part.suffix == ".txt"
    assert (tmp_path / "x.txt").read_text() == "all of it"


def test_threads_that_write_one_file_never_damage_it(tmp_path):
    path = tmp_path / "x.npz"
    write_npz(path, ARRAYS)

    def write_often(value: int) -> None:
        for _ in range(20):
            write_npz(path, {"a": np.full(1000, value)})
            read_npz(path)

    with ThreadPoolExecutor(4) as pool:
        for writing in [pool.submit(write_often, value) for value in range(4)]:
            writing.result()
    assert [file.name for file in tmp_path.iterdir()] == ["x.npz"]


def test_a_folder_is_whole_or_absent(tmp_path):
    with whole_folder(tmp_path / "made") as part:
        write_text(part / "x.txt", "x")
        assert not (tmp_path / "made").exists()
    assert (tmp_path / "made" / "x.txt").read_text() == "x"
    with pytest.raises(RuntimeError, match="no more"), whole_folder(tmp_path / "failed"):
        raise RuntimeError("no more")
    with pytest.raises(OSError, match="made"), whole_folder(tmp_path / "made"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_text_with_names_of_another_locale_is_written_in_utf8(tmp_path):
    """Where the locale is C, Python reads the name caf\u00e9 as two surrogates."""
    name = "caf\u00e9".encode().decode("ascii", "surrogateescape")
    assert name == "caf\udcc3\udca9"
    for text, written in (
        (f"a {name}\n", "a caf\u00e9\n"),
        ("bad \udcff", "bad \ufffd"),
        ("lone \ud800", "lone ?"),
        ("\u00fc", "\u00fc"),
    ):
        write_text(tmp_path / "file.md", text)
        assert (tmp_path / "file.md").read_text(encoding="utf-8") == written
