"""Images of earlier checkouts on the engine."""

import io
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.stack.console import Console
from deploy.stack.old_images import forget
from tests.integration.agent.containers import docker

pytestmark = pytest.mark.docker
EMPTY_ARCHIVE = bytes(10_240)


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[str]:
    """Of three images: `now`, which is the latest, `used` by a container, and `old`."""
    name = f"codeportal-test-{uuid.uuid4().hex[:12]}"
    archive = tmp_path / "empty.tar"
    archive.write_bytes(EMPTY_ARCHIVE)
    for tag in ("old", "used", "now"):
        docker("import", "--change", f"LABEL tag={tag}", str(archive), f"{name}:{tag}")
    docker("tag", f"{name}:now", f"{name}:latest")
    docker("create", "--name", name, f"{name}:used", "/nothing")
    yield name
    docker("rm", name)
    docker("image", "rm", *tags(name))


def tags(repository: str) -> set[str]:
    return set(docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", repository).split())


def test_what_no_container_needs_is_forgotten_when_it_is_old(repository: str) -> None:
    said = io.StringIO()
    current = {repository: f"{repository}:now"}
    forget(Console(said), current)
    assert tags(repository) == {f"{repository}:{tag}" for tag in ("old", "used", "now", "latest")}
    assert said.getvalue() == ""
    forget(Console(said), current, kept_for=timedelta())
    assert tags(repository) == {f"{repository}:{tag}" for tag in ("used", "now", "latest")}
    assert "forgot 1" in said.getvalue()
    forget(Console(said), {"codeportal-test-nothing": "codeportal-test-nothing:1"})
