"""The runtime that SANDBOX_RUNTIME asks for: known to the engine, or, for gVisor, installed and made known to it."""

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

from deploy.stack import packages
from deploy.stack.command import attempt
from deploy.stack.console import Console
from deploy.stack.errors import DeployError

GVISOR = "runsc"
# ptrace: works everywhere, also in virtual machines without nested virtualisation. The agent's socket is made in a
# directory of the host (host-uds); the network is Docker's affair, as are cgroups, which gVisor cannot use here. The
# seccomp profile holds inside the sandbox only if it is asked for.
_EARLIER_ARGUMENTS = ["--platform=ptrace", "--network=none", "--ignore-cgroups", "--host-uds=create"]
GVISOR_ARGUMENTS = (*_EARLIER_ARGUMENTS, "--oci-seccomp")
CONFIGURATION = Path("/etc/docker/daemon.json")
PID_FILE = Path("/var/run/docker.pid")
RELOAD_DEADLINE = 10.0


def ensure(console: Console, wanted: str) -> None:
    """Leaves with an engine that knows the runtime `wanted`; empty: nothing to do. Raises DeployError."""
    if not wanted:
        return
    known = list(_known())
    if wanted in known and not is_of_an_earlier_release(CONFIGURATION, wanted):
        return
    if refusal := why_not(wanted, known, remote=bool(os.environ.get("DOCKER_HOST"))):
        raise DeployError(refusal)
    if shutil.which(GVISOR) is None:
        packages.install(console, [GVISOR], "gVisor, the runtime that SANDBOX_RUNTIME asks for")
    packages.require_root(f"changing {CONFIGURATION}")
    console.say("runtime", f"{GVISOR} added to {CONFIGURATION}; what runs is left alone")
    add_gvisor(CONFIGURATION, shutil.which(GVISOR) or GVISOR)
    _reload(wanted)


def why_not(wanted: str, known: list[str], remote: bool) -> str | None:
    """Why an engine that knows `known` cannot be given the runtime `wanted`; None: it can. Pure."""
    if wanted != GVISOR:
        return (
            f"SANDBOX_RUNTIME={wanted!r}: the Docker engine knows {', '.join(known)};"
            f" name another in {CONFIGURATION} and reload the engine, or choose {GVISOR}"
        )
    if remote:
        return f"SANDBOX_RUNTIME={wanted}: the engine at DOCKER_HOST does not know it, and is configured elsewhere"
    return None


def is_of_an_earlier_release(file: Path, wanted: str) -> bool:
    """Whether gVisor is in the engine's configuration as an earlier release put it there; anybody else's is left."""
    try:
        runtimes: Any = json.loads(file.read_text(encoding="utf-8")).get("runtimes", {})
        return bool(wanted == GVISOR and runtimes[GVISOR]["runtimeArgs"] == _EARLIER_ARGUMENTS)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def add_gvisor(file: Path, program: str) -> None:
    """Put gVisor into the engine's configuration, and leave all else of it. Raises DeployError."""
    try:
        configuration: Any = json.loads(file.read_text(encoding="utf-8") or "{}") if file.exists() else {}
    except ValueError as error:
        raise DeployError(f"{file} is no JSON, so {GVISOR} cannot be added to it: {error}") from error
    if not isinstance(configuration, dict):
        raise DeployError(f"{file} holds no JSON object, so {GVISOR} cannot be added to it")
    runtimes = {**configuration.get("runtimes", {}), GVISOR: {"path": program, "runtimeArgs": list(GVISOR_ARGUMENTS)}}
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".json.new")
    fresh.write_text(json.dumps({**configuration, "runtimes": runtimes}, indent=2) + "\n", encoding="utf-8")
    fresh.rename(file)


def _known() -> dict[str, Any]:
    """The engine's runtimes by name, as it describes them; none when no engine answers."""
    answer = attempt(["docker", "info", "--format", "{{json .Runtimes}}"], deadline=20)
    try:
        return dict(json.loads(answer.output) or {})
    except ValueError:
        return {}


def _has_taken_up(wanted: str) -> bool:
    described = _known().get(wanted)
    return described is not None and described.get("runtimeArgs", list(GVISOR_ARGUMENTS)) == list(GVISOR_ARGUMENTS)


def _reload(wanted: str) -> None:
    """SIGHUP has the engine read its runtimes again; it restarts nothing."""
    try:
        os.kill(int(PID_FILE.read_text(encoding="ascii")), signal.SIGHUP)
    except (OSError, ValueError) as error:
        raise DeployError(f"the engine cannot be told to reload ({error}): reload it, then run this again") from error
    deadline = time.monotonic() + RELOAD_DEADLINE
    while not _has_taken_up(wanted):
        if time.monotonic() > deadline:
            raise DeployError(f"the engine does not take up {wanted} from {CONFIGURATION}; its log says why")
        time.sleep(0.1)
