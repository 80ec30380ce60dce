import os

import pytest

from saccade.envs.available_cpus import available_cpus


@pytest.fixture(autouse=True)
def eight_processors(monkeypatch):
    """This process may use 8 processors of a machine with 64."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("200000 100000\n", 2),
        ("250000 100000", 2),  # rounded down, because a third thread would be throttled
        ("150000 50000", 3),
        ("800000 100000", 8),
        ("1600000 100000", 8),  # the mask is smaller
        ("50000 100000", 1),
        ("1000 1000000", 1),
        ("max 100000\n", 8),
    ],
)
def test_the_quota_caps_the_affinity_mask(tmp_path, quota, expected):
    quota_file = tmp_path / "cpu.max"
    quota_file.write_text(quota)
    assert available_cpus(quota_file) == expected


@pytest.mark.parametrize(
    "garbage", [b"", b"\n", b"garbage", b"200000", b"two 100000", b"200000 many", b"1 2 3", b"\xff\xfe \x00", b"200000 0"]
)
def test_an_unreadable_quota_is_ignored(tmp_path, garbage):
    quota_file = tmp_path / "cpu.max"
    quota_file.write_bytes(garbage)
    assert available_cpus(quota_file) == 8


def test_without_a_quota_file_the_mask_counts(tmp_path):
    assert available_cpus(tmp_path / "missing") == 8
    assert available_cpus(tmp_path) == 8  # a folder is not a quota file


def test_without_affinity_masks_all_processors_count(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    assert available_cpus(tmp_path / "missing") == 64
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_cpus(tmp_path / "missing") == 1


def test_a_mask_of_one_processor_gives_1(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {5})
    assert available_cpus(tmp_path / "missing") == 1


def test_the_default_is_this_process(monkeypatch):
    monkeypatch.undo()
    assert 1 <= available_cpus() <= (os.cpu_count() or 1)
