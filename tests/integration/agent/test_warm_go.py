"""Go's compiler and linker, taken while they wait, make what they make when they are started for the job."""

import time
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.integration.agent.agent_client import UID, Client, Header
from tests.integration.agent.conftest import Runners
from tests.integration.agent.containers import Runner

pytestmark = pytest.mark.docker

DEADLINE = 10.0
TOOLS = {"compile", "link"}
HELLO = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello") }\n'
SLOW = "package main\n\nfunc main() {\n" + '\tprintln("x")\n' * 60_000 + "}\n"
WRONG = "package main\n\nfunc main() { x := 1 }\n"
CASES = tomllib.loads((Path(__file__).parent / "go_warm_and_cold.toml").read_text(encoding="utf-8"))

WAITING = """
for p in /proc/[0-9]*; do
    tool=$(cat $p/comm 2>&1)
    case $tool in compile|link) echo $tool ${p#/proc/} ;; esac
done
"""
COUNTS = """
ls /proc/1/fd | wc -l
for p in /proc/[0-9]*; do case $(cat $p/comm 2>&1) in agent|compile|link) cat $p/comm ;; esac; done | sort
find /job /tmp /dev/shm /dev/mqueue -mindepth 1
"""
AGENTS = "for p in /proc/[0-9]*; do case $(cat $p/comm 2>&1) in agent) echo $p ;; esac; done"
HELD = """
for p in /proc/[0-9]*; do
    case $(cat $p/comm 2>&1) in
    compile|link)
        grep -E '^(Uid|Gid|Groups|NoNewPrivs|Seccomp):' $p/status
        cat $p/oom_score_adj ;;
    esac
done
"""


def waiting(place: Runner) -> dict[str, int]:
    """The pids of the two tools, as soon as both are what they will be."""
    found: dict[str, int] = {}
    deadline = time.monotonic() + DEADLINE
    while found.keys() != TOOLS:
        assert time.monotonic() < deadline, found
        words = place.root("sh", "-c", WAITING).split()
        found = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    return found


@pytest.fixture
def place(runners: Runners) -> Runner:
    return runners.get("go")


@pytest.fixture
def cold(runners: Runners) -> Iterator[Client]:
    with closing(runners.get("go", "off").connect()) as client:
        yield client


@pytest.mark.parametrize(
    ("job", "used"),
    [
        ({"source": HELLO}, TOOLS),
        ({"source": WRONG}, {"compile"}),
        ({"source": "//go:build linux\n\n" + HELLO}, TOOLS),
        ({"source": HELLO, "files": {"other.go": b"package main\n"}}, TOOLS),
        ({"source": HELLO, "files": {"other.go": b"package other\n"}}, set()),
    ],
)
def test_a_plain_build_takes_what_waits_and_nothing_waits_beside_a_program_that_was_compiled(
    go: Client, place: Runner, job: dict[str, Any], used: set[str]
) -> None:
    """What `go build` makes has the tools dismissed."""
    before = waiting(place)
    go.run(**job)
    after = waiting(place)
    assert {tool for tool in TOOLS if before[tool] != after[tool]} == used


def test_a_build_that_is_handed_in_leaves_it_too(go: Client, place: Runner) -> None:
    _, built = go.build(HELLO)
    before = waiting(place)
    assert go.run(HELLO, built=built)["stdout"] == b"hello\n"
    assert waiting(place) == before


NEIGHBOURS = """
package main

import ("fmt"; "os"; "path/filepath")

func main() {
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, name := range names {
		comm, _ := os.ReadFile(name)
		fmt.Print(string(comm))
	}
}
"""


@pytest.mark.parametrize("header", ["", "//go:build linux\n"])
def test_a_compiled_program_has_no_tool_beside_it(go: Client, place: Runner, header: str) -> None:
    waiting(place)
    names = go.run(header + NEIGHBOURS)["stdout"].split()
    assert b"main" in names
    assert not TOOLS & {name.decode() for name in names}


COMPILER_OF_JOB = f"""
for p in /proc/[0-9]*; do
    case $(cat $p/comm 2>&1) in
    compile) grep -q '^Uid:.{UID}' $p/status && echo ${{p#/proc/}} ;;
    esac
done
"""


def test_a_compiler_that_waited_takes_limits_of_the_kernels_too(go: Client, place: Runner) -> None:
    """Else the compile stage of each job that has such a limit would be cold, and nobody would know."""
    before = waiting(place)
    limits = {"compile_open_files": 1000, "compile_file_size_bytes": 1 << 30, "compile_processes": 200}
    name, found, deadline = go.start(SLOW, limits=limits), "", time.monotonic() + DEADLINE
    while not found:
        assert time.monotonic() < deadline
        found = place.root("sh", "-c", COMPILER_OF_JOB)
    go.send({"type": "cancel", "job": name})
    assert go.finish()["outcome"] == "cancelled"
    assert found.split() == [str(before["compile"])]


