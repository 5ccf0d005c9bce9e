"""Fail closed: what is unsafe about a container as a place for untrusted code. Pure."""

from collections.abc import Iterator
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
    return [*_host_access(container), *_privileges(container), *_mounts(container, requirements.job_dir)]


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
    yield from (f"runs with {option}" for option in sorted(options) if option.endswith("unconfined"))


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
