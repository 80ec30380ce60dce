"""Data sets: bundled digits, MNIST's files, and errors for damaged or missing files."""

import gzip
from typing import get_args

import numpy as np
import pytest
import torch as th

from saccade.envs.tasks import digits
from saccade.envs.tasks.digits import DigitsError, load_digits


@pytest.fixture(autouse=True)
def no_network(monkeypatch, tmp_path):
    monkeypatch.setenv("SACCADE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SACCADE_MNIST", raising=False)
    monkeypatch.setattr(digits, "MIRRORS", ("http://127.0.0.1:9/",))
    digits._mnist.cache_clear()
    yield
    digits._mnist.cache_clear()


def small_mnist(folder, monkeypatch, compress=True):
    """Files in MNIST's format with three and two digits; their hashes replace MNIST's."""
    import hashlib

    folder.mkdir(exist_ok=True)
    written = {}
    for split, count in (("train", 3), ("test", 2)):
        images = np.arange(count * 784, dtype=np.uint32).astype(np.uint8)
        labels = np.arange(count, dtype=np.uint8) + 4
        for name, header, body in (
            (digits.FILES[split][0], [0x803, count, 28, 28], images),
            (digits.FILES[split][1], [0x801, count], labels),
        ):
            content = np.array(header, dtype=">u4").tobytes() + body.tobytes()
            written[name] = content
            (folder / (f"{name}.gz" if compress else name)).write_bytes(gzip.compress(content) if compress else content)
    monkeypatch.setattr(digits, "CONTENT", {name: hashlib.sha256(content).hexdigest() for name, content in written.items()})
    return written


def test_bundled_digits_have_the_right_form_and_split():
    train, test = load_digits("digits", "train+validation"), load_digits("digits", "test")
    assert train.images.shape == (1438, 28, 28)
    assert test.images.shape == (359, 28, 28)
    assert train.images.dtype == th.uint8
    assert train.labels.dtype == th.int64
    assert train.labels.unique().tolist() == test.labels.unique().tolist() == list(range(10))
    assert train.images.max() == 255
    assert not train.images[:, :2].any()  # a margin, as in MNIST
    seen = {image.numpy().tobytes() for image in train.images}
    assert not [image for image in test.images if image.numpy().tobytes() in seen]


def test_no_bundled_digit_is_in_two_splits():
    parts = {split: load_digits("digits", split) for split in ("train", "validation", "test")}
    assert [len(part.labels) for part in parts.values()] == [1079, 359, 359]
    seen = [{image.numpy().tobytes() for image in part.images} for part in parts.values()]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]
    assert all(part.labels.unique().tolist() == list(range(10)) for part in parts.values())
    whole = load_digits("digits", "train+validation")
    assert th.equal(whole.images, th.cat([parts["train"].images, parts["validation"].images]))
    assert th.equal(whole.labels, th.cat([parts["train"].labels, parts["validation"].labels]))


def test_validation_of_mnist_is_the_end_of_the_training_file(tmp_path, monkeypatch):
    assert digits.FIRST_OF_VALIDATION == 50_000
    small_mnist(tmp_path / "mnist", monkeypatch)
    monkeypatch.setattr(digits, "FIRST_OF_VALIDATION", 2)
    labels = {split: load_digits("mnist", split, tmp_path / "mnist").labels.tolist() for split in get_args(digits.Split)}
    assert labels == {"train": [4, 5], "validation": [6], "train+validation": [4, 5, 6], "test": [4, 5]}
    image = load_digits("mnist", "validation", tmp_path / "mnist").images
    assert image.flatten()[10].item() == (2 * 784 + 10) % 256  # the third image of the file


@pytest.mark.parametrize("compress", [True, False])
def test_mnist_loads_from_a_folder(tmp_path, monkeypatch, compress):
    small_mnist(tmp_path / "mnist", monkeypatch, compress)
    read = load_digits("mnist", "train", tmp_path / "mnist")
    assert read.labels.tolist() == [4, 5, 6]
    assert read.images.shape == (3, 28, 28)
    assert read.images.flatten()[300].item() == 300 % 256
    monkeypatch.setenv("SACCADE_MNIST", str(tmp_path / "mnist"))
    assert load_digits("mnist", "test").labels.tolist() == [4, 5]


@pytest.mark.parametrize("harm", ["truncated", "changed", "text", "missing"])
def test_a_damaged_or_missing_file_is_named(tmp_path, monkeypatch, harm):
    small_mnist(tmp_path / "mnist", monkeypatch)
    file = tmp_path / "mnist" / "train-labels-idx1-ubyte.gz"
    content = file.read_bytes()
    if harm == "truncated":
        file.write_bytes(content[:-10])
    elif harm == "changed":
        file.write_bytes(gzip.compress(gzip.decompress(content)[:-1] + b"\x00"))
    elif harm == "text":
        file.write_text("<html>not found</html>")
    else:
        file.unlink()
    with pytest.raises(DigitsError, match="train-labels-idx1-ubyte"):
        load_digits("mnist", "train", tmp_path / "mnist")


def test_without_a_network_the_error_names_alternatives():
    with pytest.raises(DigitsError, match="dataset='digits'") as told:
        load_digits("mnist", "train")
    assert "SACCADE_MNIST" in str(told.value)


def test_mnist_is_downloaded_once_into_the_cache(tmp_path, monkeypatch):
    """From a local mirror. The first mirror gives a wrong file under the right name."""
    import functools
    import http.server
    import threading

    small_mnist(tmp_path / "good", monkeypatch)
    (tmp_path / "bad").mkdir()
    for name in digits.CONTENT:
        (tmp_path / "bad" / f"{name}.gz").write_bytes(gzip.compress(b"something else"))
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(digits, "MIRRORS", (f"{address}/bad/", f"{address}/good/"))
    try:
        assert load_digits("mnist", "train").labels.tolist() == [4, 5, 6]
    finally:
        server.shutdown()
        server.server_close()
    assert {path.split("/")[1] for path in asked} == {"bad", "good"}
    digits._mnist.cache_clear()
    assert load_digits("mnist", "train").labels.tolist() == [4, 5, 6]  # from the cache: the server is closed
    kept = {path.name for path in (tmp_path / "cache" / "mnist").iterdir()}
    assert kept == {f"{name}.gz" for name in digits.FILES["train"]}


@pytest.mark.parametrize(("dataset", "split"), [("letters", "train"), ("digits", "valid")])
def test_unknown_data_sets_and_splits_are_refused(dataset, split):
    with pytest.raises(ValueError, match="it must be"):
        load_digits(dataset, split)
