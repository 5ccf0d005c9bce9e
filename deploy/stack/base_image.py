"""The image that every other one starts from: Debian trixie, pulled where that works, else made here."""

import os
import shutil
import tempfile
from pathlib import Path

from deploy.stack import packages
from deploy.stack.command import attempt, run, run_logged
from deploy.stack.console import Console
from deploy.stack.settings import LOG_DIR

PULLED = "debian:trixie-slim"
MADE = "codeportal-base:trixie"
PULL_DEADLINE = 90.0
LOG = LOG_DIR / "base-image.log"


def ensure(console: Console, renew: bool = False) -> str:
    """The reference of the base image. `BASE_IMAGE` in the environment names another one, which must exist."""
    chosen = os.environ.get("BASE_IMAGE")
    if chosen:
        run(["docker", "image", "inspect", chosen])
        return chosen
    if renew or not exists(MADE):
        _make(console)
    console.say("base", f"{MADE} ({image_id(MADE)[7:19]})")
    return MADE


def exists(reference: str) -> bool:
    return attempt(["docker", "image", "inspect", reference]).ok


def image_id(reference: str) -> str:
    """`sha256:...` of a local image."""
    return run(["docker", "image", "inspect", "--format", "{{.Id}}", reference]).strip()


def _make(console: Console) -> None:
    console.say("base", f"pulling {PULLED}")
    pulled = attempt(["docker", "pull", "--quiet", PULLED], deadline=PULL_DEADLINE)
    if pulled.ok:
        run(["docker", "tag", PULLED, MADE])
        return
    console.say("base", f"it cannot be pulled here: making it with mmdebstrap (log: {LOG})")
    _bootstrap(console)


def _bootstrap(console: Console) -> None:
    if shutil.which("mmdebstrap") is None:
        packages.install(console, ["mmdebstrap", "debian-archive-keyring"], "making the base image")
    packages.require_root("mmdebstrap")
    with tempfile.TemporaryDirectory(prefix="codeportal-base-", dir="/var/tmp") as scratch:
        archive = Path(scratch) / "base.tar"
        make = ["mmdebstrap", "--variant=minbase", "trixie", str(archive)]
        run_logged(make, LOG, "making the base image with mmdebstrap")
        run(["docker", "import", str(archive), MADE])
