"""What SIGTERM does to a runner: the job under way comes to its end, and none comes after it."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.agent.containers import docker, runner

pytestmark = pytest.mark.docker
BIG = "import time; time.sleep(0.7); print('x' * 60000)"


def test_the_job_under_way_comes_to_its_end(tmp_path: Path) -> None:
    """Its whole answer arrives; meanwhile nobody else gets the runner, and afterwards it is gone, with 0."""
    with runner("python", tmp_path) as stopping, closing(stopping.connect()) as client:
        client.start(BIG)
        client.receive_type("started")
        docker("kill", "--signal", "TERM", stopping.name)
        header, body = client.receive_type("result")
        assert (header["outcome"], len(body)) == ("exited", 60001)
        assert client.at_end()
        assert docker("wait", stopping.name).strip() == "0"


def test_an_idle_runner_stops_at_once(tmp_path: Path) -> None:
    with runner("python", tmp_path) as stopping, closing(stopping.connect()) as client:
        docker("kill", "--signal", "TERM", stopping.name)
        assert client.at_end()
        assert docker("wait", stopping.name).strip() == "0"
