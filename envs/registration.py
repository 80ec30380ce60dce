"""Gymnasium ids of the suite's own envs: ``gym.make("saccade.envs:saccade/Catch-v0")``, or ``gym.make_vec`` for a batch."""

import importlib
from typing import Any

import gymnasium as gym

TASKS: dict[str, tuple[str, dict[str, Any]]] = {
    "ClutteredMNIST": ("tasks.cluttered_mnist:ClutteredMNIST", {}),
    "TranslatedMNIST": ("tasks.cluttered_mnist:ClutteredMNIST", {"distractors": 0}),
    "Catch": ("tasks.catch:Catch", {}),
    "CopyRecall": ("tasks.copy_recall:CopyRecall", {}),
    "DigitPair": ("tasks.several_digits.digit_pair:DigitPair", {}),
    "DigitSum": ("tasks.several_digits.digit_pair:DigitSum", {}),
    "HouseNumber": ("tasks.several_digits.house_number:HouseNumber", {}),
    "PenStrokes": ("tasks.pen.pen_strokes:PenStrokes", {}),
    "Quadrant": ("tasks.quadrant:Quadrant", {}),
    "Reorder": ("tasks.reorder.reorder:Reorder", {}),
}


def register_envs() -> None:
    """Register the ids. A second call does nothing."""
    for name, (place, arguments) in TASKS.items():
        if f"saccade/{name}-v0" not in gym.registry:
            where = f"{__package__}.{place}"
            gym.register(
                f"saccade/{name}-v0",
                entry_point=f"{where}Env",
                vector_entry_point=f"{where}VectorEnv",
                kwargs=dict(arguments),
                order_enforce=False,
            )


def task_class(task_id: str) -> type:
    """
    The class behind one of the suite's envs, whose constructor takes the keyword arguments of the env.

    :param task_id: such as ``"saccade/Catch-v0"``
    """
    place, _ = TASKS[task_id.removeprefix("saccade/").removesuffix("-v0")]
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(f".{module}", __package__), name)
