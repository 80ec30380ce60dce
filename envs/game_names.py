"""The ROM, the ids and the title of an Atari game, from any usual spelling of its name."""

import difflib
import re

import ale_py  # registers its games with gymnasium
import gymnasium as gym


def _letters(name: str) -> str:
    """Lower-case letters and digits only. So ``MsPacman``, ``ms_pacman`` and ``ms-pacman`` are equal."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def resolve_game(name: str) -> str:
    """
    The ROM of an Atari game.

    ``"enduro"``, ``"Enduro"``, ``"ALE/Enduro-v5"``, ``"EnduroNoFrameskip-v4"`` and ``"EnduroDeterministic-v4"`` are the same
    game. These ids also set frame skip and sticky actions; :func:`saccade.envs.make_atari` has arguments for those.

    :param name: the game, in any usual spelling
    :return: ale-py's ROM id, such as ``"space_invaders"``
    :raises ValueError: if no game has that name (the message gives the nearest names) or the game needs two players
    """
    if not isinstance(name, str):
        raise ValueError(f"the game is {name!r}; it must be a name, such as 'Enduro'")
    stem = name.removeprefix("ALE/")
    stem = re.sub(r"-v\d+$", "", stem)
    stem = re.sub(r"(NoFrameskip|Deterministic)$", "", stem)
    by_letters = {_letters(rom): rom for rom in _ids()}
    wanted = _letters(stem)
    if wanted in by_letters:
        return by_letters[wanted]
    if wanted in map(_letters, ale_py.roms.get_all_rom_ids()):  # ALE would end the whole process
        raise ValueError(f"{name!r} is a game for two players; choose a game for one player, such as enduro")
    if others := _other_versions(name):
        raise ValueError(f"gymnasium has no {name!r}; it has: {', '.join(others)}")
    near = difflib.get_close_matches(wanted, by_letters, n=3, cutoff=0.5)
    hint = f"the nearest names are: {', '.join(by_letters[letters] for letters in near)}" if near else "try enduro or breakout"
    raise ValueError(f"unknown Atari game {name!r}; {hint}")


def rom_of(name: str) -> str | None:
    """As :func:`resolve_game`, but None for a name that is none of a game."""
    try:
        return resolve_game(name)
    except ValueError:
        return None


def full_id(game: str) -> str:
    """
    The gymnasium id of an Atari game in any spelling, such as ``ALE/Pong-v5``. An id that gymnasium knows stays as it is.

    :raises ValueError: if there is no such game
    """
    return game if game in gym.registry else _ids()[resolve_game(game)]


def id_without_skip(rom: str) -> str | None:
    """
    The gymnasium id of a game that shows every frame, such as ``PongNoFrameskip-v4``, which wrappers for preprocessing take.

    :param rom: as :func:`resolve_game` gives it
    :return: None if the game has no such id
    """
    return next((id for id, spec in gym.registry.items() if spec.kwargs.get("game") == rom and id.endswith("NoFrameskip-v4")), None)


def game_title(rom: str) -> str:
    """
    The name of a game as gymnasium writes it: ``"SpaceInvaders"`` for ``"space_invaders"``.

    :param rom: as :func:`resolve_game` gives it
    """
    return re.sub(r"-v\d+$", "", _ids().get(rom, rom).removeprefix("ALE/"))


def _other_versions(id: str) -> list[str]:
    """The ids that gymnasium has for an env in another version, such as ``CartPole-v1`` for ``CartPole-v2``."""
    stem, is_versioned, _ = id.rpartition("-v")
    return [other for other in gym.registry if is_versioned and other.rpartition("-v")[0] == stem]


def _ids() -> dict[str, str]:
    """{ROM: its id, such as ``ALE/Pong-v5``} of the games that ale-py has for one player."""
    ids: dict[str, str] = {}
    for id, spec in gym.registry.items():
        if spec.namespace == "ALE":
            ids.setdefault(spec.kwargs["game"], id)
    return ids
