"""Whether a runner container, as the engine describes it, keeps untrusted code inside. Pure."""

from collections.abc import Iterator
from typing import Any

from deploy.stack.finding import Finding, bad, ok, warn

NEEDED_CAPABILITIES = frozenset({"SETUID", "SETGID", "KILL"})
SOCKET_DIRECTORY = "/run/sandbox"
# Not the cgroup namespace: the host's is the default with cgroup v1, and mounted read-only.
HOST_NAMESPACES = ("PidMode", "IpcMode", "UsernsMode", "UTSMode", "NetworkMode")

Inspected = dict[str, Any]


def judge_runner(container: Inspected) -> list[Finding]:
    """Findings on one entry of `docker inspect`; a single `ok` when there is nothing to say."""
    name = container["Name"].lstrip("/")
    host = container["HostConfig"]
    found = [bad(name, text) for text in _dangers(container, host)] + [warn(name, text) for text in _doubts(host)]
    return found or [ok(name, "runner keeps the profile")]


def _dangers(container: Inspected, host: Inspected) -> Iterator[str]:
    if host.get("Privileged"):
        yield "is privileged: a job can take over the host"
    if not host.get("ReadonlyRootfs"):
        yield "has a writable root file system: one job can leave traps for the next"
    yield from _mount_dangers(container.get("Mounts") or [])
    yield from _capability_dangers(host)
    yield from _security_dangers(host.get("SecurityOpt") or [])
    yield from _limit_dangers(host)
    for namespace in HOST_NAMESPACES:
        if host.get(namespace) == "host":
            yield f"shares a namespace of the host ({namespace}=host)"
    if host.get("Devices"):
        yield f"has devices of the host: {', '.join(device['PathOnHost'] for device in host['Devices'])}"


def _mount_dangers(mounts: list[Inspected]) -> Iterator[str]:
    for mount in mounts:
        source, target = mount.get("Source", ""), mount.get("Destination", "")
        if source.endswith(("docker.sock", "containerd.sock")):
            yield f"has the engine's socket mounted ({source}): a job can take over the host"
        elif mount.get("Type") != "tmpfs" and target != SOCKET_DIRECTORY:
            access = "writable" if mount.get("RW") else "read-only"
            yield f"mounts {source} at {target} ({access}): only {SOCKET_DIRECTORY} belongs there"


def _capability_dangers(host: Inspected) -> Iterator[str]:
    dropped = {name.upper() for name in host.get("CapDrop") or []}
    if "ALL" not in dropped:
        yield "keeps the default capabilities (cap_drop: ALL is missing)"
    added = {name.upper().removeprefix("CAP_") for name in host.get("CapAdd") or []}
    if added - NEEDED_CAPABILITIES:
        yield f"has capabilities it does not need: {', '.join(sorted(added - NEEDED_CAPABILITIES))}"


def _security_dangers(options: list[str]) -> Iterator[str]:
    normal = [option.replace(":", "=", 1) for option in options]
    if not any(option in ("no-new-privileges", "no-new-privileges=true") for option in normal):
        yield "allows set-uid programs (no-new-privileges is missing)"
    yield from (f"runs with {option}" for option in normal if option.endswith("=unconfined"))


def _limit_dangers(host: Inspected) -> Iterator[str]:
    if not host.get("Memory"):
        yield "has no memory limit"
    elif host.get("MemorySwap") != host["Memory"]:
        yield "may use swap beyond its memory limit"
    if (host.get("PidsLimit") or 0) <= 0:
        yield "has no limit on processes"


def _doubts(host: Inspected) -> Iterator[str]:
    if host.get("NetworkMode") not in ("none", "host"):
        yield f"is on the network {host.get('NetworkMode')}: jobs can reach it"
    if not host.get("NanoCpus") and not host.get("CpuQuota"):
        yield "has no CPU limit"
