import gymnasium as gym
import numpy as np
import pytest
from small_policies import observed, small_policy
from stable_baselines3 import DQN, PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecFrameStack

from saccade.agents import REINFORCE
from saccade.envs import GymnasiumVecEnv, VectorGazeWrapper, make_atari
from saccade.policies import GlimpseDuelingPolicy, Retina
from saccade.saliency import MapKey, States
from saccade.saliency.pictures.event_pictures import event_sheet
from saccade.saliency.readers.head_reader import head_reader
from saccade.saliency.states.names import Names
from saccade.saliency.states.notes import NO_MEMORY, Notes, notes_of, patch_boxes

SEEN = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)


def cart_pole():
    return DummyVecEnv([lambda: gym.make("CartPole-v1")])


def test_an_actor_critic_says_its_action_with_its_probability_and_v():
    policy = PPO("MlpPolicy", cart_pole(), seed=0, device="cpu").policy
    notes = notes_of(policy, States(SEEN), ["step 0", "step 5", "step 9"], Names.of(cart_pole()))
    tensor = policy.obs_to_tensor(SEEN)[0]
    probabilities = policy.get_distribution(tensor).distribution.probs.detach().numpy()
    value = policy.predict_values(tensor).detach().numpy()[1, 0]
    name = ("left", "right")[probabilities[1].argmax()]
    assert notes.caption(1) == f"step 5, action {name}, V {value:.3g}, probability {probabilities[1].max():.2f}"
    assert notes.features == ("cart position", "cart velocity", "pole angle", "pole angular velocity")
    assert notes.caption(3) == ""
    assert notes.boxes_of(0) is None


def test_a_q_network_says_its_q():
    policy = DQN("MlpPolicy", cart_pole(), seed=0, device="cpu", buffer_size=1).policy
    best = policy.q_net(policy.obs_to_tensor(SEEN)[0]).detach().numpy()
    assert notes_of(policy, States(SEEN)).captions == [f"action {row.argmax()}, Q {row.max():.3g}" for row in best]


def test_continuous_actions_are_numbers():
    policy = PPO("MlpPolicy", "Pendulum-v1", seed=0, device="cpu").policy
    (line,) = notes_of(policy, States(SEEN[:1, :3])).captions
    action = policy.predict(SEEN[:1, :3], deterministic=True)[0][0, 0]
    assert line.startswith(f"action {action:.2f}, V ")


def test_patches_of_a_retina_by_hand():
    """At the centre of 60 x 40 pixels: 12 pixels wide, then 24. In the corner half of a patch lies outside."""
    gazes = np.array([[0.0, 0.0], [-1.0, 1.0]])
    boxes = patch_boxes(gazes, Retina(12, 2), image=(40, 60))
    assert boxes[0].tolist() == [[24, 14, 36, 26], [18, 8, 42, 32]]
    assert boxes[1].tolist() == [[-6, 34, 6, 46], [-12, 28, 12, 52]]
    overview = patch_boxes(gazes, Retina(12, 2, overview=True), image=(40, 60))
    assert overview[1].tolist() == [[-6, 34, 6, 46], [18, 8, 42, 32]]


def test_a_glimpse_policy_has_patches_where_it_looks():
    env = GymnasiumVecEnv(VectorGazeWrapper(gym.make_vec("saccade/Catch-v0", num_envs=2), first="center"))
    policy = REINFORCE("GlimpsePolicy", env, seed=0, device="cpu").policy
    seen = env.reset()
    notes = notes_of(policy, States(seen))
    retina, (height, width) = policy.retina, seen["image"].shape[-2:]
    assert notes.boxes_of(1).shape == (1, retina.scales, 4)
    left, top, right, bottom = notes.boxes_of(1)[0, 0]
    assert ((left + right) / 2, (top + bottom) / 2, right - left) == (width / 2, height / 2, retina.size)


