"""Find the ROM of an Atari game from any usual spelling of its name."""

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
    stem = name.removeprefix("ALE/")
    stem = re.sub(r"-v\d+$", "", stem)
    stem = re.sub(r"(NoFrameskip|Deterministic)$", "", stem)
    playable = {spec.kwargs["game"] for spec in gym.registry.values() if spec.namespace == "ALE"}
    by_letters = {_letters(rom): rom for rom in playable}
    wanted = _letters(stem)
    if wanted in by_letters:
        return by_letters[wanted]
    if wanted in map(_letters, ale_py.roms.get_all_rom_ids()):  # ALE would end the whole process
        raise ValueError(f"{name!r} is a game for two players; choose a game for one player, such as enduro")
    near = difflib.get_close_matches(wanted, by_letters, n=3, cutoff=0.5)
    hint = f"the nearest names are: {', '.join(by_letters[letters] for letters in near)}" if near else "try enduro or breakout"
    raise ValueError(f"unknown Atari game {name!r}; {hint}")


def game_title(rom: str) -> str:
    """
    The name of a game as gymnasium writes it: ``"SpaceInvaders"`` for ``"space_invaders"``.

    :param rom: as :func:`resolve_game` gives it
    """
    ids = [id for id, spec in gym.registry.items() if spec.namespace == "ALE" and spec.kwargs["game"] == rom]
    return re.sub(r"-v\d+$", "", ids[0].removeprefix("ALE/")) if ids else rom
