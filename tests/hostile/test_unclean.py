"""What the agent does with a runner that it cannot prove clean, whatever the reason."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.hostile.defences import lives, variation
from tests.integration.agent.containers import docker, runner

pytestmark = [pytest.mark.docker]
DAEMON = "import os, time\nif os.fork() == 0:\n    os.setsid(); os.closerange(0, 3); time.sleep(100)\n"


HOLDS_ITS_OUTPUT = """
import socket
for _ in range(20):
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    socket.send_fds(a, [b"x"], [1, a.fileno(), b.fileno()]); socket.send_fds(b, [b"x"], [1, a.fileno(), b.fileno()])
"""


@pytest.mark.parametrize(
    ("without", "source", "reason"),
    [
        ("kill", DAEMON, "processes of the job survived SIGKILL"),
        ("sweep", DAEMON, "processes of uid 65534 are left"),
        ("delete", "open('/job/left', 'w')", "not empty: /job"),
        ("look", "print(1)", "not empty: /job ([Errno 5] Input/output error)"),
        ("in_flight", HOLDS_ITS_OUTPUT, "somebody still holds the job's stdout"),
    ],
)
def test_what_cannot_be_proven_clean_ends(without: str, source: str, reason: str, tmp_path: Path) -> None:
    """The result is sent, then `unclean` instead of `ready`, and the agent exits with 1, so that a new life begins."""
    assert any(found_unclean(without, source, reason, tmp_path) for _ in range(lives("python", without)))


def found_unclean(without: str, source: str, reason: str, place_dir: Path) -> bool:
    """Whether the job left a runner that lacks a defence unclean; if so, it ended as it should."""
    changed, environment = variation("python", without)
    with runner("python", place_dir, changed, **environment) as place:
        with closing(place.connect()) as client:
            client.start(source)
            client.receive_type("result")
            header, _ = client.receive()
            if header["type"] == "ready":
                return False
            assert (header["type"], header["reason"]) == ("unclean", reason)
            assert client.at_end()
        assert docker("wait", place.name).strip() == "1"
        assert f"unclean after job job-1: {reason}" in place.logs()
    return True
