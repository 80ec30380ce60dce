"""The photographs of SVHN, on small files of the same form."""

import sys
from pathlib import Path

import cv2
import gymnasium as gym
import numpy as np
import pytest

from saccade.envs.tasks.digits import DigitsError, load_digits
from saccade.envs.tasks.several_digits.svhn import fitted, read_labels, street_numbers

NUMBERS = {  # photograph: its digits with their left edges, in any order
    "train": [[(3, 10)], [(10, 5), (1, 2)], [(2, 1), (4, 30), (6, 20)], [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4), (6, 5)]]
    + [[(7, 0)]] * 8,
    "test": [[(9, 4), (8, 2)], [(5, 1)]],
}
READ = [(3,), (1, 0), (2, 6, 4)]  # the first three of them


def written(folder: Path) -> Path:
    """The data set as its archives have it: digitStruct.mat in HDF5, with one number as it is and several as references."""
    h5py = pytest.importorskip("h5py")
    for split, numbers in NUMBERS.items():
        (folder / split).mkdir()
        with h5py.File(folder / split / "digitStruct.mat", "w") as file:
            names = file.create_dataset("digitStruct/name", (len(numbers), 1), dtype=h5py.ref_dtype)
            boxes = file.create_dataset("digitStruct/bbox", (len(numbers), 1), dtype=h5py.ref_dtype)
            for i, digits in enumerate(numbers):
                name = f"{i + 1}.png"
                codes = file.create_dataset(f"#refs#/name{i}", data=np.array([[ord(one)] for one in name], dtype=np.uint16))
                names[i, 0], box = codes.ref, file.create_group(f"#refs#/box{i}")
                boxes[i, 0] = box.ref
                for entry, values in (("label", [x for x, _ in digits]), ("left", [x for _, x in digits])):
                    if len(digits) == 1:
                        box.create_dataset(entry, data=np.array([[float(values[0])]]))
                        continue
                    column = box.create_dataset(entry, (len(digits), 1), dtype=h5py.ref_dtype)
                    for k, value in enumerate(values):
                        column[k, 0] = file.create_dataset(f"#refs#/{entry}{i}-{k}", data=np.array([[float(value)]])).ref
                picture = np.full((20 + i, 40, 3), 40 + 10 * i, dtype=np.uint8)
                cv2.imwrite(str(folder / split / name), picture)
    return folder


def test_labels_are_read_from_left_to_right(tmp_path):
    found = read_labels(written(tmp_path) / "train" / "digitStruct.mat")
    assert [one.digits for one in found[:3]] == READ
    assert found[3].digits == (1, 2, 3, 4, 5, 6)
    assert [one.file.name for one in found[:2]] == ["1.png", "2.png"]


def test_splits_share_no_photograph_and_long_numbers_are_left_out(tmp_path):
    folder = written(tmp_path)
    parts = {split: street_numbers(split, folder, 5) for split in ("train", "validation", "train+validation", "test")}
    assert [len(part) for part in parts.values()] == [10, 1, 11, 2]
    assert parts["train"] + parts["validation"] == parts["train+validation"]
    assert [one.digits for one in parts["test"]] == [(8, 9), (5,)]
    assert {len(one.digits) for one in street_numbers("train", folder, 2)} == {1, 2}


def test_an_unknown_split_is_refused_before_anything_is_read(tmp_path):
    known = r"^unknown split 'tset'; it must be one of: train, validation, train\+validation, test$"
    for make in (lambda: street_numbers("tset", tmp_path, 5), lambda: load_digits("digits", "tset")):
        with pytest.raises(ValueError, match=known):
            make()
    with pytest.raises(ValueError, match="unknown split 'tset'"):
        gym.make("saccade/HouseNumber-v0", dataset="svhn", data=written(tmp_path), split="tset")


def test_a_photograph_keeps_its_proportions(tmp_path):
    cv2.imwrite(str(tmp_path / "wide.png"), np.full((10, 40, 3), 200, dtype=np.uint8))
    for height, width, rows, columns in ((60, 80, 20, 80), (5, 80, 5, 20), (110, 20, 5, 20)):
        canvas = fitted(tmp_path / "wide.png", height, width)
        assert canvas.shape == (height, width)
        inked = canvas == 200
        assert inked.sum() == rows * columns
        assert inked.any(1).sum() == rows
        assert inked[height // 2, width // 2]
    with pytest.raises(DigitsError, match=r"nothing.png is missing or damaged"):
        fitted(tmp_path / "nothing.png", 5, 5)


def test_the_env_shows_them(tmp_path):
    arguments = {"dataset": "svhn", "data": written(tmp_path), "height": 30, "width": 40}
    env = gym.make_vec("saccade/HouseNumber-v0", num_envs=11, in_turn=11, split="train+validation", **arguments)
    obs, info = env.reset(seed=0)
    assert info["item"].tolist() == list(range(11))
    assert env.game.naming.answers[:3].tolist() == [[3, 10, *[-1] * 4], [1, 0, 10, *[-1] * 3], [2, 6, 4, 10, -1, -1]]
    assert [int(x.max()) for x in obs["image"][:3]] == [40, 50, 60]
    assert env.unwrapped.objects()[0] == {}
    at_random = gym.make_vec("saccade/HouseNumber-v0", num_envs=300, **arguments)
    counts = np.bincount(at_random.reset(seed=0)[1]["item"], minlength=10)
    assert counts.sum() == 300
    assert counts.min() > 10


def test_what_is_missing_is_said_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(gym.error.DependencyNotInstalled, match=r"needs h5py: pip install 'saccade-rl\[svhn\]'"):
        gym.make("saccade/HouseNumber-v0", dataset="svhn", data=tmp_path)
    monkeypatch.undo()
    pytest.importorskip("h5py")
    with pytest.raises(DigitsError, match=r"digitStruct.mat is missing; unpack SVHN's train.tar.gz"):
        gym.make("saccade/HouseNumber-v0", dataset="svhn", data=tmp_path)
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "digitStruct.mat").write_bytes(b"MATLAB 7.3")
    with pytest.raises(DigitsError, match=r"digitStruct.mat is damaged"):
        gym.make("saccade/HouseNumber-v0", dataset="svhn", data=tmp_path)
