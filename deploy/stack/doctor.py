"""`deploy/doctor`: what is there, what is missing, what would be unsafe (exit status 1). It changes nothing."""

import argparse
import ctypes
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deploy.stack import database, engine, host_checks, job_dirs, record, settings
from deploy.stack.command import attempt
from deploy.stack.console import Console
from deploy.stack.finding import Finding, bad, ok, warn
from deploy.stack.runner_checks import Inspected, belongs, judge_runner
from deploy.stack.settings import StackSettings

CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")
FILE_MAX = Path("/proc/sys/fs/file-max")
_ENGINES_NOFILE = 1 << 20
_FILE_BYTES = 256  # of the kernel, for one that is open; a cgroup counts them
_LANDLOCK_CREATE_RULESET, _ASK_FOR_VERSION = 444, 1


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print a JSON list of findings")


def main(console: Console, arguments: argparse.Namespace) -> int:
    findings = list(examine(_stack_settings()))
    if arguments.json:
        console.print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            console.print(f"{finding.level:<5} {finding.subject:<10} {finding.text}")
    return 1 if any(finding.level == "bad" for finding in findings) else 0


def examine(stack: StackSettings) -> Iterator[Finding]:
    """Looks at the machine and, where it runs, at the stack."""
    yield host_checks.judge_kernel(platform.release())
    yield host_checks.judge_landlock(_landlock_version())
    yield host_checks.judge_core_pattern(CORE_PATTERN.read_text(encoding="utf-8", errors="replace"))
    info = _engine_info()
    yield host_checks.judge_engine(str(info.get("ServerVersion", "")))
    yield host_checks.judge_compose(engine.compose_command())
    yield _disk(info)
    yield _job_dir(stack.job_dir)
    if info:
        yield from host_checks.judge_isolation(info)
        yield from host_checks.judge_runtime(info, stack.runtime)
        runners = [found for found in _inspect("label=sandbox.language") if belongs(found, stack.project)]
        yield host_checks.judge_memory(*_memory(runners))
        yield host_checks.judge_open_files(int(FILE_MAX.read_text(encoding="ascii")), open_files(runners))
        yield from _redis(stack.project)
        yield from _postgres(stack)
        for runner in runners:
            yield from judge_runner(runner, stack.job_dir, [other for other in runners if other is not runner])


def _stack_settings() -> StackSettings:
    """Those of the started stack, else what the environment would start."""
    wanted = settings.from_environ(os.environ)
    try:
        started = record.load(wanted.state_dir)
    except PermissionError:  # written by root, for root
        return wanted
    return started.settings if started else wanted


def _engine_info() -> dict[str, Any]:
    outcome = attempt(["docker", "info", "--format", "{{json .}}"], deadline=20)
    if not outcome.ok:
        return {}
    info: dict[str, Any] = json.loads(outcome.output)
    return info if info.get("ServerVersion") else {}  # newer clients describe an engine that does not answer


def _landlock_version() -> int:
    """As the kernel answers to whoever asks; containers have the same kernel, unless their runtime is another."""
    version: int = ctypes.CDLL(None).syscall(_LANDLOCK_CREATE_RULESET, None, 0, _ASK_FOR_VERSION)
    return max(0, version)


def _disk(info: dict[str, Any]) -> Finding:
    """Where the engine keeps images and volumes, or where it would."""
    place = Path(info.get("DockerRootDir", "/var/lib/docker"))
    while not place.exists():
        place = place.parent
    return host_checks.judge_disk(str(place), shutil.disk_usage(place).free)


def _job_dir(job_dir: Path) -> Finding:
    if not job_dir.exists():
        return ok("job dir", f"{job_dir} is not there yet; deploy/up makes it")
    if os.geteuid() != 0:
        return warn("job dir", f"{job_dir}: run this as root to see it")
    complaints = [job_dirs.complaint(path) for path in (job_dir, *sorted(job_dir.iterdir()))]
    serious = [text for text in complaints if text]
    return bad("job dir", "; ".join(serious)) if serious else ok("job dir", f"{job_dir} is root's own")


def _inspect(*filters: str) -> list[Inspected]:
    """The running containers that match every filter, as the engine describes them."""
    words = [word for item in filters for word in ("--filter", item)]
    names = attempt(["docker", "ps", "--quiet", *words]).output.split()
    if not names:
        return []
    described: list[Inspected] = json.loads(attempt(["docker", "inspect", *names]).output or "[]")
    return described


def _memory(runners: list[Inspected]) -> tuple[int, int, int]:
    table = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    total, swap = (int(table[name].split()[0]) * 1024 for name in ("MemTotal", "SwapTotal"))
    return total, sum(runner["HostConfig"].get("Memory") or 0 for runner in runners), swap


def open_files(runners: list[Inspected]) -> int:
    """How many their jobs can have open together: each process as many as it may, or as many as their memory holds."""
    return sum(_open_files(runner["HostConfig"]) for runner in runners)


def _open_files(host: dict[str, Any]) -> int:
    limits = {limit["Name"]: int(limit["Hard"]) for limit in host.get("Ulimits") or ()}
    each, memory = limits.get("nofile", _ENGINES_NOFILE), host.get("Memory") or sys.maxsize
    return min(max(0, host.get("PidsLimit") or 0) * each, memory // _FILE_BYTES)


def _redis(project: str) -> list[Finding]:
    found = _inspect(f"label=com.docker.compose.project={project}", "label=com.docker.compose.service=redis")
    if not found:
        return [warn("redis", f"no stack runs as project {project}: its persistence cannot be looked at")]
    ask = 'REDISCLI_AUTH="$REDIS_PASSWORD" exec redis-cli CONFIG GET "append*" maxmemory-policy'
    answer = attempt(["docker", "exec", found[0]["Id"], "sh", "-c", ask], deadline=10)
    if not answer.ok:
        return [bad("redis", f"does not answer: {answer.last_words}")]
    words = answer.output.splitlines()
    return host_checks.judge_redis(dict(zip(words[::2], words[1::2], strict=False)))


def _postgres(stack: StackSettings) -> list[Finding]:
    if not database.is_own(stack):
        return [ok("postgres", "DATABASE_URL names a server of your own: its durability and backups are yours")]
    found = database.container(stack.project)
    if found is None:
        return [warn("postgres", f"no stack runs as project {stack.project}: its durability cannot be looked at")]
    ask = "SELECT name || '=' || setting FROM pg_settings"
    psql = [
        "psql",
        "--no-psqlrc",
        "--tuples-only",
        "--no-align",
        "--host=/tmp",
        "--dbname=postgres",
        f"--command={ask}",
    ]
    answer = attempt(["docker", "exec", found, *psql], deadline=10)
    if not answer.ok:
        return [bad("postgres", f"does not answer: {answer.last_words}")]
    return host_checks.judge_postgres(dict(line.split("=", 1) for line in answer.output.splitlines() if "=" in line))
