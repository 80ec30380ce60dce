"""Addresses of Ray clusters: one line at once where nobody listens."""

import socket
import time
from collections.abc import Iterator

import pytest

from saccade.experiments import SweepError
from saccade.experiments.sweeping.cluster_address import check_listens
from saccade.experiments.sweeping.ray_tasks import RayTasks


@pytest.fixture
def listening() -> Iterator[int]:
    """A port of this machine at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.mark.parametrize("form", ["127.0.0.1:{}", "localhost:{}", "ray://127.0.0.1:{}", "ray://127.0.0.1:{}/"])
def test_somebody_listens(listening, form):
    check_listens(form.format(listening))


@pytest.mark.parametrize("form", ["127.0.0.1:{}", "ray://127.0.0.1:{}", "[::1]:{}"])
def test_nobody_listens(closed, form):
    began = time.monotonic()
    with pytest.raises(SweepError, match=r"cannot be reached: .*; see `ray status` on its first node") as caught:
        check_listens(form.format(closed))
    assert form.format(closed) in str(caught.value)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("address", ["no-such-host.invalid:6379", "127.0.0.1:99999", f"{'a' * 70}.invalid:1"])
def test_no_host_or_port_that_could_be(address):
    with pytest.raises(SweepError, match="cannot be reached"):
        check_listens(address)


@pytest.mark.parametrize("address", ["auto", "local", "", "127.0.0.1", "host:port", "ray://cluster"])
def test_what_only_ray_knows_is_left_to_it(address):
    check_listens(address)


def test_the_executor_says_it_once(closed, tmp_path):
    pytest.importorskip("ray", reason="Ray is not installed")
    with pytest.raises(SweepError) as caught:
        RayTasks(tmp_path, tmp_path / "mark", tmp_path / "stops", f"127.0.0.1:{closed}")
    assert str(caught.value).count("cannot be reached") == 1
