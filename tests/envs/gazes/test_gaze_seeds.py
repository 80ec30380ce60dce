"""Seeds of the wrappers that give an agent a gaze."""

import gymnasium as gym

from saccade.envs import GazeWrapper, VectorGazeWrapper


def test_seeds_of_any_size_are_taken():
    """As gymnasium takes them: it has no largest seed."""
    one = GazeWrapper(gym.make("saccade/Catch-v0"), first="random")
    several = VectorGazeWrapper(gym.make_vec("saccade/Catch-v0", num_envs=2), first="random")
    for seeds in ([2**63 - 1, 2**63], [2**63 + 1, 3], [2**64 + 5, 2**70]):
        gazes = several.reset(seed=seeds)[0]["gaze"]
        assert (gazes == [one.reset(seed=seed)[0]["gaze"] for seed in seeds]).all()
        assert (gazes[0] != gazes[1]).any()
    gazes = several.reset(seed=2**63 - 1)[0]["gaze"]
    assert (gazes == several.reset(seed=[2**63 - 1, 2**63])[0]["gaze"]).all()