def test_a_policy_with_a_glimpse_memory_has_patches_at_each_gaze():
    small, images = gym.spaces.Box(-1, 1, (2,)), gym.spaces.Box(0, 255, (3, 24, 24), np.uint8)
    for remembers in (True, False):
        entries = {"image": images, "gaze": small, **({"gazes": gym.spaces.Box(-1, 1, (3, 2))} if remembers else {})}
        policy = GlimpseDuelingPolicy(
            gym.spaces.Dict(entries),
            gym.spaces.MultiDiscrete([2, 4]),
            lambda _: 1e-3,
            hidden_width=4,
            features_extractor_kwargs={"size": 6, "scales": 2, "network": "fc", "features_dim": 8, "what_dim": 8, "where_dim": 4},
        )
        gazes = np.array([[[-0.5, 0], [0, 0], [0.5, 0.5]]], np.float32)  # the newest last
        seen = {"image": np.zeros((1, 3, 24, 24), np.uint8), "gaze": gazes[:, -1], **({"gazes": gazes} if remembers else {})}
        boxes = notes_of(policy, States(seen)).boxes_of(0)
        assert boxes[-1].tolist() == [[15, 15, 21, 21], [12, 12, 24, 24]]
        assert boxes[:-1, 0].tolist() == ([[3, 9, 9, 15], [9, 9, 15, 15]] if remembers else [])


class Rover(gym.Env):
    observation_space, action_space = gym.spaces.Box(-1, 1, (2,)), gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        return np.zeros(2, np.float32), {}


class NamedRover(Rover):
    observation_names = ("fuel", "slope")

    def get_action_meanings(self):
        return ["dig", "drive"]


def test_names_that_an_env_gives():
    assert Names.of(DummyVecEnv([NamedRover])) == Names(("dig", "drive"), ("fuel", "slope"))
    assert Names.of(DummyVecEnv([NamedRover]), ["a", "b"]).features == ("a", "b")
    assert Names.of(DummyVecEnv([Rover])) == Names()


def test_names_in_the_metadata_and_names_that_are_none():
    class Told(Rover):
        metadata = {"feature_names": ["fuel", "slope"]}  # noqa: RUF012

    class Odd(Rover):
        feature_names = 7

        def get_action_meanings(self):
            raise RuntimeError("not now")

    assert Names.of(DummyVecEnv([Told])).features == ("fuel", "slope")
    assert Names.of(DummyVecEnv([Odd])) == Names()


@pytest.mark.parametrize("n_envs", [1, 6])  # Pong has six actions
def test_names_of_atari_actions(n_envs):
    env = make_atari("Pong", n_envs, seed=0)
    assert Names.of(env).actions == ("NOOP", "FIRE", "RIGHT", "LEFT", "RIGHTFIRE", "LEFTFIRE")
    env.close()


def test_a_stack_of_vectors_has_each_name_once_a_step():
    names = Names.of(VecFrameStack(DummyVecEnv([NamedRover]), 2)).for_length(4)
    assert names.features == ("fuel (t-1)", "slope (t-1)", "fuel", "slope")
    assert Names((), ("fuel", "slope")).for_length(5).features == ()
    assert Names((), ("fuel",)).for_length(1).features == ("fuel",)


def test_an_unknown_memory_is_said_on_the_picture():
    """Of a policy that has one; its memory is known where the states are from its own play."""
    recurrent, plain = small_policy("recurrent"), small_policy("ppo")
    obs = observed(recurrent, 2)
    memory = head_reader(recurrent).no_memory(2)
    assert notes_of(recurrent, States(obs)).assumed == NO_MEMORY
    assert not notes_of(recurrent, States(obs, memory=memory)).assumed
    assert not notes_of(plain, States(obs)).assumed
    maps = {MapKey("value"): np.ones((2, *obs.shape[1:]), np.float32)}
    said, unsaid = (event_sheet("title", States(obs), maps, Notes(assumed=text)) for text in (NO_MEMORY, ""))
    assert said.shape[0] > unsaid.shape[0]
