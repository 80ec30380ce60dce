import pytest

from saccade.saliency import MapKey


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (MapKey("value"), "value"),
        (MapKey("value", "greydanus"), "value/greydanus"),
        (MapKey("value", entry="image"), "value@image"),
        (MapKey("value", "greydanus", "image"), "value/greydanus@image"),
        (MapKey("action_0", entry="robot/arm@left"), "action_0@robot/arm@left"),
    ],
)
def test_text_form_and_back(key, text):
    assert str(key) == f"{key}" == text
    assert MapKey.parse(text) == key


def test_what_a_map_explains_whatever_the_method():
    assert MapKey("value", "greydanus", "image").output == "value@image"
    assert MapKey("value", "greydanus").output == "value"
