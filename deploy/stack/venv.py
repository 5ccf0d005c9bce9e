"""The virtual environment that lint, types and tests run in, made from the locked requirements."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from deploy.stack import packages
from deploy.stack.command import attempt, run_logged
from deploy.stack.console import Console
from deploy.stack.settings import LOG_DIR, ROOT

VENV = ROOT / ".venv"
LOCK = ROOT / "requirements-dev.lock"
LOG = LOG_DIR / "venv.log"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def ensure(console: Console) -> None:
    """Makes `.venv` anew when the lock file, the interpreter or what is packaged of the checkout changed."""
    stamp = VENV / "made-from"
    if stamp.exists() and stamp.read_text(encoding="ascii") == _inputs():
        console.say("python", f"{VENV} is up to date")
        return
    console.say("python", f"making {VENV} from {LOCK.name} (log: {LOG})")
    _make()
    stamp.write_text(_inputs(), encoding="ascii")


def program(name: str) -> str:
    return str(VENV / "bin" / name)


def _make() -> None:
    if not attempt([sys.executable, "-c", "import ensurepip, venv"]).ok:
        packages.install(Console(sys.stdout), ["python3-venv"], "the tests' virtual environment")
    shutil.rmtree(VENV, ignore_errors=True)
    run_logged([sys.executable, "-m", "venv", str(VENV)], LOG, "making the virtual environment")
    pip = [program("python"), "-m", "pip", "install", "--disable-pip-version-check", "--only-binary", ":all:"]
    # pip of Debian 12 brings its own certificates and would not know the host's.
    trust = {"PIP_CERT": os.environ.get("PIP_CERT", str(CERTIFICATES))} if CERTIFICATES.exists() else {}
    run_logged([*pip, "--require-hashes", "-r", str(LOCK)], LOG, "installing the locked requirements", trust)
    # Editable, with the locked build tool: processes that tests start find our packages and the `codeportal` command.
    ours = ["--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT)]
    run_logged([*pip[:-2], *ours], LOG, "installing the checkout")


def _inputs() -> str:
    """A digest of all that the environment is made of; of pyproject.toml what says what is installed, and how."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    ours = json.dumps([project["project"], project["build-system"], project["tool"]["setuptools"]], sort_keys=True)
    return hashlib.sha256(LOCK.read_bytes() + "\0".join((sys.version, str(ROOT), ours)).encode()).hexdigest()


def call(argv: list[str], env: dict[str, str] | None = None) -> int:
    """Runs a program of the environment in the checkout, its output on the terminal; its exit status."""
    environment = {**os.environ, **(env or {}), "PATH": f"{VENV / 'bin'}:{os.environ.get('PATH', '')}"}
    return subprocess.run(argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode  # noqa: S603
