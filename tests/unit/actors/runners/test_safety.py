"""Fail closed: what is refused, and what must not be."""

from typing import Any

import pytest

from actors.runners.container import from_inspect
from actors.runners.safety import Requirements, dangers, mismatches
from tests.unit.actors.runners.inspected import JOB_DIR, container, inspected

REQUIRED = Requirements(JOB_DIR)


def test_a_runner_as_its_profile_asks_is_safe() -> None:
    assert dangers(container(), REQUIRED) == []
    assert mismatches(container(), REQUIRED) == []


def test_an_agentless_container_under_the_same_profile_is_safe() -> None:
    found = inspected(CapAdd=None, SecurityOpt=["no-new-privileges:true"])
    found["Mounts"] = []
    assert dangers(from_inspect(found), REQUIRED) == []


@pytest.mark.parametrize(
    ("host", "complaint"),
    [
        ({"Privileged": True}, "is privileged"),
        ({"ReadonlyRootfs": False}, "writable root"),
        ({"CapAdd": ["SETUID", "CAP_SYS_ADMIN"]}, "SYS_ADMIN added"),
        ({"CapAdd": ["ALL"]}, "ALL added"),
        ({"CapDrop": []}, "default capabilities"),
        ({"CapDrop": ["NET_RAW"]}, "default capabilities"),
        ({"SecurityOpt": []}, "may gain privileges"),
        ({"SecurityOpt": None}, "may gain privileges"),
        ({"SecurityOpt": ["no-new-privileges:false"]}, "may gain privileges"),
        ({"SecurityOpt": ["no-new-privileges", "seccomp=unconfined"]}, "seccomp=unconfined"),
        ({"SecurityOpt": ["no-new-privileges", "apparmor=unconfined"]}, "apparmor=unconfined"),
        ({"PidMode": "host"}, "PidMode is host"),
        ({"PidMode": "container:abc"}, "PidMode is container:abc"),
        ({"IpcMode": "host"}, "IpcMode is host"),
        ({"UTSMode": "host"}, "UTSMode is host"),
        ({"UsernsMode": "host"}, "UsernsMode is host"),
        ({"NetworkMode": "host"}, "NetworkMode is host"),
        ({"Devices": [{"PathOnHost": "/dev/kvm"}]}, "host devices"),
        ({"DeviceRequests": [{"Driver": "nvidia"}]}, "host devices"),
        ({"DeviceCgroupRules": ["a *:* rwm"]}, "host devices"),
        ({"MaskedPaths": []}, "MaskedPaths is empty"),
        ({"ReadonlyPaths": []}, "ReadonlyPaths is empty"),
        ({"OomKillDisable": True}, "never killed for memory"),
        ({"OomScoreAdj": -1}, "OomScoreAdj is -1"),
        ({"SecurityOpt": ["no-new-privileges", "label=disable"]}, "label=disable"),
        ({"SecurityOpt": ["no-new-privileges", 'seccomp={"defaultAction":"SCMP_ACT_ALLOW"}']}, "refuses nothing"),
    ],
)
def test_what_the_profile_does_not_allow_is_named(host: dict[str, Any], complaint: str) -> None:
    found = dangers(container(**host), REQUIRED)
    assert len(found) == 1
    assert complaint in found[0]


@pytest.mark.parametrize(
    ("mount", "complaint"),
    [
        ({"Type": "bind", "Source": "/var/run/docker.sock", "Destination": "/x"}, "Docker socket"),
        ({"Type": "bind", "Source": "/run/d", "Destination": "/var/run/docker.sock"}, "Docker socket"),
        ({"Type": "bind", "Source": "/", "Destination": "/host"}, "mounts bind / at /host"),
        ({"Type": "bind", "Source": "/srv/jobs", "Destination": "/run/sandbox"}, "mounts bind /srv/jobs "),
        ({"Type": "bind", "Source": "/srv/jobs/a/b", "Destination": "/run/sandbox"}, "mounts bind"),
        ({"Type": "bind", "Source": "/srv/jobs/..", "Destination": "/run/sandbox"}, "mounts bind"),
        ({"Type": "bind", "Source": "/srv/jobs/py-2", "Destination": "/elsewhere"}, "mounts bind"),
        ({"Type": "volume", "Source": "/var/lib/docker/volumes/v/_data", "Destination": "/data"}, "mounts volume"),
    ],
)
def test_mounts_other_than_the_socket_directory_are_named(mount: dict[str, str], complaint: str) -> None:
    found = inspected()
    found["Mounts"].append(mount)
    (danger,) = dangers(from_inspect(found), REQUIRED)
    assert complaint in danger


def test_tmpfs_is_no_host_mount() -> None:
    found = inspected()
    found["Mounts"].append({"Type": "tmpfs", "Source": "", "Destination": "/tmp"})
    assert dangers(from_inspect(found), REQUIRED) == []


def with_networks(*names: str, mode: str = "bridge") -> Any:
    found = inspected(NetworkMode=mode)
    found["NetworkSettings"]["Networks"] = {name: {} for name in names}
    return from_inspect(found)


def test_a_network_is_refused_unless_asked_for() -> None:
    assert "is attached to network bridge" in mismatches(with_networks("bridge"), REQUIRED)[0]
    assert mismatches(with_networks("lab", mode="lab"), Requirements(JOB_DIR, network="lab")) == []
    assert mismatches(with_networks("lab", "bridge"), Requirements(JOB_DIR, network="lab"))
    assert mismatches(with_networks("none", mode="none"), Requirements(JOB_DIR, network="lab"))


def test_networks_that_the_engine_does_not_list_are_judged_by_the_mode() -> None:
    assert mismatches(with_networks(mode="none"), REQUIRED) == []
    assert mismatches(with_networks(mode="container:x"), REQUIRED)


def test_the_runtime_must_be_the_one_asked_for() -> None:
    assert mismatches(container(Runtime="runc"), Requirements(JOB_DIR, runtime="runsc"))
    assert mismatches(container(Runtime="runsc"), Requirements(JOB_DIR, runtime="runsc")) == []
