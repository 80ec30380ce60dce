import pytest

from saccade.envs.game_names import resolve_game
from saccade.envs.human_scores import RANDOM_AND_HUMAN, human_normalized


@pytest.mark.parametrize(
    ("game", "score", "percent"),
    [
        ("enduro", 0.0, 0.0),
        ("enduro", 430.25, 50.0),  # half of 860.5
        ("enduro", 860.5, 100.0),
        ("enduro", 1721.0, 200.0),
        ("breakout", 1.7, 0.0),
        ("breakout", 8.9, 25.0),  # 7.2 of 28.8
        ("breakout", 30.5, 100.0),
        ("pong", -20.7, 0.0),
        ("pong", 14.6, 100.0),
        ("pong", -3.05, 50.0),  # 17.65 of 35.3
        ("double_dunk", -20.8, -100.0),  # as far below random as the human score is above
    ],
)
def test_human_normalized_scores_by_hand(game, score, percent):
    assert human_normalized(game, score) == pytest.approx(percent, abs=1e-9)


def test_a_game_without_human_scores_gives_none():
    assert human_normalized("tetris", 10.0) is None
    assert human_normalized("Enduro", 10.0) is None  # not a ROM id


def test_the_table_has_the_57_games_by_their_rom_ids():
    assert len(RANDOM_AND_HUMAN) == 57
    assert [resolve_game(game) for game in RANDOM_AND_HUMAN] == list(RANDOM_AND_HUMAN)


def test_the_human_is_better_than_random_everywhere():
    assert [game for game, (random, human) in RANDOM_AND_HUMAN.items() if human <= random] == []
