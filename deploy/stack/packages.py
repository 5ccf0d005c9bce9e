"""Installing Debian packages."""

import functools
import os
import shutil
from collections.abc import Sequence

from deploy.stack.command import attempt, run_logged
from deploy.stack.console import Console
from deploy.stack.errors import DeployError
from deploy.stack.settings import LOG_DIR

APT_LOG = LOG_DIR / "apt.log"


def install(console: Console, packages: Sequence[str], purpose: str) -> None:
    """Installs `packages` with apt. Raises DeployError where there is no apt or no right to use it."""
    names = " ".join(packages)
    if shutil.which("apt-get") is None:
        raise DeployError(f"{purpose} needs {names}, and this is no Debian system: install it by hand, then run again")
    require_root(f"installing {names}")
    console.say("packages", f"installing {names} ({purpose})")
    refresh_lists()
    apt = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    run_logged(apt, APT_LOG, f"installing {names}", {"DEBIAN_FRONTEND": "noninteractive"})


@functools.cache
def refresh_lists() -> None:
    """Brings apt's package lists up to date, once a run; a new machine has none."""
    run_logged(["apt-get", "update"], APT_LOG, "reading the package lists (apt-get update)")


def available(package: str) -> bool:
    """Whether apt could install `package` from the configured sources."""
    policy = attempt(["apt-cache", "policy", package]).output
    return any(line.strip().startswith("Candidate:") and "(none)" not in line for line in policy.splitlines())


def require_root(what: str) -> None:
    if os.geteuid() != 0:
        raise DeployError(f"{what} needs root: run this with sudo")
