import logging

import pytest

from saccade.saliency.extras import Extras


def throw(error: Exception):
    raise error


def test_what_works_is_returned_and_nothing_is_said(caplog):
    assert Extras("picture").tried(lambda: 3) == 3
    assert caplog.text == ""


def test_a_failure_is_one_line_with_its_place_and_later_ones_are_silent(caplog):
    extras = Extras("picture", "the maps are kept")
    with caplog.at_level(logging.WARNING):
        assert extras.tried(lambda: throw(ValueError("shapes\ndo not fit"))) is None
        assert extras.tried(lambda: throw(KeyError("x"))) is None
    (record,) = caplog.records
    message = record.getMessage()
    assert message.startswith("picture not written: ValueError: shapes (test_extras.py, line ")
    assert message.endswith("); the maps are kept")


def test_the_disk_says_itself_what_is_wrong(caplog):
    Extras("picture").tried(lambda: throw(OSError(28, "No space left on device")))
    assert "picture not written: [Errno 28] No space left on device; everything else goes on" in caplog.text


def test_a_library_that_says_too_much_is_cut_short(caplog):
    Extras("picture").tried(lambda: throw(RuntimeError("word " * 500)))
    assert len(caplog.records[0].getMessage()) < 350


def test_a_traceback_is_kept_for_who_debugs(caplog):
    with caplog.at_level(logging.DEBUG):
        Extras("picture").tried(lambda: throw(ValueError("x")))
    assert caplog.records[-1].exc_info is not None


def test_what_is_loud_is_raised_and_an_interruption_always():
    extras = Extras("picture", loud=(KeyError,))
    with pytest.raises(KeyError):
        extras.tried(lambda: throw(KeyError("x")))
    with pytest.raises(KeyboardInterrupt):
        Extras("picture").tried(lambda: throw(KeyboardInterrupt()))
