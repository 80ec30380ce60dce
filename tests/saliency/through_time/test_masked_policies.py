"""Maps through time know no action masks."""

import pytest
from small_policies import observed, small_policy

from saccade.saliency import occlusion_through_time, sequential_jacobian
from saccade.saliency.errors import NoMapError


@pytest.mark.parametrize("method", [sequential_jacobian, occlusion_through_time])
def test_heads_of_actions_are_refused_and_the_value_is_shown(method):
    policy = small_policy("maskable")
    seen = observed(policy, 3)
    with pytest.raises(
        NoMapError, match=r"^maps through time take no action masks, .* take head 'value', or explain single states$"
    ):
        method(policy, seen, "action")
    assert method(policy, seen, "value").shape[:2] == (3, 3)
