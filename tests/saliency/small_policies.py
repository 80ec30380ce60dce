"""One small policy of every family that saliency reads, with a batch of observations."""

from collections.abc import Callable

import numpy as np
import torch as th
from gymnasium import spaces
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from sb3_contrib.qrdqn.policies import QRDQNPolicy
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.common.preprocessing import get_flattened_obs_dim
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.dqn.policies import DQNPolicy
from stable_baselines3.sac.policies import SACPolicy
from torch import nn

from saccade.policies import DuelingCnnPolicy, GlimpseDuelingPolicy, GlimpsePolicy
from saccade.saliency.readers.entries import Entries
from saccade.saliency.readers.head_reader import head_reader

SIDE = 16
IMAGE = spaces.Box(0, 255, (2, SIDE, SIDE), np.uint8)
GLANCE = spaces.Dict({"image": IMAGE, "gaze": spaces.Box(-1, 1, (2,), np.float32)})
REMEMBERED = spaces.Dict({**GLANCE.spaces, "gazes": spaces.Box(-1, 1, (2, 2), np.float32)})
ACTIONS = spaces.Discrete(3)
GAZES = spaces.Box(np.array([0, -1, -1], np.float32), np.array([2, 1, 1], np.float32))


class SmoothCnn(BaseFeaturesExtractor):
    """Two small convolutions without kinks: slopes can be measured with the steps that float32 tells (SB3 knows no other)."""

    def __init__(self, observation_space: spaces.Box) -> None:
        super().__init__(observation_space, 24)
        self.network = nn.Sequential(
            nn.Conv2d(observation_space.shape[0], 4, 4, 2),
            nn.Tanh(),
            nn.Conv2d(4, 4, 3),
            nn.Tanh(),
            nn.Flatten(),
            nn.LazyLinear(24),
            nn.Tanh(),
        )
        self.network(th.zeros(1, *observation_space.shape))

    def forward(self, images: th.Tensor) -> th.Tensor:
        return self.network(images)


class SmoothMixed(BaseFeaturesExtractor):
    """Of a dict of an image and whatever else."""

    def __init__(self, observation_space: spaces.Dict) -> None:
        super().__init__(observation_space, 24)
        self.image = SmoothCnn(observation_space["image"])
        self.others = nn.ModuleDict(
            {key: nn.Linear(get_flattened_obs_dim(space), 24) for key, space in observation_space.items() if key != "image"}
        )

    def forward(self, observations: dict[str, th.Tensor]) -> th.Tensor:
        others = (layer(observations[key].flatten(1)).tanh() for key, layer in self.others.items())
        return self.image(observations["image"]) + sum(others)


MIXED = spaces.Dict({"image": IMAGE, "vector": spaces.Box(-1, 1, (3,), np.float32)})
ENTRIES = spaces.Dict({**MIXED.spaces, "kind": spaces.Discrete(4), "parts": spaces.MultiDiscrete([4, 6])})
SEES: dict[str, object] = {"activation_fn": nn.Tanh, "features_extractor_class": SmoothCnn}
SMALL_EYE = {"size": 6, "scales": 2, "network": "fc"}
MANY = spaces.MultiDiscrete([2, 3])
POLICIES: dict[str, Callable[[], BasePolicy]] = {
    "dqn": lambda: DQNPolicy(IMAGE, ACTIONS, rate, net_arch=[16], **SEES),
    "qrdqn": lambda: QRDQNPolicy(IMAGE, ACTIONS, rate, net_arch=[16], n_quantiles=5, **SEES),
    "dueling": lambda: DuelingCnnPolicy(IMAGE, ACTIONS, rate, net_arch=[16], **SEES),
    "ppo": lambda: ActorCriticPolicy(IMAGE, ACTIONS, rate, net_arch=[16], **SEES),
    "separate": lambda: ActorCriticPolicy(IMAGE, ACTIONS, rate, net_arch=[16], share_features_extractor=False, **SEES),
    "many": lambda: ActorCriticPolicy(IMAGE, MANY, rate, net_arch=[16], **SEES),
    "continuous": lambda: ActorCriticPolicy(IMAGE, spaces.Box(-1, 1, (2,)), rate, net_arch=[16], **SEES),
    "maskable": lambda: MaskableActorCriticPolicy(IMAGE, ACTIONS, rate, net_arch=[16], **SEES),
    "mixed": lambda: ActorCriticPolicy(
        MIXED, ACTIONS, rate, net_arch=[16], activation_fn=nn.Tanh, features_extractor_class=SmoothMixed
    ),
    "entries": lambda: ActorCriticPolicy(
        ENTRIES, ACTIONS, rate, net_arch=[16], activation_fn=nn.Tanh, features_extractor_class=SmoothMixed
    ),
    "recurrent": lambda: RecurrentActorCriticPolicy(IMAGE, ACTIONS, rate, net_arch=[16], lstm_hidden_size=8, **SEES),
    "shared": lambda: RecurrentActorCriticPolicy(
        IMAGE, ACTIONS, rate, net_arch=[16], lstm_hidden_size=8, n_lstm_layers=2, shared_lstm=True, enable_critic_lstm=False, **SEES
    ),
    "memoryless": lambda: RecurrentActorCriticPolicy(
        IMAGE, ACTIONS, rate, net_arch=[16], lstm_hidden_size=8, enable_critic_lstm=False, **SEES
    ),
    "sac": lambda: SACPolicy(IMAGE, spaces.Box(-2, 2, (2,)), rate, net_arch=[16], **SEES),
    "glimpse": lambda: GlimpsePolicy(GLANCE, GAZES, rate, lstm_hidden_size=8, features_extractor_kwargs=SMALL_EYE),
    "branching": lambda: GlimpseDuelingPolicy(
        REMEMBERED, spaces.MultiDiscrete([3, 4]), rate, hidden_width=16, activation_fn=nn.Tanh, features_extractor_kwargs=SMALL_EYE
    ),
    "tiles": lambda: GlimpsePolicy(
        GLANCE, spaces.MultiDiscrete([3, 4]), rate, lstm_hidden_size=8, features_extractor_kwargs=SMALL_EYE
    ),
}


