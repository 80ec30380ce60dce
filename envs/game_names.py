"""Which Atari game a user means: every usual spelling leads to one ROM."""

import difflib
import re

import ale_py  # registers its games with gymnasium
import gymnasium as gym


def _letters(name: str) -> str:
    """Lower-case letters and digits only, so that ``MsPacman``, ``ms_pacman`` and ``ms-pacman`` meet."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def resolve_game(name: str) -> str:
    """
    Name of the ROM that a spelling of an Atari game means.

    ``"enduro"``, ``"Enduro"``, ``"ALE/Enduro-v5"``, ``"EnduroNoFrameskip-v4"`` and ``"EnduroDeterministic-v4"`` are the same
    game: what the id says of frame skip and sticky actions is said to :func:`saccade.envs.make_atari` by keyword instead.

    :param name: the game, in any usual spelling
    :return: ale-py's ROM id, for instance ``"space_invaders"``
    :raises ValueError: if no game has that name (the message gives the nearest ones) or it cannot be played alone
    """
    stem = name.removeprefix("ALE/")
    stem = re.sub(r"-v\d+$", "", stem)
    stem = re.sub(r"(NoFrameskip|Deterministic)$", "", stem)
    playable = {spec.kwargs["game"] for spec in gym.registry.values() if spec.namespace == "ALE"}
    by_letters = {_letters(rom): rom for rom in playable}
    wanted = _letters(stem)
    if wanted in by_letters:
        return by_letters[wanted]
    if wanted in map(_letters, ale_py.roms.get_all_rom_ids()):  # ALE would end the whole process over one of these
        raise ValueError(f"{name!r} is a game for two players; choose one that ALE plays alone, such as enduro")
    near = difflib.get_close_matches(wanted, by_letters, n=3, cutoff=0.5)
    hint = f"the nearest names are: {', '.join(by_letters[letters] for letters in near)}" if near else "try enduro or breakout"
    raise ValueError(f"unknown Atari game {name!r}; {hint}")
