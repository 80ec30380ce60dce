import pytest

from saccade.saliency import MapKey


@pytest.mark.parametrize(("key", "text"), [(MapKey("value"), "value"), (MapKey("value", "greydanus"), "value/greydanus")])
def test_text_form_and_back(key, text):
    assert str(key) == f"{key}" == text
    assert MapKey.parse(text) == key
