"""Which kinds of games an evaluation plays, so that they are not copies of each other."""

from collections.abc import Callable
from dataclasses import dataclass

from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.vec_env import VecEnv

from ...saliency.states.masks import MASKED
from ..errors import ConfigError
from .game_player import GamePlayer
from .games import GAMES_AT_ONCE, game_bar, play_games
from .played_games import GREEDY, Kind, PlayedGames

STICKY, EPSILON = 0.25, 0.01  # Machado et al. (2018); the exploration that agents of Atari games keep
GAMES, GREEDY_GAMES = 30, 10  # by default: of the main figure; of Atari games without sticky actions, which repeat themselves
Play = Callable[[Kind, int], PlayedGames]  # (kind, games)


@dataclass(frozen=True)
class Wanted:
    """
    What an evaluation was asked to play.

    :param games: whole games of each kind; None for the defaults
    :param sticky_actions: probability; None for the default
    :param epsilon: probability; None for the default
    """

    games: int | None = None
    sticky_actions: float | None = None
    epsilon: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("sticky_actions", self.sticky_actions), ("epsilon", self.epsilon)):
            if value is not None and not 0 <= value <= 1:
                raise ConfigError(f"is {value}; it must be from 0 to 1", option=name)
        if self.sticky_actions is not None and self.epsilon is not None:
            raise ConfigError("cannot be given together with sticky_actions; either makes games differ", option="epsilon")

    def check(self, env: str, atari: bool, actions: spaces.Space) -> None:
        """
        Check that an env can be played like this.

        :param env: its name
        :param atari: whether it is an Atari game
        :param actions: its action space
        :raises ConfigError: if it cannot
        """
        if self.sticky_actions is not None and not atari:
            raise ConfigError(f"are for Atari games, and {env} is none; take epsilon", option="sticky_actions")
        if self.epsilon and not isinstance(actions, MASKED):
            raise ConfigError(f"is for discrete actions, and those of {env} are {actions}", option="epsilon")

    def played(self, play: Play, atari: bool, actions: spaces.Space) -> tuple[PlayedGames, ...]:
        """
        Atari games: with sticky actions, then greedily. Other envs: greedily; if that gives copies, with epsilon as well.

        :param play: plays games of a kind
        :param atari: whether the env is an Atari game
        :param actions: its action space
        :return: the games of each kind, those of the main figure first
        """
        games = self.games or GAMES
        if self.epsilon:
            return play(Kind("epsilon", self.epsilon), games), play(GREEDY, self.games or GREEDY_GAMES)
        if atari and self.epsilon is None and self.sticky_actions != 0:
            kind = Kind("sticky", STICKY if self.sticky_actions is None else self.sticky_actions)
            return play(kind, games), play(GREEDY, self.games or GREEDY_GAMES)
        greedy = play(GREEDY, games)
        if atari or self.epsilon == 0 or greedy.distinct == games or not isinstance(actions, MASKED):
            return (greedy,)
        return play(Kind("epsilon", EPSILON), games), greedy


def games_of_kind(
    policy: BasePolicy, kind: Kind, games: int, seed: int, make: Callable[[int, float], VecEnv], with_bar: bool = False
) -> PlayedGames:
    """
    Games of a kind, in envs made for them.

    :param policy: the player
    :param kind: how to play
    :param games: in total
    :param seed: of random actions
    :param make: makes envs: (number of envs, probability of sticky actions)
    :param with_bar: whether a progress bar is drawn: some games take minutes
    :return: the games
    """
    env = make(min(games, GAMES_AT_ONCE), kind.probability if kind.name == "sticky" else 0.0)
    try:
        epsilon = kind.probability if kind.name == "epsilon" else 0.0
        with game_bar(games, with_bar, f"games, {kind}") as progress:
            return play_games(GamePlayer(policy, env, epsilon, seed), env, games, progress=progress).of_kind(kind)
    finally:
        env.close()
