"""Adam in one kernel."""

from typing import Any

import torch as th


class FusedAdam(th.optim.Adam):
    """
    torch's Adam with ``fused=True``, which saves a sixth of a DQN's update, and with a loaded state in the parameters' own
    memory order.

    The fused kernel walks through parameters and moments side by side in memory. A state saved by a model whose convolutions lie
    in another order (:class:`saccade.agents.DoubleDQN` keeps them in channels_last, SB3's DQN does not) would put moments on the
    wrong weights.

    :param params: as of torch's Adam
    :param fused: False for torch's other implementations
    :param kwargs: as of torch's Adam
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
