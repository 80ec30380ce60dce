"""The rule by which the states of README's first picture are taken."""

import cv2
import numpy as np
import pytest

from saccade.experiments.errors import ConfigError, OutputError
from saccade.saliency import States
from saccade.scripts.benchmarks.objects import picture
from saccade.scripts.benchmarks.objects.picture import PictureOptions, draw, middle_states
from saccade.scripts.benchmarks.objects.play import Played


def played(count: int) -> Played:
    frames = np.zeros((count, 210, 160, 3), np.uint8)
    return Played(States(np.zeros((count, 4, 8, 8), np.uint8), frames=frames), [count], 0)


def with_kinds(monkeypatch, **rows):
    def kinds_of(game, frames):
        return {kind: np.isin(np.arange(len(frames)), of_kind) for kind, of_kind in rows.items()}

    monkeypatch.setattr(picture, "kinds_of", kinds_of)


def test_the_middle_state_of_each_kind_is_taken_and_the_free_road_comes_first(monkeypatch):
    with_kinds(monkeypatch, all=range(9), ahead=[0, 1, 2], aside=[4], free=[3, 5, 6, 7, 8])
    rows, said = middle_states(played(9), "enduro")
    assert rows.tolist() == [6, 1]
    assert said == ["the road is free", "a car is ahead"]


def test_a_kind_that_was_never_met_is_left_out(monkeypatch):
    with_kinds(monkeypatch, all=range(4), ahead=[2], free=[])
    rows, said = middle_states(played(4), "enduro")
    assert (rows.tolist(), said) == ([2], ["a car is ahead"])


def test_games_without_kinds_show_two_states_a_quarter_and_three_quarters_in():
    rows, said = middle_states(played(8), "breakout")
    assert (rows.tolist(), said) == ([2, 6], ["", ""])


def test_a_picture_that_is_there_is_not_drawn_over(tmp_path):
    file = tmp_path / "mine.png"
    cv2.imwrite(str(file), np.zeros((2, 2, 3), np.uint8))
    before = file.read_bytes()
    with pytest.raises(OutputError, match="is there already"):
        draw(PictureOptions(tmp_path / "run", file))
    assert file.read_bytes() == before


def test_mistakes_are_told_before_the_games_are_played(tmp_path):
    with pytest.raises(OutputError, match=r"does not end in \.png"):
        draw(PictureOptions(tmp_path / "run", tmp_path / "mine.gif2"))
    with pytest.raises(ConfigError, match="there is no method 'jacobain'"):
        draw(PictureOptions(tmp_path / "run", tmp_path / "mine.png", "jacobain"))
