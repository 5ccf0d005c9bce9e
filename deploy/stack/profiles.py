"""The runners' container profiles as Compose services. The profiles themselves are data: runner-profiles.json."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from deploy.stack.errors import DeployError
from deploy.stack.runtime import GVISOR
from deploy.stack.settings import ROOT, StackSettings

PROFILES_FILE = ROOT / "deploy" / "runner-profiles.json"

GVISOR_SECCOMP = "deploy/seccomp-gvisor.json"
"""The same list of calls for gVisor, which answers all that is refused with EPERM: what a program must be able to do
without is refused, and what it must be able to call (`clone3`, `fsync`) gVisor's own kernel answers.
"""

Profile = dict[str, Any]


def load(path: Path = PROFILES_FILE) -> dict[str, Profile]:
    """Language to profile, in the file's order."""
    profiles: dict[str, Profile] = json.loads(path.read_text(encoding="utf-8"))
    return profiles


def container_name(project: str, language: str, number: int) -> str:
    """Also the name of the runner's socket directory: unique on the engine, whatever Compose version made it."""
    return f"{project}-runner-{language}-{number}"


def service_name(language: str, number: int) -> str:
    return f"runner-{language}-{number}"


def runner_services(
    settings: StackSettings, profiles: dict[str, Profile], counts: dict[str, int], images: dict[str, str]
) -> dict[str, Any]:
    """The Compose document that adds `counts` runners of each language to the stack."""
    services = {
        service_name(language, number): _runner(settings, profile, images, language, number)
        for language, profile in profiles.items()
        for number in range(1, counts.get(language, 0) + 1)
    }
    document: dict[str, Any] = {"services": services}
    if settings.network:
        document["networks"] = {"runners": {"external": True, "name": settings.network}}
    return document


def usable_cpus(wanted: float, present: int | None = None) -> float:
    """The engine refuses a limit above what the machine has."""
    return min(wanted, float(present or os.cpu_count() or 1))


def seccomp_of(settings: StackSettings, profile: Profile) -> Path:
    """The file with the calls that a runner may make."""
    return ROOT / (GVISOR_SECCOMP if settings.runtime == GVISOR else profile["seccomp"])


def _runner(
    settings: StackSettings, profile: Profile, images: dict[str, str], language: str, number: int
) -> dict[str, Any]:
    name = container_name(settings.project, language, number)
    seccomp = seccomp_of(settings, profile)
    service = {
        "image": images[profile["image"]],
        "container_name": name,
        "restart": profile["restart"],
        "stop_grace_period": settings.stop_grace,  # told to stop, it ends its job first
        "read_only": profile["read_only"],
        "cap_drop": profile["cap_drop"],
        "cap_add": profile["cap_add"],
        "security_opt": [*profile["security_opt"], f"seccomp:{seccomp}"],
        "pids_limit": profile["pids"],
        "mem_limit": profile["memory"],
        "memswap_limit": profile["memory_swap"],
        "cpus": usable_cpus(profile["cpus"]),
        "shm_size": profile["shm_size"],
        "tmpfs": [f"{place}:{options}" for place, options in profile["tmpfs"].items()],
        "ulimits": profile["ulimits"],
        "sysctls": profile["sysctls"],
        # Where the runtime lets a job write to what the agent writes to (gVisor), it must not fill the host's disk.
        "logging": {"driver": "json-file", "options": {"max-size": "1m", "max-file": "2"}},
        "volumes": [f"{settings.job_dir / name}:{profile['socket_directory']}"],
        "labels": {
            **profile["labels"],
            "sandbox.pool": settings.project,
            # The file's content is not part of what Compose compares: this makes a changed one recreate the runner.
            "sandbox.seccomp": _fingerprint(seccomp),
        },
    }
    return service | _network(settings, profile) | ({"runtime": settings.runtime} if settings.runtime else {})


def _fingerprint(seccomp: Path) -> str:
    try:
        return hashlib.sha256(seccomp.read_bytes()).hexdigest()[:16]
    except FileNotFoundError as error:
        raise DeployError(f"the seccomp profile {seccomp} is missing: no runner starts without it") from error


def _network(settings: StackSettings, profile: Profile) -> dict[str, Any]:
    return {"networks": ["runners"]} if settings.network else {"network_mode": profile["network"]}
