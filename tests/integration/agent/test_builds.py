"""What a compile stage makes: handed on, run again as if just compiled, and never what the program made of it."""

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.integration.agent.agent_client import Client, Header
from tests.integration.agent.conftest import Runners
from tests.integration.agent.containers import runner

pytestmark = pytest.mark.docker

ADDRESS = re.compile(rb"0x[0-9a-f]+")
HELLO = 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("hello")\n}\n'


def program(body: str, *imports: str) -> str:
    lines = "".join(f'\t"{name}"\n' for name in imports)
    return f"package main\n\nimport (\n{lines})\n\nfunc main() {{\n{body}\n}}\n"


WHAT_IT_SEES = program(
    """
	_, file, line, _ := runtime.Caller(0)
	info, ok := debug.ReadBuildInfo()
	own, _ := os.Executable()
	text, _ := io.ReadAll(os.Stdin)
	where, _ := os.Getwd()
	fmt.Println(file, line, ok, info, own, os.Args, where, string(text))
	fmt.Println(os.Getuid(), os.Getpid() > 1, runtime.Version())
	env := os.Environ()
	sort.Strings(env)
	fmt.Println(env)
	for _, top := range []string{"/job", "/tmp", "/dev/shm"} {
		filepath.Walk(top, func(path string, about os.FileInfo, err error) error {
			fmt.Println(path, about.Mode(), about.Size() * int64(len(filepath.Ext(path))), err)
			return nil
		})
	}
	content, _ := os.ReadFile(own)
	fmt.Printf("%x\\n", sha256.Sum256(content))""",
    *("crypto/sha256", "fmt", "io", "os", "path/filepath", "runtime", "runtime/debug", "sort"),
)
PROGRAMS: dict[str, tuple[str, dict[str, bytes]]] = {
    "sees": (WHAT_IT_SEES, {"data/x.txt": b"1"}),
    "sees, by go build": ("//go:build linux\n\n" + WHAT_IT_SEES, {}),
    "exit code": (program('\tfmt.Print("x")\n\tos.Exit(7)', "fmt", "os"), {}),
    "panic": (program('\tvar m map[string]int\n\tm["a"] = 1'), {}),
    "signal": (program("\tsyscall.Kill(syscall.Getpid(), syscall.SIGKILL)\n\tselect {}", "syscall"), {}),
    "files": (
        "package main\n\nfunc main() { println(other()) }\n",
        {"other.go": b"package main\n\nfunc other() int { return 7 }\n"},
    ),
    "module": (
        'package main\n\nimport "example.com/x/sub"\n\nfunc main() { println(sub.Seven()) }\n',
        {
            "go.mod": b"module example.com/x\n\ngo 1.25\n",
            "sub/seven.go": b"package sub\n\nfunc Seven() int { return 7 }\n",
        },
    ),
}


def essence(result: Header) -> dict[str, object]:
    names = ("outcome", "stage", "exit_code", "signal", "truncated", "error", "compile_stdout", "compile_stderr")
    return {name: result[name] for name in names} | {
        name: ADDRESS.sub(b"", result[name]) for name in ("stdout", "stderr")
    }


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_was_built_before_behaves_as_one_that_is_compiled(go: Client, name: str) -> None:
    source, files = PROGRAMS[name]
    job: dict[str, Any] = {"stdin": b"in", "args": ["a", "b c"], "files": files}
    compiled, built = go.build(source, **job)
    assert built is not None, compiled
    assert compiled["compile"]["cached"] is False
    again = go.run(source, built=built, **job)
    assert essence(again) == essence(compiled)
    assert again["compile"] == {
        "exit_code": 0,
        "duration_ms": 0.0,
        "cpu_ms": 0.0,
        "memory_peak_bytes": 0,
        "cached": True,
    }


def test_only_runners_that_know_of_builds_say_so(go: Client, python: Client) -> None:
    assert (go.hello["caches"], python.hello["caches"]) == (True, False)


def test_nothing_is_compiled_where_there_is_a_build(go: Client) -> None:
    """Nor is there such a stage, also where the executor would have changed the container's size in between."""
    _, built = go.build(HELLO)
    job = go.start("no Go at all", built=built, hold=True)
    assert go.receive() == ({"type": "started", "job": job, "stage": "run"}, b"")
    assert go.finish()["stdout"] == b"hello\n"


def test_a_build_is_handed_on_after_a_hold(go: Client) -> None:
    job = go.start(HELLO, hold=True, keep=1 << 24)
    go.receive_type("compiled")
    go.send({"type": "run", "job": job})
    go.receive_type("result")
    header, built = go.receive()
    assert header == {"type": "built", "job": job}
    assert built.startswith(b"\x7fELF")


@pytest.mark.parametrize(
    ("source", "job"),
    [
        (HELLO, {"keep": 0}),
        (HELLO, {"keep": 1000}),
        ("package main\n\nfunc main() {\n\tx := 1\n}\n", {}),
        (HELLO, {"files": {"main/x": b"the name that the executable would have"}}),
        (HELLO, {"limits": {"compile_wall_ms": 5}}),
    ],
)
def test_there_is_nothing_to_hand_on(go: Client, source: str, job: dict[str, Any]) -> None:
    """Not asked for, too large, not compiled, not where it belongs, out of time."""
    _, built = go.build(source, **job)
    assert built is None


