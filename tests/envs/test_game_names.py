import ale_py
import pytest

from saccade.envs.game_names import full_id, game_title, id_without_skip, resolve_game, rom_of

FOR_TWO = ["combat", "joust", "maze_craze", "warlords"]  # ale-py has these ROMs but registers no envs for them
PLAYABLE = sorted(set(ale_py.roms.get_all_rom_ids()) - set(FOR_TWO))


def camel(rom: str) -> str:
    return rom.title().replace("_", "")


def test_ale_has_the_games_that_these_tests_use():
    assert len(PLAYABLE) > 100
    assert {"enduro", "breakout", "ms_pacman", "up_n_down", "pitfall2", "tic_tac_toe_3d"} <= set(PLAYABLE)


@pytest.mark.parametrize(
    "spelling",
    [
        "{camel}",
        "{rom}",
        "ALE/{camel}-v5",
        "{camel}-v0",
        "{camel}-v4",
        "{camel}NoFrameskip-v4",
        "{camel}Deterministic-v4",
        "{lower}",
        "{dashed}",
        "{spaced}",
    ],
)
def test_every_spelling_of_every_game_is_found(spelling):
    found = {
        rom: resolve_game(
            spelling.format(
                camel=camel(rom),
                rom=rom,
                lower=camel(rom).lower(),
                dashed=rom.replace("_", "-"),
                spaced=rom.replace("_", " ").title(),
            )
        )
        for rom in PLAYABLE
    }
    assert found == {rom: rom for rom in PLAYABLE}


def test_usual_names_that_differ_from_the_rom_id_are_found():
    assert resolve_game("MsPacman") == "ms_pacman"
    assert resolve_game("ALE/UpNDown-v5") == "up_n_down"
    assert resolve_game("QbertNoFrameskip-v4") == "qbert"
    assert resolve_game("ALE/TicTacToe3D-v5") == "tic_tac_toe_3d"


def test_ids_of_games():
    assert full_id("breakout") == "ALE/Breakout-v5"
    assert full_id("PongDeterministic-v4") == "ALE/Pong-v5"
    assert full_id("PongNoFrameskip-v4") == "PongNoFrameskip-v4"
    with pytest.raises(ValueError, match="unknown Atari game 'Breakuot'"):
        full_id("Breakuot")


def test_ids_without_skipped_frames():
    assert id_without_skip("ms_pacman") == "MsPacmanNoFrameskip-v4"
    assert id_without_skip("no_game") is None


def test_titles_are_those_of_gymnasium():
    assert [game_title(rom) for rom in ("space_invaders", "ms_pacman", "no_game")] == ["SpaceInvaders", "MsPacman", "no_game"]
    assert {full_id(rom) for rom in PLAYABLE} == {f"ALE/{game_title(rom)}-v5" for rom in PLAYABLE}


def test_names_of_no_game_have_no_rom():
    assert rom_of("PongNoFrameskip-v4") == "pong"
    assert rom_of("CartPole-v1") is None


@pytest.mark.parametrize("rom", FOR_TWO)
@pytest.mark.parametrize("spelling", ["{}", "ALE/{}-v5", "{}NoFrameskip-v4"])
def test_games_for_two_players_are_refused(rom, spelling):
    with pytest.raises(ValueError, match="two players"):
        resolve_game(spelling.format(camel(rom)))


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("Brekout", "breakout"),
        ("Endurro-v5", "enduro"),
        ("space_invader", "space_invaders"),
        ("MsPackmanNoFrameskip-v4", "ms_pacman"),
    ],
)
def test_an_unknown_game_is_refused_with_near_names(misspelt, meant):
    with pytest.raises(ValueError, match=f"(?s){misspelt}.*nearest names.*{meant}"):
        resolve_game(misspelt)


@pytest.mark.parametrize("nothing_like_a_game", ["", "xqzzk", "12345", "ALE/-v5"])
def test_a_name_without_near_names_is_refused_with_examples(nothing_like_a_game):
    with pytest.raises(ValueError, match=r"unknown Atari game.*try enduro"):
        resolve_game(nothing_like_a_game)


def test_another_version_of_an_env_of_gymnasium_is_no_misspelt_game():
    with pytest.raises(ValueError, match=r"gymnasium has no 'CartPole-v7'; it has: CartPole-v0, CartPole-v1$"):
        resolve_game("CartPole-v7")
