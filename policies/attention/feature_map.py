"""The map of features that soft attention reads."""

from stable_baselines3.common.torch_layers import BaseFeaturesExtractor


def map_of(extractor: BaseFeaturesExtractor) -> tuple[int, tuple[int, int]]:
    """
    The map that a features extractor makes, flattened channel by channel.

    :param extractor: says it with its ``map_shape`` (channels, h, w)
    :return: channels, and (h, w)
    :raises ValueError: if there is no such map
    """
    shape = getattr(extractor, "map_shape", None)
    if shape is None or extractor.features_dim != shape[0] * shape[1] * shape[2]:
        raise ValueError(
            "soft attention needs a features extractor with a map of features, such as NatureConvolutions without "
            f"features_dim (behind a gaze GlimpseMapExtractor), not {type(extractor).__name__}"
        )
    return int(shape[0]), (int(shape[1]), int(shape[2]))


def places_of(extractor: BaseFeaturesExtractor) -> tuple[float, float] | None:
    """
    Where the places of the map lie on the image, as in :class:`NatureConvolutions`.

    :param extractor: says it with its ``map_places``
    :return: None if it does not
    """
    places: tuple[float, float] | None = getattr(extractor, "map_places", None)
    return places