OVERWRITTEN = program(
    """
	shell := "cat /bin/true > /job/main; echo $?"
	syscall.Exec("/bin/sh", []string{"sh", "-c", shell}, nil)""",
    "syscall",
)
LINKED_AND_CHANGED = program(
    """
	os.Link("/job/main", "/job/other")
	shell := "printf bad | dd of=/job/other bs=1 seek=4096 conv=notrunc 2>/dev/null; echo $?"
	syscall.Exec("/bin/sh", []string{"sh", "-c", shell}, nil)""",
    *("os", "syscall"),
)
REPLACED = program(
    """
	os.Remove("/job/main")
	fmt.Println(os.WriteFile("/job/main", []byte("#!/bin/sh\\necho poisoned\\n"), 0o755))""",
    *("fmt", "os"),
)
LINKED = program(
    """
	os.Remove("/job/main")
	fmt.Println(os.Symlink("/bin/true", "/job/main"))""",
    *("fmt", "os"),
)


@pytest.mark.parametrize("source", [OVERWRITTEN, LINKED_AND_CHANGED])
def test_a_program_that_changes_its_own_file_leaves_no_build(go: Client, source: str) -> None:
    result, built = go.build(source)
    assert result["stdout"] == b"0\n", result
    assert built is None


@pytest.mark.parametrize("source", [REPLACED, LINKED])
def test_what_a_program_puts_in_its_place_is_not_what_is_handed_on(go: Client, source: str) -> None:
    first, built = go.build(source)
    assert first["stdout"] == b"<nil>\n"
    assert built is not None
    assert built.startswith(b"\x7fELF")
    assert essence(go.run(source, built=built)) == essence(first)


SLEEPING = program("\ttime.Sleep(time.Minute)", "time")
ECHOING = program("\tio.Copy(os.Stdout, os.Stdin)", "io", "os")


def test_a_job_that_is_cut_short_leaves_its_build_all_the_same(go: Client) -> None:
    result, built = go.build(SLEEPING, limits={"wall_ms": 300})
    assert (result["outcome"], built is not None) == ("timeout", True)


def test_a_job_that_was_built_before_can_be_cancelled(go: Client) -> None:
    _, built = go.build(SLEEPING, limits={"wall_ms": 300})
    job = go.start(SLEEPING, built=built)
    go.receive_type("started")
    go.send({"type": "cancel", "job": job})
    assert go.finish()["outcome"] == "cancelled"


def test_a_job_that_was_built_before_gets_its_input_as_it_comes(go: Client) -> None:
    _, built = go.build(ECHOING)
    job = go.start(ECHOING, stdin=None, built=built, live_after_ms=0)
    go.send({"type": "stdin", "job": job, "eof": False}, b"one")
    assert go.receive_type("output")[1] == b"one"
    go.send({"type": "stdin", "job": job, "eof": True}, b"two")
    assert go.finish()["stdout"] == b"onetwo"


def test_a_build_that_cannot_be_started_is_our_fault(go: Client) -> None:
    result = go.run(HELLO, built=b"no program")
    assert result["outcome"] == "internal_error"
    assert "main" in result["error"]


def test_a_build_for_a_runner_that_compiles_nothing_is_our_fault(python: Client) -> None:
    assert python.run("print(1)", built=b"x")["outcome"] == "internal_error"
    assert python.run("print(1)")["stdout"] == b"1\n"


FILLING = program(
    """
	syscall.Exec("/bin/dd", []string{"dd", "if=/dev/zero", "of=/job/x", "bs=4k"}, nil)""",
    "syscall",
)


def test_a_build_of_a_program_that_fills_the_memory_is_handed_on(tmp_path: Path) -> None:
    """What is left then are files: until they are deleted a build that is read has no room but in the agent's place."""
    with runner("go", tmp_path) as place, closing(place.connect()) as client:
        for _ in range(5):
            job = client.start(FILLING, hold=True, keep=1 << 24)
            client.receive_type("compiled")
            place.resize(64 << 20, 256)
            client.send({"type": "run", "job": job})
            result, _ = client.receive_type("result")
            assert result["outcome"] == "memory_limit"
            assert client.receive()[0] == {"type": "built", "job": job}
            assert client.receive()[0] == {"type": "ready"}
            place.resize(1 << 30, 256)


def test_builds_leave_neither_memory_nor_descriptors_with_the_agent(runners: Runners) -> None:
    """The agent has 16 MiB of the container for itself; what it keeps is missing there."""
    place = runners.get("go")

    def held() -> tuple[int, int]:
        status = place.root("/opt/agent/bin/python3.13", "-IS", "-c", "print(open('/proc/1/status').read())")
        resident = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert resident is not None
        return int(resident[1]), len(place.root("ls", "/proc/1/fd").split())

    with closing(place.connect()) as client:
        _, built = client.build(HELLO)
        memory, descriptors = held()
        for _ in range(5):
            client.build(HELLO)
            client.run(HELLO, built=built)
        memory_after, descriptors_after = held()
    assert descriptors_after == descriptors
    assert memory_after < memory + 4096
