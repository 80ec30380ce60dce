"""What benchmark.py measures: a claim a row, ours beside a peer's."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from stable_baselines3.common.buffers import ReplayBuffer

from saccade.agents import FrameReplayBuffer
from saccade.policies import SoftAttentionLstmPolicy
from saccade.scripts.benchmarks import envs, glimpses, learners, replay, saliency
from saccade.scripts.benchmarks.timing import Pairs, Setting, Side, in_turns


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


def beside(ours: Side, peer: Side) -> Callable[[Setting], Pairs]:
    """Measures the two sides in turns."""
    return partial(in_turns, ours=ours, peer=peer)


def in_a_script(ours: Side, peer: Side) -> Callable[[Setting], Pairs]:
    """As :func:`beside`, without the variable that ``saccade`` sets before torch is loaded: a user's own script has none."""

    def measure(setting: Setting) -> Pairs:
        return in_turns(replace(setting, in_a_script=True), ours, peer)

    return measure


STEPS = "env steps/s"
SB3_DQN = "SB3 DQN(CnnPolicy), 1 env"
SB3_PPO = "SB3 PPO(CnnPolicy), 8 envs"
SCRIPT_NOTE = "as in a script of a user's, without GOMP_SPINCOUNT in the environment"
DQN_NOTE = "ours on 32 envs, with two streams, and a third forward pass in an update for the double-Q target"
SOFT_ATTENTION: tuple[tuple[str, dict[str, Any], float | None], ...] = (  # places of its map, policy_kwargs, target
    ("7x7", {}, 1 / 1.5),
    ("10x10", {"features_extractor_kwargs": {"padded": True}}, 1 / 1.5),
    ("10x10-mask", {"masked": True, "values": 32, "features_extractor_kwargs": {"padded": True}}, 1 / 1.5),
    ("15x15", {"features_extractor_kwargs": {"strides": (4, 1, 1)}}, None),
)
CLAIMS = (
    Claim(
        "env-vs-sb3",
        STEPS,
        "SB3 make_atari_env + VecFrameStack + VecTransposeImage",
        beside(envs.our_envs, envs.sb3_envs),
        2,
        note="8 games, random actions; SB3's envs in one process, its default",
    ),
    Claim(
        "env-vs-ale",
        STEPS,
        "bare ale_py AtariVectorEnv",
        beside(envs.our_envs, envs.ale_envs),
        0.95,
        note="8 games, random actions",
    ),
    Claim(
        "env-vs-envpool",
        STEPS,
        "EnvPool",
        beside(envs.our_envs, envs.envpool_envs),
        needs="envpool",
        note="8 games, random actions",
    ),
    Claim(
        "dqn-loop",
        STEPS,
        SB3_DQN,
        beside(learners.our_dqn, learners.sb3_dqn),
        2,
        note=f"both one update of batch 32 in 4 env steps; {DQN_NOTE}",
    ),
    Claim(
        "dqn-loop-256",
        STEPS,
        SB3_DQN,
        beside(partial(learners.our_dqn, batch_size=256, train_freq=32), partial(learners.sb3_dqn, batch_size=256, train_freq=32)),
        3,
        note=f"both one update of batch 256 in 32 env steps; {DQN_NOTE}",
    ),
    Claim(
        "dqn-vs-cleanrl",
        STEPS,
        "CleanRL's DQN loop, 1 env",
        beside(learners.our_dqn, learners.cleanrl_dqn),
        note=f"both one update of batch 32 in 4 env steps; CleanRL's loop in our words, on SB3's env wrappers; {DQN_NOTE}",
    ),
    Claim(
        "pqn-vs-dqn",
        STEPS,
        SB3_DQN,
        beside(learners.our_pqn, learners.sb3_dqn),
        10,
        note="PQN on 32 envs, each env step learnt from twice; DQN one update of batch 32 in 4 env steps, which learns from each "
        "8 times",
    ),
    Claim(
        "pqn-vs-ppo",
        STEPS,
        SB3_PPO,
        beside(learners.our_pqn, learners.sb3_ppo),
        2,
        note="both on make_atari; PPO with RL Zoo's settings, each env step learnt from 4 times",
    ),
    *(
        Claim(f"{name}-in-a-script", STEPS, peer_name, in_a_script(ours, peer), target, note=f"as {name}; {SCRIPT_NOTE}")
        for name, peer_name, ours, peer, target in (
            ("dqn-loop", SB3_DQN, learners.our_dqn, learners.sb3_dqn, 2.0),
            ("pqn-vs-dqn", SB3_DQN, learners.our_pqn, learners.sb3_dqn, 10.0),
            ("pqn-vs-ppo", SB3_PPO, learners.our_pqn, learners.sb3_ppo, 2.5),
        )
    ),
    Claim(
        "glimpse-pqn-vs-pqn",
        STEPS,
        "PQN with a full view, 32 envs",
        beside(learners.our_glimpse_pqn, learners.our_pqn),
        note=f"through a fovea ({learners.eye_in_words('glimpse-pqn')}) and a branch for the gaze; aim: 1,000 {STEPS} on two cores",
    ),
    *(
        Claim(
            f"soft-attention-update-{places}",
            "updates/s",
            "the plain dueling network",
            beside(
                partial(learners.pqn_updates, agent="soft-attention-pqn", policy_kwargs=policy_kwargs),
                learners.pqn_updates,
            ),
            target,
            note=f"PQN's update with SoftAttentionDuelingPolicy over a map of {places} places",
        )
        for places, policy_kwargs, target in SOFT_ATTENTION
    ),
    Claim(
        "soft-attention-lstm",
        STEPS,
        "RecurrentPPO(CnnLstmPolicy), 8 envs",
        beside(
            partial(learners.recurrent_ppo, policy=SoftAttentionLstmPolicy),
            partial(learners.recurrent_ppo, policy="CnnLstmPolicy"),
        ),
        1 / 1.5,
        note="RecurrentPPO's whole loop with SoftAttentionLstmPolicy, 8 envs",
    ),
    Claim(
        "env-vs-pqn",
        STEPS,
        "PQN's whole loop",
        beside(partial(envs.our_envs, n_envs=learners.n_envs_of("pqn")), learners.our_pqn),
        note="ours: the same 32 envs alone under random actions; the ratio is what the speed of the envs would allow",
    ),
    Claim(
        "replay-sample",
        "transitions/s",
        "SB3 ReplayBuffer",
        beside(partial(replay.draws, buffer_class=FrameReplayBuffer), partial(replay.draws, buffer_class=ReplayBuffer)),
        5,
        note=f"batches of {replay.BATCH} out of the same {learners.BUFFER_SIZE:,} transitions",
    ),
    Claim(
        "replay-memory",
        "GB",
        "SB3 ReplayBuffer",
        replay.replay_memory,
        1 / 7,
        at_most=True,
        note="1M transitions of 4x84x84 uint8; ours grows by a frame with every whole game",
    ),
    Claim(
        "saliency-maps",
        "maps/s",
        "captum Saliency, one observation at a time",
        beside(saliency.our_maps, partial(saliency.captums_maps, batch=1)),
        3,
        note=f"value and advantage of {saliency.OBSERVATIONS} observations; maps checked to be the same",
    ),
    Claim(
        "saliency-maps-batch",
        "maps/s",
        "captum Saliency, all observations at once",
        beside(saliency.our_maps, partial(saliency.captums_maps, batch=saliency.OBSERVATIONS)),
        1.3,
        note=f"value and advantage of {saliency.OBSERVATIONS} observations; maps checked to be the same",
    ),
    Claim(
        "saliency-all-heads",
        "maps/s",
        "captum Saliency, head by head and one observation at a time",
        beside(partial(saliency.our_maps, every_head=True), partial(saliency.captums_maps, batch=1, every_head=True)),
        3,
        note=f"all heads of a dueling policy, of {saliency.OBSERVATIONS} observations; maps checked to be the same",
    ),
    Claim(
        "greydanus",
        "maps/s",
        "the published loop: mask, blur and forward pass, place by place",
        beside(saliency.our_blurs, saliency.blurs_one_by_one),
        20,
        note="value head of a dueling policy, 84x84, a place every 5 pixels; the loop in our words",
    ),
    Claim(
        "sequential-memory",
        "GB",
        "what it may take",
        saliency.sequential_memory,
        1,
        at_most=True,
        note=f"growth of the process at its peak; Jacobian through time of {saliency.SEQUENTIAL_STEPS} steps of 4x84x84 by "
        "CnnLstmPolicy",
    ),
    Claim(
        "saliency-callback",
        "s",
        "the same training without the callback",
        saliency.saliency_callback,
        0.01,
        at_most=True,
        note="ours: seconds that SaliencyCallback adds to some ten minutes of learn(), with first and last event and the "
        "probe set made anew",
        long=True,
    ),
    Claim(
        "gaze-env-vs-ap-gym",
        STEPS,
        "ap_gym's CircleSquare, 64 envs",
        beside(glimpses.our_digits, glimpses.ap_gyms_circles),
        20,
        needs="ap_gym",
        note="ours: 256 cluttered 60x60 canvases with their gaze; ap_gym: 28x28 without clutter, on the "
        "number of envs that suits it best",
    ),
    Claim(
        "reinforce-loop",
        "images/s",
        "a plain loop of torch",
        beside(glimpses.our_reinforce, glimpses.straight_reinforce),
        0.8,
        note="REINFORCE.learn through env and VecEnv beside the same network, loss and optimizer without them; 8 glimpses",
    ),
    *(
        Claim(
            f"glimpse-forward-{side}",
            "images/s",
            "the same policy on 64x64",
            beside(partial(glimpses.glimpse_forward, side=side), partial(glimpses.glimpse_forward, side=64)),
            1 / 1.15,
            note=f"forward pass of GlimpsePolicy on {side}x{side}",
        )
        for side in (256, 1024)
    ),
    Claim(
        "cnn-forward-256",
        "images/s",
        "the same policy on 64x64",
        beside(partial(glimpses.cnn_forward, side=256), partial(glimpses.cnn_forward, side=64)),
        note="forward pass of SB3's CnnPolicy on 256x256, for comparison",
    ),
)
