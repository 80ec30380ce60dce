"""What tells games apart, and that a checksum is that of the bytes in order."""

import hashlib

import numpy as np
import pytest

from saccade.saliency.states.game_checksums import GameChecksums

OBS = {"image": np.arange(8, dtype=np.uint8).reshape(2, 4), "gaze": np.array([[0.5], [0.5]], np.float32)}


def test_it_is_the_checksum_of_all_bytes_in_order():
    games = GameChecksums(2)
    games.add(1, OBS, np.int64(3), 1.5)
    games.end(1)
    parts = (OBS["gaze"][1], OBS["image"][1], np.int64(3), np.float64(1.5))  # entries by name
    assert games.ended == [hashlib.blake2b(b"".join(part.tobytes() for part in parts), digest_size=8).hexdigest()]


@pytest.mark.parametrize("change", ["picture", "action", "reward"])
def test_every_part_of_a_step_tells_games_apart(change):
    games = GameChecksums(2)
    for t in range(4):
        other = float(t == 2)
        for i in range(2):
            now = other * i
            seen = {"image": np.zeros((2, 3)) + (now if change == "picture" else 0), "gaze": np.zeros((2, 2))}
            games.add(i, seen, 1 + (now if change == "action" else 0), now if change == "reward" else 0.0)
    games.end(0)
    games.end(1)
    assert len(set(games.ended)) == 2


def test_a_game_begins_with_nothing_of_the_game_before():
    games = GameChecksums(1)
    for game in range(3):
        for t in range(2 if game == 1 else 3):
            games.add(0, np.full((1, 4), t), t, 1.0)
        games.end(0)
    first, short, third = games.ended
    assert first == third != short


def test_a_game_that_is_not_over_has_a_text_too():
    games = GameChecksums(2)
    for i in range(2):
        games.add(i, np.zeros((2, 3)), np.int64(0))
    first, second = games.so_far()
    assert first == second
    games.add(1, np.zeros((2, 3)), np.int64(0))
    assert games.so_far() == (first, games.so_far()[1]) != (first, second)
    games.end(1)
    assert games.so_far()[1] not in games.ended
