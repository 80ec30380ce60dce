"""Everything that a training needs, beside its weights, to go on as if it had never been stopped."""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch as th
from sb3_contrib.common.recurrent.type_aliases import RNNStates
from stable_baselines3.common.base_class import BaseAlgorithm

from ...agents import DoubleDQN

COUNTERS = ("num_timesteps", "_n_updates", "_episode_num", "_n_calls")  # of SB3's algorithms, where they have them
WINDOWS = ("ep_info_buffer", "ep_success_buffer")  # of the logged means


@dataclass(frozen=True)
class RunState:
    """
    The state of a training between two rollouts.

    Between two rollouts nothing is half done: the last rollout is learnt, and the next one has not begun. So the state is the
    position of the envs, the last observations, the memory of a recurrent policy, counters, and all generators of random numbers.

    :param numbers: what JSON can hold
    :param arrays: by name
    """

    numbers: dict[str, Any]
    arrays: dict[str, np.ndarray]

    @classmethod
    def of(cls, model: BaseAlgorithm) -> "RunState":
        """The state of a model in training. It is a copy."""
        kind, keys, *rest = np.random.get_state()
        version, words, gauss = random.getstate()
        numbers: dict[str, Any] = {
            "counters": {name: int(getattr(model, name)) for name in COUNTERS if hasattr(model, name)},
            "windows": {name: list(getattr(model, name) or ()) for name in WINDOWS},
            "numpy": [kind, *rest],
            "python": [version, gauss],
            "actions": model.action_space.np_random.bit_generator.state,
            "delayed_training": model._due if isinstance(model, DoubleDQN) else None,
            "env": False,
        }
        arrays = {"random/numpy": np.array(keys), "random/python": np.array(words, dtype=np.uint32)}
        arrays["random/torch"] = th.get_rng_state().numpy()
        if model.device.type == "cuda":
            arrays["random/device"] = th.cuda.get_rng_state(model.device).numpy()
        of_env = model.env.save_state() if hasattr(model.env, "save_state") else None  # type: ignore[union-attr]
        if of_env is not None:
            numbers["env"] = True
            arrays |= {f"env/{name}": value for name, value in of_env.items()}
            arrays |= _observations(model)
            arrays["starts"] = np.array(model._last_episode_starts)
        memory = getattr(model, "_last_lstm_states", None)
        for name, pair in {} if memory is None else {"pi": memory.pi, "vf": memory.vf}.items():
            arrays |= {f"memory/{name}/{i}": part.cpu().numpy() for i, part in enumerate(pair)}
        return cls(numbers, arrays)

    @property
    def env_steps(self) -> int:
        """Of the training."""
        return int(self.numbers["counters"]["num_timesteps"])

    @property
    def has_env(self) -> bool:
        """Whether the state of the envs could be saved."""
        return bool(self.numbers["env"])

    def restore(self, model: Any) -> None:
        """
        Put counters, memory and windows back, and the envs if they could be saved.

        :param model: with the weights of this state, and with an env of the same kind
        :raises StateError: if the envs do not come back to their state; the model is to be used as it is then
        """
        self.restore_counters(model)
        if isinstance(model, DoubleDQN) and self.numbers["delayed_training"] is not None:
            gradient_steps, batch_size = self.numbers["delayed_training"]
            model._due = (gradient_steps, batch_size)
        for name in WINDOWS:
            window = getattr(model, name)
            window.clear()
            window.extend(self.numbers["windows"][name])
        if not self.has_env:
            return
        before = "env/"
        model.env.restore_state({name.removeprefix(before): x for name, x in self.arrays.items() if name.startswith(before)})
        entries = {name.removeprefix("seen/"): x.copy() for name, x in self.arrays.items() if name.startswith("seen/")}
        model._last_obs = entries.get("", entries)
        model._last_episode_starts = self.arrays["starts"].copy()
        if "memory/pi/0" in self.arrays:
            pairs = [
                [th.from_numpy(self.arrays[f"memory/{name}/{i}"].copy()).to(model.device) for i in (0, 1)] for name in ("pi", "vf")
            ]
            model._last_lstm_states = RNNStates(*(tuple(pair) for pair in pairs))

    def restore_counters(self, model: BaseAlgorithm) -> None:
        """Put the counters back."""
        for name, value in self.numbers["counters"].items():
            setattr(model, name, value)

    def restore_random(self, model: BaseAlgorithm) -> None:
        """Put all generators of random numbers back. What is done before the next rollout must not draw from them afterwards."""
        kind, *rest = self.numbers["numpy"]
        np.random.set_state((kind, self.arrays["random/numpy"], *rest))
        version, gauss = self.numbers["python"]
        random.setstate((version, tuple(self.arrays["random/python"].tolist()), gauss))
        model.action_space.np_random.bit_generator.state = self.numbers["actions"]
        th.set_rng_state(th.from_numpy(self.arrays["random/torch"].copy()))
        if model.device.type == "cuda" and "random/device" in self.arrays:
            th.cuda.set_rng_state(th.from_numpy(self.arrays["random/device"].copy()), model.device)


def _observations(model: BaseAlgorithm) -> dict[str, np.ndarray]:
    seen = model._last_obs
    parts = seen if isinstance(seen, dict) else {"": seen}
    return {f"seen/{key}": np.array(part) for key, part in parts.items()}
