"""What benchmark.py measures: a claim a row, ours beside a peer's."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import benchmark_envs as envs
import benchmark_learners as learners
import benchmark_replay as replay
import benchmark_saliency as saliency
from benchmark_envs import Setting
from benchmark_timing import Pairs


@dataclass(frozen=True)
class Claim:
    """
    :param name: of the row
    :param unit: of both figures
    :param peer_name: what ours is compared with
    :param measure: gives (ours, peer), a pair a round
    :param target: for the ratio ours / peer; None for a row that is there to be looked at
    :param at_most: whether the ratio is to be no more than the target, rather than no less
    :param note: what to know when reading the row
    :param needs: package without which there is no such row
    :param long: whether only the long form measures it
    """

    name: str
    unit: str
    peer_name: str
    measure: Callable[[Setting], Pairs]
    target: float | None = None
    at_most: bool = False
    note: str = ""
    needs: str | None = None
    long: bool = False


STEPS = "env steps/s"
SB3_DQN = "SB3 DQN(CnnPolicy), 1 env"
DQN_NOTE = "ours on 8 envs, with two streams, and a third forward pass in an update for the double-Q target"
CLAIMS = (
    Claim("env-vs-sb3", STEPS, "SB3 make_atari_env + VecFrameStack + VecTransposeImage", envs.env_vs_sb3, 2,
          note="8 games, random actions; SB3's envs in one process, its default"),
    Claim("env-vs-ale", STEPS, "bare ale_py AtariVectorEnv", envs.env_vs_ale, 0.95, note="8 games, random actions"),
    Claim("env-vs-envpool", STEPS, "EnvPool", envs.env_vs_envpool, note="8 games, random actions", needs="envpool"),
    Claim("dqn-loop", STEPS, SB3_DQN, partial(learners.dqn_loop, batch_size=32, train_freq=4), 2,
          note=f"both one update of batch 32 in 4 env steps; {DQN_NOTE}"),
    Claim("dqn-loop-256", STEPS, SB3_DQN, partial(learners.dqn_loop, batch_size=256, train_freq=32), 3,
          note=f"both one update of batch 256 in 32 env steps; {DQN_NOTE}"),
    Claim("dqn-vs-cleanrl", STEPS, "CleanRL's DQN loop, 1 env", learners.dqn_vs_cleanrl,
          note=f"both one update of batch 32 in 4 env steps; CleanRL's loop in our words, on SB3's env wrappers; {DQN_NOTE}"),
    Claim("pqn-vs-dqn", STEPS, SB3_DQN, learners.pqn_vs_dqn, 10,
          note="PQN on 32 envs, each env step learnt from twice; DQN one update of batch 32 in 4 env steps, which learns from each "
               "8 times"),
    Claim("pqn-vs-ppo", STEPS, "SB3 PPO(CnnPolicy), 8 envs", learners.pqn_vs_ppo, 2,
          note="both on make_atari; PPO with RL Zoo's settings, each env step learnt from 4 times"),
    Claim("env-vs-pqn", STEPS, "PQN's whole loop", learners.env_vs_pqn,
          note="ours: the same 32 envs alone under random actions; the ratio is what the speed of the envs would allow"),
    Claim("replay-sample", "transitions/s", "SB3 ReplayBuffer", replay.replay_sample, 5,
          note=f"batches of {replay.BATCH} out of the same {learners.BUFFER_SIZE:,} transitions"),
    Claim("replay-memory", "GB", "SB3 ReplayBuffer", replay.replay_memory, 1 / 7, at_most=True,
          note="1M transitions of 4x84x84 uint8; ours grows by a frame with every whole game"),
    Claim("saliency-maps", "maps/s", "captum Saliency, one observation at a time",
          partial(saliency.saliency_maps, captum_batch=1), 3, needs="captum",
          note=f"value and advantage of {saliency.OBSERVATIONS} observations; maps checked to be the same"),
    Claim("saliency-maps-batch", "maps/s", "captum Saliency, all observations at once",
          partial(saliency.saliency_maps, captum_batch=saliency.OBSERVATIONS), 1.3, needs="captum",
          note=f"value and advantage of {saliency.OBSERVATIONS} observations; maps checked to be the same"),
    Claim("saliency-callback", "s", "the same training without the callback", saliency.saliency_callback, 0.01, at_most=True,
          note="ours: seconds that SaliencyCallback adds to some ten minutes of learn(), with first and last event and the "
               "probe set made anew",
          long=True),
)
