"""A scratch runner with a job's files in it, for a person to look around in. No executor ever sees it."""

import secrets
import subprocess
import sys
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from deploy.cli.command import UsageError
from deploy.cli.terminal import say
from streams.facts import Submission
from streams.text import bytes_from_text

if TYPE_CHECKING:
    from deploy.stack.record import StackRecord

SOURCES = {"python": "main.py", "javascript": "main.js", "go": "main.go"}
_NOBODY = "65534:65534"
_DEADLINE = 60.0


def open_shell(submission: Submission, project: str | None) -> int:
    """A shell in a container like the job's runner, in its directory; the container goes when the shell ends."""
    name = f"codeportal-shell-{secrets.token_hex(4)}"
    _docker(*run_arguments(submission.language, name, _record(project)))
    try:
        _put(name, SOURCES.get(submission.language, "main"), bytes_from_text(submission.code))
        _put(name, "stdin", bytes_from_text(submission.stdin))
        for file in submission.files:
            _put(name, file.path, bytes_from_text(file.content))
        listing = _docker("exec", "--user", _NOBODY, "--workdir", "/job", name, "ls", "-l").decode(errors="replace")
        if not sys.stdin.isatty():
            print(listing, end="")
            say("standard input is no terminal, so there is nobody to look around")
            return 0
        say(f"the files of the job are here, its input is in `stdin`; arguments: {list(submission.args)}")
        command = ["docker", "exec", "-it", "--user", _NOBODY, "--workdir", "/job", "--env", "HOME=/job", name, "sh"]
        subprocess.run(command, check=False)  # noqa: S603 - the user's own shell
    finally:
        _docker("rm", "--force", name)
    return 0


def run_arguments(language: str, name: str, record: "StackRecord") -> list[str]:
    """`docker run` under the profile of the language's runners, without their agent, label and socket."""
    from deploy.stack import profiles  # noqa: PLC0415 - there is a record, so there is a checkout

    profile: dict[str, Any] | None = profiles.load().get(language)
    if profile is None:
        raise UsageError(f"there is no profile of a runner for {language}, so none to look around in")
    options = {
        "--name": [name],
        "--network": ["none"],
        "--user": [_NOBODY],
        "--memory": [profile["memory"]],
        "--memory-swap": [profile["memory_swap"]],
        "--pids-limit": [str(profile["pids"])],
        "--cpus": [str(profiles.usable_cpus(profile["cpus"]))],
        "--cap-drop": ["ALL"],
        "--security-opt": [*profile["security_opt"], f"seccomp={profiles.seccomp_of(record.settings, profile)}"],
        "--runtime": [record.settings.runtime] if record.settings.runtime else [],
        "--ulimit": [f"{name}={value}" for name, value in profile["ulimits"].items()],
        "--sysctl": [f"{name}={value}" for name, value in profile["sysctls"].items()],
        "--shm-size": [profile["shm_size"]],
        "--tmpfs": [f"{place}:{mount}" for place, mount in profile["tmpfs"].items()],
        "--entrypoint": ["sleep"],
    }
    flat = [part for option, values in options.items() for value in values for part in (option, value)]
    return ["run", "--detach", "--read-only", "--rm", *flat, record.images[profile["image"]], "infinity"]


def _record(project: str | None) -> "StackRecord":
    if project is not None:
        from deploy.stack import record  # noqa: PLC0415 - an installed `codeportal` comes without it
        from deploy.stack.settings import ROOT  # noqa: PLC0415

        found = record.load(ROOT / "deploy" / ".state" / project)
        if found is not None:
            return found
    raise UsageError("--shell makes a runner from the images of a stack that deploy/up started here: give --project")


def _put(name: str, path: str, content: bytes) -> None:
    """Write a file as the job's user. Not `docker cp`: that does not reach the container's memory file systems."""
    target = PurePosixPath("/job") / path
    if ".." in target.parts or not target.is_relative_to("/job"):
        raise UsageError(f"the job's file {path!r} lies outside of its directory")
    script = 'mkdir -p "$(dirname "$1")" && cat > "$1"'
    _docker("exec", "--interactive", name, "sh", "-c", script, "sh", str(target), content=content)


def _docker(*arguments: str, content: bytes = b"") -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            ["docker", *arguments],  # noqa: S607 - where the user has it
            input=content,
            capture_output=True,
            check=False,
            timeout=_DEADLINE,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"docker cannot be used: {error}") from error
    if done.returncode:
        raise UsageError(f"docker {arguments[0]} failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
