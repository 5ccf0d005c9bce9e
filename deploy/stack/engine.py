"""The Docker engine: there, or installed from Debian and started."""

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.stack import packages
from deploy.stack.command import attempt, run_logged
from deploy.stack.console import Console
from deploy.stack.errors import DeployError
from deploy.stack.settings import LOG_DIR

USUAL_SOCKETS = ("unix:///var/run/docker.sock", "unix:///run/docker.sock")
START_DEADLINE = 60.0
DAEMON_LOG = LOG_DIR / "dockerd.log"
COMPOSE_PACKAGES = ("docker-compose-plugin", "docker-compose-v2", "docker-compose")


@dataclass(frozen=True)
class EngineFacts:
    """What is on the machine before anything is done."""

    answers: bool
    has_client: bool
    has_daemon: bool
    has_compose: bool
    remote: bool


def missing_parts(facts: EngineFacts) -> tuple[str, ...]:
    """What has to be installed: `engine` and `compose`, or neither. Pure."""
    engine_needed = not facts.answers and not facts.remote and not (facts.has_client and facts.has_daemon)
    wanted = (("engine", engine_needed or not facts.has_client), ("compose", not facts.has_compose))
    return tuple(part for part, needed in wanted if needed)


def start_methods(systemd: bool, init_script: bool) -> tuple[str, ...]:
    """The ways to start the engine here, most orderly first. Pure."""
    ways = (("systemd", systemd), ("service", init_script and not systemd), ("by hand", not systemd))
    return tuple(way for way, possible in ways if possible)


def unsuited(host: str, security_options: Sequence[str]) -> str | None:
    """Why the engine at `host`, which has these options, cannot carry a stack; None: it can. Pure."""
    if host not in USUAL_SOCKETS:
        return (
            f"the Docker engine is at {host}: executors use that of /var/run/docker.sock, and runners' sockets lie on"
            " this machine; run this on the engine's machine, with DOCKER_HOST unset and the default context"
        )
    for option in security_options:
        if option.startswith(("name=rootless", "name=userns")):
            return (
                f"the Docker engine runs containers as other users (`{option}`): agents could not make their sockets in"
                " directories that are root's alone; use an engine of root's without userns-remap"
            )
    return None


def look() -> EngineFacts:
    """Changes nothing."""
    return EngineFacts(
        answers=engine_answers(),
        has_client=shutil.which("docker") is not None,
        has_daemon=shutil.which("dockerd") is not None,
        has_compose=compose_command() is not None,
        remote=bool(os.environ.get("DOCKER_HOST")),
    )


def ensure(console: Console) -> None:
    """Leaves with an engine that answers and a Compose that works. Raises DeployError naming what is missing."""
    facts = look()
    parts = missing_parts(facts)
    if parts:
        packages.install(console, _package_names(parts), "the Docker engine and Compose")
    if not engine_answers():
        if facts.remote:
            raise DeployError(f"no Docker engine answers at DOCKER_HOST={os.environ['DOCKER_HOST']}")
        _start(console)
    if refusal := unsuited(_host(), _security_options()):
        raise DeployError(refusal)
    console.say("engine", f"Docker {engine_version()}, {' '.join(compose_command() or ())}")


def engine_answers() -> bool:
    # What it prints counts, not its exit status: newer clients leave `info` and `version` with 0 when nothing answers.
    return engine_version() != ""


def engine_version() -> str:
    """The engine's version; empty when none answers."""
    answer = attempt(["docker", "version", "--format", "{{with .Server}}{{.Version}}{{end}}"], deadline=20)
    return answer.output.strip() if answer.ok else ""


def compose_command() -> tuple[str, ...] | None:
    """`docker compose` (v2) where it works, else `docker-compose` (either version), else None."""
    if attempt(["docker", "compose", "version"], deadline=20).ok:
        return ("docker", "compose")
    return ("docker-compose",) if shutil.which("docker-compose") else None


