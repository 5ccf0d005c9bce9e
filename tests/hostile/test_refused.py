"""Containers in which untrusted code would not be safe are refused, as the engine itself describes them."""

import json
import uuid
from pathlib import Path

import pytest

from actors.runners.container import from_inspect
from actors.runners.safety import Requirements, dangers, mismatches
from tests.integration.agent.containers import docker, image

pytestmark = [pytest.mark.docker]

ALLOWS_ALL = Path(__file__).parent / "allows_all.json"
SAFE = ("--read-only", "--network=none", "--cap-drop=ALL", "--security-opt=no-new-privileges")
UNSAFE = {
    "privileged": (("--privileged",), "is privileged"),
    "a writable root": (("--read-only=false",), "has a writable root file system"),
    "the Docker socket": (("--volume=/var/run/docker.sock:/var/run/docker.sock",), "has the Docker socket"),
    "a directory of the host": (("--volume=/etc:/host:ro",), "mounts bind /etc at /host"),
    "the whole job directory": (("--volume=/tmp/jobs:/run/sandbox",), "mounts bind /tmp/jobs at /run/sandbox"),
    "a volume": (("--volume=/data",), "mounts volume"),
    "the host's processes": (("--pid=host",), "PidMode is host"),
    "the host's memory": (("--ipc=host",), "IpcMode is host"),
    "a capability": (("--cap-add=SYS_ADMIN",), "has the capabilities SYS_ADMIN added"),
    "no seccomp": (("--security-opt=seccomp=unconfined",), "runs with seccomp=unconfined"),
    "a device": (("--device=/dev/kmsg",), "has host devices"),
    "all of /proc": (("--security-opt=systempaths=unconfined",), "MaskedPaths is empty"),
    "a seccomp profile that refuses nothing": ((f"--security-opt=seccomp={ALLOWS_ALL}",), "refuses nothing"),
    "no end to memory": (("--memory=64m", "--oom-kill-disable"), "is never killed for memory"),
    "others in its place": (("--oom-score-adj=-500",), "OomScoreAdj is -500"),
}
REQUIREMENTS = Requirements(Path("/tmp/jobs"))


def judged(*options: str) -> tuple[list[str], list[str]]:
    """Dangers and mismatches of a container that is made with `options` and never started."""
    name = f"refused-{uuid.uuid4().hex[:8]}"
    docker("create", "--name", name, *options, image("python"))
    try:
        container = from_inspect(json.loads(docker("inspect", name))[0])
    finally:
        docker("rm", "--force", "--volumes", name)
    return dangers(container, REQUIREMENTS), mismatches(container, REQUIREMENTS)


def test_a_container_as_the_profile_says_is_not_refused() -> None:
    assert judged(*SAFE, "--volume=/tmp/jobs/x:/run/sandbox") == ([], [])


@pytest.mark.parametrize("name", UNSAFE)
def test_an_unsafe_container_is_refused_with_its_reason(name: str) -> None:
    options, reason = UNSAFE[name]
    assert any(reason in danger for danger in judged(*SAFE, *options)[0])


@pytest.mark.parametrize("missing", ["--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only"])
def test_a_container_without_a_part_of_the_profile_is_refused(missing: str) -> None:
    assert judged(*(option for option in SAFE if option != missing))[0]


def test_a_network_that_nobody_asked_for_is_refused() -> None:
    assert "SANDBOX_NETWORK asks for none" in judged(*SAFE[:1], "--network=bridge", *SAFE[2:])[1][0]
