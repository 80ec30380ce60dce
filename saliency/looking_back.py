"""What a recurrent policy's decisions rest on in a stretch of its play."""

from collections.abc import Mapping, Sequence

import numpy as np
from stable_baselines3.common.policies import BasePolicy

from .errors import NoMapError
from .extras import Extras
from .map_key import JACOBIAN
from .memory.episode_drawing import Drawing, shares
from .memory.stretch_of_play import StretchOfPlay, decisions, episode_of
from .records.memory_record import MemoryRecord, Through
from .states.states import States
from .through_time import ThroughTime, through_time_named

DECISIONS = 16  # of one event, at most
SHOWN: Mapping[str, ThroughTime] = through_time_named([JACOBIAN, "occlusion"])  # the second is the rival of the first


def look_back(
    policy: BasePolicy,
    stretch: StretchOfPlay,
    heads: Sequence[str],
    drawing: Drawing | None = None,
    refusals: dict[str, str] | None = None,
    extras: Extras | None = None,
) -> MemoryRecord | None:
    """
    Maps through time of at most :data:`DECISIONS` decisions, from the memory that the policy had before the stretch.

    :param policy: with a memory
    :param stretch: T consecutive steps of its play
    :param heads: names
    :param drawing: of the env; it gets the episode of the last decision
    :param refusals: gets a line for each head that has no map
    :param extras: try the drawing, which is the env's own code
    :return: None if no head has a map
    """
    states = stretch.states
    outputs = decisions(states.starts, len(states), DECISIONS)
    memory = None if states.memory is None else states.memory[:1]
    norms: dict[Through, np.ndarray] = {}
    for head in heads:
        for name, method in SHOWN.items():
            try:
                norms[head, name] = method(policy, states.observations, head, states.starts, outputs=outputs, memory=memory)
            except NoMapError as refusal:
                if refusals is not None:
                    refusals[head] = str(refusal)
    if not norms:
        return None
    pictures: dict[str, np.ndarray] = {}
    if drawing is not None:
        extras = extras or Extras("drawings of episodes")
        for head in (head for head, method in norms if method == JACOBIAN):
            row = norms[head, JACOBIAN][-1]
            picture = extras.tried(lambda row=row: drawn_decision(drawing, states, row, outputs[-1]))  # type: ignore[misc]
            pictures |= {} if picture is None else {head: picture}
    return MemoryRecord(norms, np.array(outputs), states.starts, pictures, stretch.doubt)


def drawn_decision(drawing: Drawing, states: States, norms: np.ndarray, t: int) -> np.ndarray | None:
    """
    The episode of one decision, in colours of how much the decision rests on each step.

    :param drawing: of the env
    :param states: T consecutive steps
    :param norms: (T,) of the decision
    :param t: its step
    :return: (H, W, 3) uint8; None if the env draws something else
    """
    steps = episode_of(states.starts, len(states), t)
    return drawing(states.some(steps).observations, shares(norms[steps]), t - steps.start)
