"""A container as the engine describes it: what discovery, leases and the safety check need to know."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOCKET_DIRECTORY = "/run/sandbox"
LANGUAGE_LABEL = "sandbox.language"
POOL_LABEL = "sandbox.pool"


@dataclass(frozen=True, slots=True)
class Mount:
    """Something of the host that the container sees."""

    kind: str  # bind, volume, tmpfs, npipe, cluster
    source: str
    destination: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What `docker inspect` says. `started_at` tells one run of the container from the next."""

    id: str
    name: str
    started_at: str
    running: bool
    labels: dict[str, str]
    mounts: tuple[Mount, ...]
    networks: frozenset[str]
    network_mode: str
    runtime: str
    host: dict[str, Any]  # HostConfig, for the safety check
    image: str = ""  # the digest of its configuration, whatever it is called

    @property
    def socket_directory(self) -> Path | None:
        """Where its agent's socket lies on the host, if it mounts such a directory."""
        for mount in self.mounts:
            if mount.kind == "bind" and mount.destination == SOCKET_DIRECTORY:
                return Path(mount.source)
        return None


def from_inspect(inspected: dict[str, Any]) -> Container:
    """The container that the engine's JSON describes."""
    state, host = inspected["State"], inspected["HostConfig"]
    networks = (inspected.get("NetworkSettings") or {}).get("Networks") or {}
    return Container(
        id=inspected["Id"],
        name=inspected["Name"].lstrip("/"),
        started_at=state.get("StartedAt", ""),
        running=bool(state.get("Running")) and not state.get("Paused") and not state.get("Restarting"),
        labels=dict(inspected["Config"].get("Labels") or {}),
        mounts=tuple(
            Mount(mount.get("Type", "bind"), mount.get("Source", ""), mount.get("Destination", ""))
            for mount in inspected.get("Mounts") or ()
        ),
        networks=frozenset(networks),
        network_mode=host.get("NetworkMode", ""),
        runtime=host.get("Runtime", ""),
        host=host,
        image=str(inspected.get("Image", "")),
    )
