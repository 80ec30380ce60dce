"""A trained policy whose memory is known: what was seen k steps ago decides now, and the Jacobian through time says so."""

import numpy as np
import pytest
from copy_recall_training import LENGTH, copy_recall, trained_on_copy_recall
from sb3_contrib import RecurrentPPO

from saccade.saliency.statistics.memory_statistics import lag_profile, mean_lag
from saccade.saliency.through_time.sequential_jacobian import temporal_norms

EPISODES = 24
ASKED = range(12, LENGTH)  # decisions, all of which have frames before the one that matters


def profile_of(model: RecurrentPPO, delay: int) -> tuple[np.ndarray, float]:
    """Mean norm by lag over many episodes, of the action that the policy likes best, and the mean lag."""
    env = copy_recall(delay, 4, seed=3_000_000)
    obs, states, starts, seen = env.reset(), None, np.ones(env.num_envs, dtype=bool), []
    for _ in range(LENGTH):
        seen.append(obs[:EPISODES])
        actions, states = model.predict(obs, states, starts, deterministic=True)
        obs, _, starts, _ = env.step(actions)
    episodes = np.stack(seen, axis=1)  # (EPISODES, LENGTH, 1, 8, 8)
    norms = np.mean([temporal_norms(model.policy, one, "action", outputs=ASKED) for one in episodes], axis=0)
    return lag_profile(norms, np.array(ASKED)), mean_lag(norms, np.array(ASKED))


@pytest.mark.parametrize("delay", [3, *(pytest.param(delay, marks=pytest.mark.slow) for delay in (1, 2, 4, 5, 6, 7, 8))])
@pytest.mark.timeout(600)
def test_the_jacobian_is_largest_at_the_frame_that_decides(delay, one_torch_thread):
    profile, lag = profile_of(trained_on_copy_recall(delay), delay)
    assert profile.argmax() == delay
    assert lag > 0.5 * delay


def test_before_training_it_is_largest_at_the_present():
    model = RecurrentPPO("MlpLstmPolicy", copy_recall(3, 4, 0), seed=0, device="cpu")
    assert profile_of(model, 3)[0].argmax() == 0
