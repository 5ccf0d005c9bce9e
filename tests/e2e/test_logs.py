"""What the stack's containers may write to the host's disk as logs."""

import pytest

from tests.e2e.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.docker]


def test_every_containers_log_is_bounded(stack: Stack) -> None:
    containers = stack.engine.containers.list(filters={"label": f"com.docker.compose.project={stack.project}"})
    logs = {container.name: container.attrs["HostConfig"]["LogConfig"] for container in containers}
    assert len(logs) >= 10
    unbounded = {name for name, log in logs.items() if not {"max-size", "max-file"} <= log["Config"].keys()}
    assert not unbounded
