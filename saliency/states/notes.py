"""What is written and drawn on a picture of a state beside its maps: the action, the values, where a retina is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch as th
from stable_baselines3.common.policies import BasePolicy

from ...policies import Retina
from ..readers.entries import Entries
from ..readers.head_reader import eye_of, head_reader
from ..readers.protocol import as_taken
from ..readers.undisturbed.evaluation_mode import evaluating
from .names import Names
from .states import States

SAID = {"value": "V", "q": "Q", "action": "probability", "class": "probability"}  # heads, and what pictures call them
LOGARITHMS = ("action", "class")  # heads that are log-probabilities
MOST_NUMBERS = 4  # of a continuous action
NO_MEMORY = "The policy has a memory, which is not known in these states: each counts as the start of an episode."


@dataclass(frozen=True)
class Notes:
    """
    What pictures say of B states.

    :param captions: a line for each state; empty: none
    :param boxes: (B, K, 4) left, top, right and bottom of each patch of a retina in pixels of the image, the finest first; or None.
        (B, M, K, 4) of a retina that remembers M gazes, the newest last
    :param features: names of a vector's features; empty: they are numbered
    :param assumed: a line on what was assumed of all states; empty: nothing was
    """

    captions: Sequence[str] = ()
    boxes: np.ndarray | None = None
    features: Sequence[str] = ()
    assumed: str = ""

    def caption(self, i: int) -> str:
        """The line of a state; empty if there is none."""
        return self.captions[i] if i < len(self.captions) else ""

    def boxes_of(self, i: int) -> np.ndarray | None:
        """(M, K, 4) the patches of a state at each gaze, the newest last; or None."""
        if self.boxes is None or i >= len(self.boxes):
            return None
        return self.boxes[i].reshape(-1, *self.boxes.shape[-2:])


def notes_of(policy: BasePolicy, states: States, places: Sequence[str] = (), names: Names | None = None) -> Notes:
    """
    What there is to say of some states: which action the policy takes there, with its probability or its Q, and V.

    :param policy: of an SB3 model
    :param states: what it sees
    :param places: a beginning for each line, such as ``step 12``
    :param names: of actions and features
    """
    names = names or Names()
    reader = head_reader(policy)
    packed = Entries.of(policy, states.observations).packed()
    said = tuple(name for name in SAID if name in reader.names())
    with evaluating(policy), th.inference_mode(False), th.no_grad():
        choice = reader.choice(packed, states.memory, states.masks)
        values: Mapping[str, th.Tensor] = reader.values(packed, said, choice, states.memory, states.masks) if said else {}
    chosen = as_taken(policy, choice.detach().float().cpu().numpy()).reshape(len(states), -1)
    if reader.ranks_actions:  # behind the action may be the second best one, or where to look next
        chosen = chosen[:, :1]
    numbers = {name: x.detach().float().cpu().numpy() for name, x in values.items()}
    lines = []
    for i, action in enumerate(chosen):
        told = [f"{SAID[name]} {_number(name, float(x[i]))}" for name, x in numbers.items()]
        lines.append(", ".join([*([places[i]] if i < len(places) else []), f"action {_action(action, names.actions)}", *told]))
    assumed = NO_MEMORY if reader.recurrent and states.memory is None else ""
    return Notes(lines, retina_boxes(policy, states), names.features, assumed)


def retina_boxes(policy: BasePolicy, states: States) -> np.ndarray | None:
    """
    Where the patches of a retina lie on the image.

    :param policy: any
    :param states: what it sees
    :return: (B, M, K, 4) left, top, right and bottom in pixels of the image, at each of M gazes that the policy remembers (the
        newest last), the finest patch first; None for a policy without a retina
    """
    if not head_reader(policy).chooses_gaze:
        return None
    eye, image = eye_of(policy), states.observations["image"]
    packed = Entries.of(policy, states.observations).packed()
    assert isinstance(packed, dict)  # what a retina sees is an image and a gaze
    gazes = eye.gazes(packed).cpu().numpy()
    return np.stack([patch_boxes(each, eye.retina, image.shape[-2:]) for each in np.moveaxis(gazes, 1, 0)], axis=1)


def patch_boxes(gaze: np.ndarray, retina: Retina, image: tuple[int, ...]) -> np.ndarray:
    """
    The patches of a retina around a gaze, each twice as wide as the one before. An overview is around the middle of the image.

    :param gaze: (B, 2) x and y from -1 to 1
    :param retina: with K scales
    :param image: its height and width
    :return: (B, K, 4) left, top, right and bottom in pixels of the image, the finest first
    """
    looked = np.repeat(gaze[:, None], retina.scales, axis=1)
    if retina.overview:
        looked[:, -1] = 0
    centre = (looked + 1) / 2 * np.array([image[1], image[0]])
    half = retina.size * 2.0 ** np.arange(retina.scales)[:, None] / 2
    return np.concatenate([centre - half, centre + half], axis=2)


def _number(name: str, value: float) -> str:
    return f"{np.exp(value):.2f}" if name in LOGARITHMS else f"{value:.3g}"


def _action(action: np.ndarray, names: Sequence[str]) -> str:
    whole = bool((action == np.rint(action)).all())
    if whole and len(action) == 1 and 0 <= action[0] < len(names):
        return names[int(action[0])]
    numbers = [f"{x:.0f}" if whole else f"{x:.2f}" for x in action[:MOST_NUMBERS]]
    more = " ..." if len(action) > MOST_NUMBERS else ""
    return numbers[0] if len(action) == 1 else f"[{' '.join(numbers)}{more}]"
