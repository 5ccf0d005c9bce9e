"""Containers as `docker inspect` shows them, made from the runners' profile."""

import copy
from pathlib import Path
from typing import Any

from actors.runners.container import Container, from_inspect

JOB_DIR = Path("/srv/jobs")
_PROFILE: dict[str, Any] = {
    "Id": "c1",
    "Name": "/py-1",
    "State": {"Running": True, "Paused": False, "Restarting": False, "StartedAt": "2026-01-02T00:00:00Z"},
    "Config": {"Labels": {"sandbox.language": "python"}},
    "HostConfig": {
        "Privileged": False,
        "ReadonlyRootfs": True,
        "CapDrop": ["ALL"],
        "CapAdd": ["SETUID", "SETGID", "KILL"],
        "SecurityOpt": ["no-new-privileges", "seccomp={...}"],
        "NetworkMode": "none",
        "Runtime": "runc",
        "IpcMode": "private",
        "PidMode": "",
        "CgroupnsMode": "host",
        "Tmpfs": {"/tmp": "size=64m"},
    },
    "Mounts": [{"Type": "bind", "Source": "/srv/jobs/py-1", "Destination": "/run/sandbox"}],
    "NetworkSettings": {"Networks": {"none": {}}},
}


def inspected(name: str = "py-1", **host: Any) -> dict[str, Any]:
    """The JSON of a runner as its profile asks, with other values in its HostConfig."""
    found = copy.deepcopy(_PROFILE)
    found["Id"] = f"id-{name}"
    found["Name"] = f"/{name}"
    found["HostConfig"] |= host
    found["Mounts"][0]["Source"] = f"{JOB_DIR}/{name}"
    return found


def container(name: str = "py-1", **host: Any) -> Container:
    return from_inspect(inspected(name, **host))


def labelled(name: str, **labels: str) -> Container:
    """A runner with labels in which `_` stands for `.`."""
    found = inspected(name)
    found["Config"]["Labels"] = {key.replace("_", "."): value for key, value in labels.items()}
    return from_inspect(found)
