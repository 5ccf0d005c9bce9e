"""Running rows straight through the agent of one container, which is fast and says in which runner a job ran."""

from typing import Any, Literal

from actors.runners.sizing import own_size
from streams.bytesize import parse_size
from streams.duration import in_milliseconds, parse_duration
from tests.hostile.row import Answer, Row
from tests.integration.agent.agent_client import Client, Header
from tests.integration.agent.containers import PROFILES, Runner

Keeper = Literal["cgroup", "agent", "nobody"]
DEFAULT_WALL_MS = 3000
USUAL_PROCESSES = 256
_STATUS = {"signaled": "failed"}


def run(row: Row, runner: Runner, client: Client, kept_by: Keeper = "cgroup", slower: int = 1) -> Answer:
    """`row` in `runner`. `kept_by`: who keeps its limits on memory and processes: the container, which is given what
    the row asks for, as an executor would; the agent, where there is no cgroup; or nobody.
    """
    client.pings = True
    if row.leave is not None:
        client.run(row.leave, limits={"wall_ms": DEFAULT_WALL_MS})
    small = kept_by == "cgroup" and {"memory", "processes"} & row.limits.keys()
    if small:
        _resize(row, runner)
    try:
        return _answer(client.run(row.code, limits=_limits(row, by_agent=kept_by == "agent", slower=slower)))
    finally:
        if small:
            _restore(row.language, runner)


def processes_left(runner: Runner) -> list[str]:
    """Command lines of processes that are not root's."""
    script = "for p in /proc/[0-9]*; do [ $(stat -c %u $p 2>/dev/null || echo 0) = 0 ] || cat $p/comm; done"
    return runner.root("sh", "-c", script).split()


def _limits(row: Row, *, by_agent: bool, slower: int) -> dict[str, Any]:
    wall = DEFAULT_WALL_MS if row.timeout is None else in_milliseconds(parse_duration(row.timeout))
    limits = {"wall_ms": wall * slower, "compile_wall_ms": 10_000 * slower, "output_bytes": 65_536}
    if "cpu" in row.limits:
        limits["cpu_ms"] = in_milliseconds(parse_duration(row.limits["cpu"]))
    for name, own in (("file_size", "file_size_bytes"), ("open_files", "open_files"), ("output", "output_bytes")):
        if name in row.limits:
            limits[own] = row.limits[name]
    if by_agent:
        limits["memory_bytes"] = row.limits.get("memory", 512 << 20)
        limits["processes"] = row.limits.get("processes", USUAL_PROCESSES)
    return limits


def _resize(row: Row, runner: Runner) -> None:
    usual, own = PROFILES[row.language], own_size(row.language)
    memory = row.limits["memory"] + own.memory_bytes if "memory" in row.limits else _bytes(usual["memory"])
    runner.resize(memory, row.limits.get("processes", USUAL_PROCESSES) + own.processes)


def _restore(language: str, runner: Runner) -> None:
    runner.resize(_bytes(PROFILES[language]["memory"]), PROFILES[language]["pids"])


def _bytes(docker_size: str) -> int:
    return parse_size(docker_size.removesuffix("m") + "MiB")


def _answer(result: Header) -> Answer:
    outcome = result["outcome"]
    if outcome == "exited":
        outcome = "succeeded" if result["exit_code"] == 0 else "failed"
    return Answer(
        status=_STATUS.get(str(outcome), str(outcome)),
        stdout=result["stdout"],
        stderr=result["stderr"],
        signal=result["signal"],
        stage=result["stage"],
        truncated=any(result["truncated"].values()),
        duration_ms=result["duration_ms"],
        error=result["error"],
    )