def rate(_: float) -> float:
    return 1e-3


def small_policy(name: str, seed: int = 0) -> BasePolicy:
    """Of a family, with weights that make its heads steep."""
    th.manual_seed(seed)
    policy = POLICIES[name]()
    with th.no_grad():
        for parameter in policy.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=1.5 / parameter[0].numel() ** 0.5)
    return policy


def observed(policy: BasePolicy, count: int) -> np.ndarray | dict[str, np.ndarray]:
    """Observations of a policy, (count, ...)."""
    random = np.random.default_rng(0)
    # Blocks of one grey, so that images differ enough for other actions.
    images = random.integers(0, 256, (count, 2, SIDE // 4, SIDE // 4), dtype=np.uint8).repeat(4, 2).repeat(4, 3)
    if not isinstance(policy.observation_space, spaces.Dict):
        return images
    if "gaze" in policy.observation_space.spaces:
        if "gazes" not in policy.observation_space.spaces:
            return {"image": images, "gaze": random.uniform(-0.5, 0.5, (count, 2)).astype(np.float32)}
        gazes = random.uniform(-0.5, 0.5, (count, 2, 2)).astype(np.float32)
        return {"image": images, "gaze": gazes[:, 1], "gazes": gazes}
    seen = {"image": images, "vector": random.uniform(-1, 1, (count, 3)).astype(np.float32)}
    if "kind" in policy.observation_space.spaces:
        seen |= {"kind": random.integers(0, 4, count), "parts": random.integers(0, 4, (count, 2))}
    return seen


def memory_after(policy: BasePolicy, obs: np.ndarray) -> object:
    """What a policy remembers after the steps of an episode, (T, ...), as it plays."""
    reader = head_reader(policy)
    memory = reader.no_memory(1)
    with th.no_grad():
        for t in range(len(obs)):
            memory = reader.remember(Entries.of(policy, obs[t : t + 1]).packed(), memory)
    return memory


def linear_policy() -> DQNPolicy:
    """Q = (x0 + 2 x1, 3 x0 - x1)."""
    policy = DQNPolicy(spaces.Box(-9, 9, (2,), np.float32), spaces.Discrete(2), rate, net_arch=[])
    with th.no_grad():
        policy.q_net.q_net[0].weight.copy_(th.tensor([[1.0, 2.0], [3.0, -1.0]]))
        policy.q_net.q_net[0].bias.zero_()
    return policy


class Corner(BaseFeaturesExtractor):
    """Mean brightness (0 to 1) of the 16x16 pixels at the top left; a convolution stands for it, so that Grad-CAM has one."""

    def __init__(self, space: spaces.Box) -> None:
        super().__init__(space, 1)
        self.look = nn.Conv2d(1, 1, 4, 4, bias=False)
        nn.init.constant_(self.look.weight, 1 / 16)

    def forward(self, images: th.Tensor) -> th.Tensor:
        return self.look(images)[:, :, :4, :4].mean(dim=(2, 3))


def corner_policy() -> ActorCriticPolicy:
    """Sees 40x40 pixels; logits (-3 b, 3 b), b the brightness of the corner."""
    policy = ActorCriticPolicy(
        spaces.Box(0, 255, (1, 40, 40), np.uint8),
        spaces.Discrete(2),
        rate,
        net_arch=[],
        features_extractor_class=Corner,
        ortho_init=False,
    )
    with th.no_grad():
        policy.action_net.weight.copy_(th.tensor([[-3.0], [3.0]]))
        policy.action_net.bias.zero_()
    return policy


def corner_images(count: int) -> np.ndarray:
    """Dark noise with a bright corner, (count, 1, 40, 40)."""
    random = np.random.default_rng(0)
    images = random.integers(0, 60, (count, 1, 40, 40), dtype=np.uint8)
    images[:, :, :16, :16] = random.integers(150, 256, (count, 1, 16, 16))
    return images
