"""torch's fused Adam, safe to load from a model with another memory format."""

from typing import Any

import torch as th


class FusedAdam(th.optim.Adam):
    """
    torch's Adam with ``fused=True``, which saves a sixth of a DQN's update. A loaded state gets the memory format of the
    parameters.

    The fused kernel reads parameters and moments in the order in which they lie in memory. The saved moments may come from a model
    with another memory format: :class:`saccade.agents.DoubleDQN` keeps convolutions in channels_last, SB3's DQN does not. Then the
    kernel would apply moments to the wrong weights.

    :param params: as in torch's Adam
    :param fused: False for torch's other implementations
    :param kwargs: as in torch's Adam
    """

    def __init__(self, params: Any, fused: bool = True, **kwargs: Any) -> None:
        super().__init__(params, fused=fused, **kwargs)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """As torch's."""
        super().load_state_dict(state_dict)
        for parameter, state in self.state.items():
            for name, moment in state.items():
                if isinstance(moment, th.Tensor) and moment.shape == parameter.shape:
                    state[name] = th.empty_like(parameter, dtype=moment.dtype).copy_(moment).detach()
