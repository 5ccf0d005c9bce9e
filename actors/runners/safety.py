"""Fail closed: what is unsafe about a container as a place for untrusted code. Pure."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from actors.runners.container import SOCKET_DIRECTORY, Container, Mount

ALLOWED_CAPABILITIES = frozenset({"SETUID", "SETGID", "KILL"})


@dataclass(frozen=True, slots=True)
class Requirements:
    """What runners must be like. Empty `network`: none at all; empty `runtime`: any."""

    job_dir: Path
    network: str = ""
    runtime: str = ""


def dangers(container: Container, requirements: Requirements) -> list[str]:
    """Why untrusted code is not safe in `container`; empty when it is as the profile says."""
    return [
        *_host_access(container),
        *_privileges(container),
        *_confinement(container),
        *_mounts(container, requirements.job_dir),
    ]


def mismatches(container: Container, requirements: Requirements) -> list[str]:
    """In what `container` is not as this executor's settings ask."""
    found = []
    wanted = requirements.network or "none"
    networks = container.networks or {container.network_mode}
    if networks != {wanted}:
        found.append(f"is attached to network {', '.join(sorted(networks))}; SANDBOX_NETWORK asks for {wanted}")
    if requirements.runtime and container.runtime != requirements.runtime:
        found.append(f"has runtime {container.runtime!r}; SANDBOX_RUNTIME asks for {requirements.runtime!r}")
    return found


def shared_with(container: Container, others: Iterable[Container]) -> list[str]:
    """Which of `others` mount the socket directory that must be `container`'s own: one's jobs could reach the other."""
    own = container.socket_directory
    names = [other.name for other in others if other.id != container.id and other.socket_directory == own is not None]
    return [f"shares its socket directory {own} with {', '.join(names)}"] if names else []


def _privileges(container: Container) -> Iterator[str]:
    host = container.host
    if host.get("Privileged"):
        yield "is privileged"
    if not host.get("ReadonlyRootfs"):
        yield "has a writable root file system (start it with --read-only)"
    dropped = {_capability(name) for name in host.get("CapDrop") or ()}
    if "ALL" not in dropped:
        yield "keeps Docker's default capabilities (start it with --cap-drop ALL)"
    added = {_capability(name) for name in host.get("CapAdd") or ()} - ALLOWED_CAPABILITIES
    if added:
        yield f"has the capabilities {', '.join(sorted(added))} added"
    options = set(host.get("SecurityOpt") or ())
    if not options & {"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"}:
        yield "may gain privileges (start it with --security-opt no-new-privileges)"
    yield from (f"runs with {option}" for option in sorted(options) if option.endswith(("unconfined", "disable")))
    yield from ("runs with a seccomp profile that refuses nothing" for option in options if _refuses_nothing(option))


def _confinement(container: Container) -> Iterator[str]:
    """What the engine keeps from containers in /proc and /sys, and whom the kernel takes when memory runs out."""
    host = container.host
    for key in ("MaskedPaths", "ReadonlyPaths"):
        if host.get(key) == []:  # systempaths=unconfined; absent or null: the engine's own list
            yield f"sees all of /proc and /sys: {key} is empty"
    if host.get("OomKillDisable"):
        yield "is never killed for memory, so a job that has used it up hangs its runner"
    if (host.get("OomScoreAdj") or 0) < 0:
        yield f"has others on the host killed in its place: OomScoreAdj is {host['OomScoreAdj']}"


def _refuses_nothing(option: str) -> bool:
    kind, _, profile = option.partition("=")
    if kind != "seccomp" or not profile.lstrip().startswith("{"):
        return False
    try:
        default = json.loads(profile).get("defaultAction")
    except ValueError:
        return False  # an abbreviation: the engine itself started the container with all of it
    return default in ("SCMP_ACT_ALLOW", "SCMP_ACT_LOG")


def _host_access(container: Container) -> Iterator[str]:
    host = container.host
    for key in ("PidMode", "IpcMode", "UTSMode", "UsernsMode", "CgroupnsMode", "NetworkMode"):
        mode = str(host.get(key) or "")
        if mode == "host" and key == "CgroupnsMode":
            continue  # the default on cgroup v1; cgroup files are mounted read-only
        if mode == "host" or mode.startswith("container:"):
            yield f"shares a namespace: {key} is {mode}"
    for key in ("Devices", "DeviceCgroupRules", "DeviceRequests"):
        if host.get(key):
            yield f"has host devices: {key} is set"


def _mounts(container: Container, job_dir: Path) -> Iterator[str]:
    for mount in container.mounts:
        if mount.kind == "tmpfs":
            continue
        if mount.source.endswith("docker.sock") or mount.destination.endswith("docker.sock"):
            yield f"has the Docker socket at {mount.destination}"
        elif not _is_own_socket_directory(mount, job_dir):
            yield (
                f"mounts {mount.kind} {mount.source} at {mount.destination}; only a directory directly under"
                f" SANDBOX_JOB_DIR={job_dir} may be mounted, at {SOCKET_DIRECTORY}"
            )


def _is_own_socket_directory(mount: Mount, job_dir: Path) -> bool:
    source = Path(mount.source)
    return (
        mount.kind == "bind"
        and mount.destination == SOCKET_DIRECTORY
        and source.parent == job_dir
        and source.name not in ("", ".", "..")
    )


def _capability(name: str) -> str:
    return name.upper().removeprefix("CAP_")
