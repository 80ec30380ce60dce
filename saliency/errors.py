"""What a user of the saliency suite can get wrong, each with a name of its own; and what any error says, in one line."""


class SaliencyError(Exception):
    """A user's mistake, in one plain line: what is wrong and what would be right."""


class UnknownPolicyError(SaliencyError, TypeError):
    """No heads are known for this class of policies."""


class UnknownHeadError(SaliencyError, ValueError):
    """The policy has no head of that name."""


class UnknownMethodError(SaliencyError, ValueError):
    """There is no method of that name."""


class ObservationError(SaliencyError, ValueError):
    """The observations are not those that the policy sees."""


class NoMapError(SaliencyError, TypeError):
    """A method cannot make a map of this head, or of these observations."""


class AlignmentError(SaliencyError, ValueError):
    """What an env says of steps (an alignment, segments) does not fit the steps."""


class NoEnvError(SaliencyError, ValueError):
    """A callback has no env to play in."""


class NoRoomError(SaliencyError, ValueError):
    """The squares of the causal check do not fit into the image."""


class SavedPolicyError(SaliencyError, ValueError):
    """A file holds no policy that can be loaded."""


class RecordedEventsError(SaliencyError, ValueError):
    """A folder holds no saliency events that can be read."""


def first_line(error: BaseException) -> str:
    """What an error says, in one line; the name of its class if it says nothing."""
    return (str(error).splitlines() or [""])[0] or type(error).__name__
