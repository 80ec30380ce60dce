"""Whether a process is still there, told by a mark that it left."""

import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from saccade.experiments.endings.process_mark import ProcessMark, _began

OWN = ProcessMark.own()


def test_a_process_knows_itself_by_its_mark():
    assert ProcessMark.of(OWN.content()) == OWN
    assert OWN.number == os.getpid()
    assert OWN.is_there() is True


def test_one_that_has_ended_is_gone_also_before_anybody_has_waited_for_it():
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE)
    mark = replace(OWN, number=process.pid, began=_began(process.pid))
    assert mark.is_there() is True
    process.kill()
    end = time.monotonic() + 10
    while mark.is_there() and time.monotonic() < end:
        time.sleep(0.02)
    assert mark.is_there() is False
    process.communicate()
    assert mark.is_there() is False


def test_another_process_of_the_same_number_and_another_machine():
    assert replace(OWN, began=f"{OWN.began}1").is_there() is False
    assert replace(OWN, machine="elsewhere").is_there() is None


@pytest.mark.parametrize("changed", [{"number": "1"}, {"number": True}, {"number": 0}, {"machine": None}, {"began": 3}])
def test_what_is_no_mark(changed):
    with pytest.raises(ValueError, match="no mark of a process"):
        ProcessMark.of({**OWN.content(), **changed})
    with pytest.raises(ValueError, match="no mark of a process"):
        ProcessMark.of([])
