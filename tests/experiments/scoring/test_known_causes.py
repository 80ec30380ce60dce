import numpy as np
import pytest
from told import Told

from saccade.experiments import RunConfig, train
from saccade.experiments.scoring.known_causes import known_causes, patch_shares
from saccade.saliency import MapKey, ProbeSet
from saccade.saliency.records.saliency_event import SaliencyEvent


def test_shares_by_hand():
    maps = np.zeros((2, 1, 4, 4))
    maps[0, 0, 0, 0], maps[0, 0, 0, 3], maps[1, 0, 3, 0] = 3.0, -1.0, -4.0
    assert patch_shares(maps) == {"top left": 0.375, "top right": 0.125, "bottom left": 0.5, "bottom right": 0.0}
    assert np.isnan(patch_shares(0 * maps)["top left"])
    assert sum(patch_shares(np.random.default_rng(0).normal(size=(3, 2, 6, 6))).values()) == pytest.approx(1)


def test_the_lines_tell_first_and_last_event(tmp_path):
    probes = ProbeSet(np.zeros((1, 1, 4, 4), np.uint8))
    for step, corner in ((0, (3, 3)), (10, (0, 0))):
        value = np.full((1, 1, 4, 4), 0.0, np.float32)
        value[0, 0][corner] = 1.0
        advantage = np.ones((1, 1, 4, 4), np.float32)
        maps = {MapKey("value", "jacobian"): value, MapKey("advantage", "jacobian"): advantage}
        SaliencyEvent(step, probes, maps, None, None, {}).write(tmp_path / "saliency")
    title, of_value, of_advantage = known_causes("saccade/Quadrant-v0", tmp_path / "saliency")
    assert "by chance each patch has 25 %" in title
    assert of_value == (
        "  value: 100 % of its map lies in the patch that makes it, top left "
        "(top right 0 %, bottom left 0 %, bottom right 0 %; before training 0 %)"
    )
    assert of_advantage.startswith("  advantage: 25 % of its map lies in the patch that makes it, top right (top left 25 %")


def test_other_envs_and_missing_events(tmp_path):
    assert known_causes("Enduro", tmp_path) == []
    (line,) = known_causes("Quadrant", tmp_path)
    assert line.startswith("the maps cannot be compared with what is known: ")


@pytest.mark.slow
@pytest.mark.usefixtures("elsewhere")
def test_a_trained_agent_looks_where_the_causes_are():
    """The whole first look: the map of V lies in V's patch, and that of A in A's."""
    told = Told()
    train(RunConfig(env="Quadrant", wandb="disabled"), reporter=told)
    shares = [float(line.split()[1]) for line in told.lines if line.startswith("  ")]
    assert len(shares) == 2
    assert min(shares) > 75
    assert all("before training" in line for line in told.lines if line.startswith("  "))
