"""What the constructor of a recurrent policy was told of its memory."""

from typing import Any

from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy


def keywords_of_memory(policy: RecurrentActorCriticPolicy) -> dict[str, Any]:
    """
    Keyword arguments that sb3-contrib's policies leave out of a file of a policy alone.

    :param policy: recurrent
    """
    return {
        "share_features_extractor": policy.share_features_extractor,
        "lstm_hidden_size": policy.lstm_output_dim,
        "n_lstm_layers": policy.lstm_actor.num_layers,
        "shared_lstm": policy.shared_lstm,
        "enable_critic_lstm": policy.enable_critic_lstm,
        "lstm_kwargs": policy.lstm_kwargs,
    }
