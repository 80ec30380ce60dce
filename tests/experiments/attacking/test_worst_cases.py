"""The worst example of each canvas, by hand and in a file."""

import numpy as np

from saccade.experiments.attacking.worst_cases import WorstCases

CLEAN = np.zeros((3, 1, 2, 2), np.float32)


def some(value: float) -> np.ndarray:
    return np.full_like(CLEAN, value)


def worst() -> WorstCases:
    first = WorstCases.none_yet(CLEAN).with_attack("a", some(0.1), np.array([0.5, 0.2, 1.0]))
    return first.with_attack("b", some(0.2), np.array([0.4, 0.2, 1.0]))


def test_each_canvas_keeps_its_worst():
    found = worst()
    assert found.images[:, 0, 0, 0].tolist() == np.float32([0.2, 0.1, 0.1]).tolist()
    assert found.shares.tolist() == [0.4, 0.2, 1.0]
    assert [found.attacks[i] for i in found.chosen] == ["b", "a", "a"]


def test_an_attack_counts_once():
    again = worst().with_attack("a", some(0.3), np.zeros(3))
    assert again.attacks == ("a", "b")
    assert again.images.max() == np.float32(0.2)


def test_in_a_file(tmp_path):
    file = tmp_path / "worst.npz"
    worst().save(file)
    found = WorstCases.load(file, CLEAN)
    assert found.attacks == ("a", "b")
    assert (found.images == worst().images).all()
    assert (found.shares == worst().shares).all()
    assert WorstCases.load(tmp_path / "none.npz", CLEAN).attacks == ()
    assert WorstCases.load(file, np.zeros((4, 1, 2, 2), np.float32)).attacks == ()
    file.write_bytes(file.read_bytes()[:50])
    assert WorstCases.load(file, CLEAN).attacks == ()
