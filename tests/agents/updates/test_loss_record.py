import pytest
import torch as th

from saccade.agents.updates.loss_record import LossRecord, NonFiniteLossError


def test_mean_covers_the_losses_since_the_last_call():
    record = LossRecord(th.device("cpu"))
    assert record.mean() is None
    record.add(th.tensor(1.0), 1)
    record.add(th.tensor(4.0), 2)
    assert record.mean() == 2.5
    assert record.mean() is None
    record.add(th.tensor(3.0), 3)
    assert record.mean() == 3


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_the_error_names_the_first_bad_update(bad):
    record = LossRecord(th.device("cpu"))
    record.add(th.tensor(1.0), 1)
    record.check()
    for update, loss in ((2, bad), (3, 1.0), (4, bad)):
        record.add(th.tensor(loss), update)
    with pytest.raises(NonFiniteLossError, match="update 2 "):
        record.check_periodically(4)