def test_without_warm_starts_nothing_waits(cold: Client, runners: Runners) -> None:
    assert cold.run(HELLO)["stdout"] == b"hello\n"
    assert runners.get("go", "off").root("sh", "-c", WAITING) == ""


def _made(client: Client, source: str) -> tuple[dict[str, object], bytes | None]:
    result, built = client.build(source, b"one\ntwo\n", args=["a", "b c"])
    names = ("outcome", "stage", "exit_code", "signal", "truncated", "error", "stdout", "stderr")
    return {name: result[name] for name in (*names, "compile_stdout", "compile_stderr")}, built


@pytest.mark.parametrize("name", CASES["programs"])
def test_a_program_is_the_same_to_the_last_byte(go: Client, cold: Client, name: str) -> None:
    result, built = _made(go, CASES["programs"][name])
    assert (result["outcome"], built is None) == ("exited", False), result
    assert (result, built) == _made(cold, CASES["programs"][name])


@pytest.mark.parametrize("name", CASES["errors"])
def test_an_error_reads_the_same(go: Client, cold: Client, name: str) -> None:
    result, built = _made(go, CASES["errors"][name])
    assert (result["outcome"], built) == ("compile_error", None), result
    assert (result, built) == _made(cold, CASES["errors"][name])


def _compile(result: Header) -> tuple[str, str, str | None]:
    return result["outcome"], result["stage"], result["error"]


def test_a_compiler_that_is_cancelled_ends_and_the_next_job_finds_another(go: Client, place: Runner) -> None:
    for _ in range(3):
        waiting(place)
        name = go.start(SLOW)
        header, _ = go.receive_type("started")
        assert header["stage"] == "compile"
        go.send({"type": "cancel", "job": name})
        assert _compile(go.finish()) == ("cancelled", "compile", None)
        assert go.run(HELLO)["stdout"] == b"hello\n"


@pytest.mark.parametrize("wall_ms", [1, 5, 12, 20, 30])
def test_the_compile_stages_time_is_one_for_both_tools(go: Client, place: Runner, wall_ms: int) -> None:
    waiting(place)
    result = go.run(SLOW, limits={"compile_wall_ms": wall_ms})
    assert _compile(result) == ("timeout", "compile", None)
    assert go.run(HELLO)["stdout"] == b"hello\n"


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_one_that_was_killed_is_done_without_and_replaced(go: Client, place: Runner, tool: str) -> None:
    before = waiting(place)
    place.root("sh", "-c", f"kill -KILL {before[tool]}")
    assert go.run(HELLO)["stdout"] == b"hello\n"
    assert waiting(place)[tool] != before[tool]
    assert go.run(HELLO)["stdout"] == b"hello\n"


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_one_that_hangs_is_done_without(go: Client, place: Runner, tool: str) -> None:
    """It takes the order and does nothing: the stage's time limit ends that, or patience, if it was not ready yet."""
    before = waiting(place)
    place.root("sh", "-c", f"kill -STOP {before[tool]}")
    result = go.run(HELLO, limits={"compile_wall_ms": 300})
    assert result["outcome"] in {"timeout", "exited"}
    assert go.run(HELLO)["stdout"] == b"hello\n"
    assert waiting(place)[tool] != before[tool]


def test_what_waits_is_root_and_the_first_that_the_kernel_takes(go: Client, place: Runner) -> None:
    go.run(HELLO)
    waiting(place)
    said = " ".join(place.root("sh", "-c", HELD).split())
    of_one = "Uid: 0 0 0 0 Gid: 0 0 0 0 Groups: NoNewPrivs: 1 Seccomp: 2 1000"
    assert said == " ".join([of_one] * len(TOOLS))


def test_what_waits_is_counted_so_that_no_end_of_a_process_is_followed_by_a_hunt(go: Client, place: Runner) -> None:
    """A hunter that has killed is replaced; it does where the kernel counts more tasks than the agent knows of."""
    go.run(HELLO)
    waiting(place)
    hunter = place.root("sh", "-c", AGENTS)
    for source in (HELLO, WRONG):
        assert go.run(source)["outcome"] in {"exited", "compile_error"}
        waiting(place)
    assert place.root("sh", "-c", AGENTS) == hunter


def test_many_jobs_leave_no_process_no_descriptor_and_no_file(go: Client, place: Runner) -> None:
    def left() -> list[str]:
        waiting(place)
        return place.root("sh", "-c", COUNTS).split()

    go.run(HELLO)
    before = left()
    for number in range(40):
        source = HELLO.replace("hello", str(number)) if number % 4 else WRONG
        assert go.run(source)["stdout"] == (f"{number}\n".encode() if number % 4 else b"")
    assert left() == before
    assert before[1:] == ["agent", "agent", "compile", "link"]