def _host() -> str:
    """Where the command line finds its engine, by environment, context or default."""
    answer = attempt(["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], deadline=20)
    return answer.output.strip() if answer.ok else os.environ.get("DOCKER_HOST") or USUAL_SOCKETS[0]


def _security_options() -> list[str]:
    answer = attempt(["docker", "info", "--format", "{{range .SecurityOptions}}{{println .}}{{end}}"], deadline=20)
    return answer.output.split() if answer.ok else []


def _package_names(parts: tuple[str, ...]) -> list[str]:
    packages.require_root("installing the Docker engine")
    packages.refresh_lists()
    names = []
    if "engine" in parts:
        # Newer Debian has the command line in a package of its own.
        names += ["docker.io", *(["docker-cli"] if packages.available("docker-cli") else [])]
        names += _kernel_companions()
    if "compose" in parts:
        names.append(next(filter(packages.available, COMPOSE_PACKAGES), "docker-compose"))
    return names


def _kernel_companions() -> list[str]:
    """What the engine only recommends and yet cannot start containers without, on some kernels."""
    names = []
    apparmor = Path("/sys/module/apparmor/parameters/enabled")
    if apparmor.exists() and apparmor.read_text(encoding="ascii").startswith("Y"):
        names.append("apparmor")
    if not any(Path("/sys/fs/cgroup").glob("*")):
        names.append("cgroupfs-mount")
    return names


def engines_here(proc: Path = Path("/proc")) -> list[int]:
    """Ids of the engines that should answer at the usual socket: those of our mount namespace, told no other."""
    found = []
    for process in proc.glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_bytes().split(b"\0")
            ours = (process / "ns" / "mnt").readlink() == (proc / "self" / "ns" / "mnt").readlink()
        except OSError:  # it has ended meanwhile
            continue
        elsewhere = any(argument.startswith((b"--host", b"-H")) for argument in arguments)
        if Path(arguments[0].decode(errors="replace")).name == "dockerd" and ours and not elsewhere:
            found.append(int(process.name))
    return sorted(found)


def _start(console: Console) -> None:
    packages.require_root("starting the Docker engine")
    if running := engines_here():
        # A second one would take the socket away from the first, and its containers out of everybody's reach.
        console.say("engine", f"waiting for the Docker engine that runs already (process {running[0]})")
        if not _wait_for_engine(START_DEADLINE):
            raise DeployError(f"the Docker engine (process {running[0]}) runs and does not answer: restart it")
        return
    methods = start_methods(Path("/run/systemd/system").is_dir(), Path("/etc/init.d/docker").exists())
    for method in methods:
        console.say("engine", f"starting the Docker engine ({method})")
        _start_by(method)
        if _wait_for_engine(START_DEADLINE if method == methods[-1] else START_DEADLINE / 3):
            return
    raise DeployError(f"the Docker engine does not start; its log is {_engine_log(methods[-1])}")


def _start_by(method: str) -> None:
    if method == "systemd":
        attempt(["systemctl", "enable", "--now", "docker"], deadline=START_DEADLINE)
    elif method == "service":
        attempt(["service", "docker", "start"], deadline=START_DEADLINE)
    else:
        _start_by_hand()


def _start_by_hand() -> None:
    if shutil.which("cgroupfs-mount"):
        run_logged(["cgroupfs-mount"], DAEMON_LOG, "mounting the cgroup file systems")
    DAEMON_LOG.parent.mkdir(parents=True, exist_ok=True)
    with DAEMON_LOG.open("ab") as log:
        # In a session of its own, so that it outlives this program and its terminal.
        subprocess.Popen(["dockerd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)  # noqa: S607


def _wait_for_engine(seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not engine_answers():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.3)
    return True


def _engine_log(method: str) -> str:
    return "`journalctl -u docker`" if method == "systemd" else str(DAEMON_LOG)
