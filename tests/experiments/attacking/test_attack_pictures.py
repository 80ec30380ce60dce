"""Which canvases a picture of an attack shows, and that it is drawn."""

import cv2
import torch as th
from small_agents import canvases, small_victim

from saccade.experiments.attacking import attack_pictures
from saccade.experiments.attacking.attack_pictures import draw_attacked_gazes, turned_first


def test_those_that_turned_from_right_to_wrong_come_first():
    labels = th.tensor([1, 2, 3, 4, 5, 6])
    before = th.tensor([1, 2, 0, 4, 5, 6])
    after = th.tensor([1, 0, 0, 0, 5, 0])  # the third was wrong before
    assert turned_first(before, after, labels).tolist() == [1, 3, 5, 0, 2, 4]


def test_the_picture_has_the_canvases_that_turned_with_their_own_noise(tmp_path, monkeypatch):
    victim, clean = small_victim(samples=True), canvases()[0]
    changed = clean.flip(0)
    seen, drawn = [], attack_pictures.gaze_record
    monkeypatch.setattr(attack_pictures, "gaze_record", lambda *given: seen.append(given) or drawn(*given))
    noise = victim.noise(6, th.Generator().manual_seed(0))
    before, after = (victim.answer(images, noise).logits.argmax(1) for images in (clean, changed))
    (turned,) = (before != after).nonzero(as_tuple=True)
    assert 0 < len(turned) < 6
    draw_attacked_gazes(victim, clean, changed, before, th.Generator().manual_seed(0), tmp_path / "gaze.png", 1)
    (_, of_clean, labels, own), (_, of_changed, _, same) = seen
    assert th.equal(of_clean, clean[turned[:1]])
    assert th.equal(of_changed, changed[turned[:1]])
    assert th.equal(labels, before[turned[:1]])
    assert th.equal(own, noise[turned[:1]])
    assert th.equal(same, own)
    assert cv2.imread(str(tmp_path / "gaze.png")).shape[1] > 5 * 240 - 1
