"""What one job gives: output, exit status, signals, limits, in real runner containers."""

from contextlib import closing

import pytest

from tests.integration.agent.agent_client import Client
from tests.integration.agent.conftest import Runners

pytestmark = pytest.mark.docker

GO = 'package main\n\nimport (\n\t"fmt"\n\t"os"\n)\n\nfunc main() {\n\tfmt.Println("hello")\n\tos.Exit(3)\n}\n'


def test_python_prints_and_exits(python: Client) -> None:
    result = python.run("import sys; print('hello'); print('oops', file=sys.stderr); sys.exit(3)")
    assert (result["outcome"], result["exit_code"], result["signal"]) == ("exited", 3, None)
    assert (result["stdout"], result["stderr"], result["stage"]) == (b"hello\n", b"oops\n", "run")
    assert result["compile"] is None


def test_javascript_prints_and_exits(javascript: Client) -> None:
    result = javascript.run("console.log('hello'); console.error('oops'); process.exit(3)")
    assert (result["outcome"], result["exit_code"]) == ("exited", 3)
    assert (result["stdout"], result["stderr"]) == (b"hello\n", b"oops\n")


def test_javascript_module_syntax_is_found_out(javascript: Client) -> None:
    result = javascript.run("import { sep } from 'node:path';\nconsole.log(sep, await 7);")
    assert (result["exit_code"], result["stdout"]) == (0, b"/ 7\n")


def test_go_is_compiled_and_run(go: Client) -> None:
    result = go.run(GO)
    assert (result["outcome"], result["exit_code"], result["stdout"]) == ("exited", 3, b"hello\n")
    assert result["compile"]["exit_code"] == 0
    assert result["compile"]["duration_ms"] > 0


def test_go_compile_error_reads_as_from_go_build(go: Client) -> None:
    result = go.run("package main\n\nfunc main() {\n\tx := 1\n}\n")
    assert (result["outcome"], result["stage"], result["exit_code"]) == ("compile_error", "compile", None)
    assert result["compile"]["exit_code"] == 1
    assert result["compile_stderr"] == b"# command-line-arguments\n./main.go:4:2: declared and not used: x\n"


def test_go_outside_of_the_plain_path_goes_through_go_build(go: Client) -> None:
    source = "//go:build linux\n\n/* a comment */\npackage main\n\nfunc main() { println(len(`x`)) }\n"
    assert go.run(source)["stderr"] == b"1\n"
    internal = go.run('package main\n\nimport _ "internal/abi"\n\nfunc main() {}\n')
    assert internal["outcome"] == "compile_error"
    assert b"use of internal package internal/abi not allowed" in internal["compile_stderr"]


@pytest.mark.parametrize("size", [0, 5, 1 << 20])
def test_stdin_arrives_whole(python: Client, size: int) -> None:
    result = python.run("import sys; print(len(sys.stdin.buffer.read()))", stdin=b"x" * size)
    assert result["stdout"] == f"{size}\n".encode()


def test_stdin_may_come_later(python: Client) -> None:
    job = python.start("print(input()); print(input())", stdin=None)
    python.send({"type": "stdin", "job": job, "eof": False}, b"first\n")
    python.send({"type": "stdin", "job": job, "eof": True}, b"second\n")
    assert python.finish()["stdout"] == b"first\nsecond\n"


def test_stdin_that_nobody_reads_does_no_harm(python: Client) -> None:
    assert python.run("import os; os.close(0); print(1)", stdin=b"x" * 500_000)["stdout"] == b"1\n"


@pytest.mark.parametrize("number", ["SIGSEGV", "SIGKILL", "SIGTERM", "SIGABRT"])
def test_a_signal_is_named(python: Client, number: str) -> None:
    result = python.run(f"import os, signal; os.kill(os.getpid(), signal.{number})")
    assert (result["outcome"], result["signal"], result["exit_code"]) == ("signaled", number, None)


def test_unicode_and_other_bytes_pass_unchanged(python: Client) -> None:
    result = python.run("import sys; print('Grüße 🎉'); sys.stdout.flush(); sys.stdout.buffer.write(bytes(range(256)))")
    assert result["stdout"] == "Grüße 🎉\n".encode() + bytes(range(256))


def test_arguments_and_files_reach_the_program(python: Client) -> None:
    source = "import sys; print(sys.argv[1:], open('data/x.txt').read())"
    result = python.run(source, args=["a b", "ü"], files={"data/x.txt": b"content"})
    assert result["stdout"] == "['a b', 'ü'] content\n".encode()


def test_python_imports_what_lies_beside_it(python: Client) -> None:
    """Also again and again, warm: nothing of the job before is remembered."""
    for number in range(3):
        files = {"helper.py": f"x = {number}".encode(), "pkg/__init__.py": b"", "pkg/deep.py": b"y = 7"}
        result = python.run("import helper, pkg.deep; print(helper.x, pkg.deep.y)", files=files)
        assert (result["stdout"], result["stderr"]) == (f"{number} 7\n".encode(), b"")


def test_javascript_requires_what_lies_beside_it(javascript: Client) -> None:
    for number in range(3):
        files = {"helper.js": f"module.exports = {number}".encode(), "data/x.json": b'{"y": 7}'}
        source = "console.log(require('./helper'), require('./data/x.json').y, process.argv.slice(2))"
        result = javascript.run(source, files=files, args=["-v", "ü"])
        assert (result["stdout"], result["stderr"]) == (f"{number} 7 [ '-v', 'ü' ]\n".encode(), b"")


def test_javascript_takes_its_kind_from_a_package_json(javascript: Client) -> None:
    files = {"package.json": b'{"type": "module"}', "helper.js": b"export const x = 7;"}
    assert javascript.run("import { x } from './helper.js'; console.log(x)", files=files)["stdout"] == b"7\n"


def test_go_builds_its_package(go: Client) -> None:
    """Files beside main.go belong to it, and a module has packages of its own."""
    source = 'package main\n\nimport "os"\n\nfunc main() { println(helper(), os.Args[1]) }\n'
    result = go.run(source, args=["-v"], files={"helper.go": b"package main\n\nfunc helper() int { return 7 }\n"})
    assert result["stderr"] == b"7 -v\n"
    files = {"go.mod": b"module example.com/x\n", "sub/sub.go": b"package sub\n\nconst X = 8\n"}
    source = 'package main\n\nimport "example.com/x/sub"\n\nfunc main() { println(sub.X) }\n'
    assert go.run(source, files=files)["stderr"] == b"8\n"


def test_a_file_outside_of_the_work_directory_is_refused(python: Client) -> None:
    result = python.run("print(1)", files={"../tmp/x": b""})
    assert result["outcome"] == "internal_error"
    assert "outside of the work directory" in result["error"]


def test_timeout_keeps_what_was_written(python: Client) -> None:
    result = python.run("print('partial', flush=True)\nwhile True: pass", limits={"wall_ms": 300})
    assert (result["outcome"], result["stdout"]) == ("timeout", b"partial\n")
    assert 300 <= result["duration_ms"] < 2000


def test_compile_timeout_is_one_of_the_compile_stage(go: Client) -> None:
    result = go.run(GO, limits={"compile_wall_ms": 1})
    assert (result["outcome"], result["stage"]) == ("timeout", "compile")


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        ({"compile_cpu_ms": 1}, "cpu_limit"),
        ({"compile_memory_bytes": 1 << 20}, "memory_limit"),
        ({"compile_file_size_bytes": 1000}, "compile_error"),
        ({"compile_open_files": 3}, "compile_error"),
    ],
)
def test_the_compile_stage_has_limits_of_its_own(go: Client, limits: dict[str, int], outcome: str) -> None:
    """And the program's are not held against the compiler."""
    result = go.run(GO, limits=limits)
    assert (result["outcome"], result["stage"]) == (outcome, "compile"), result
    small = {"cpu_ms": 50, "memory_bytes": 32 << 20, "file_size_bytes": 1000, "open_files": 20}
    assert go.run(GO, limits=small)["stdout"] == b"hello\n"


def test_a_package_that_is_no_program_is_a_compile_error(go: Client) -> None:
    result = go.run("package other\n\nfunc main() {}\n")
    assert (result["outcome"], result["stage"], result["error"]) == ("compile_error", "compile", None)
    assert result["compile_stderr"] == b"package command-line-arguments is not a main package\n"
    assert result["compile"]["exit_code"] == 1


def test_a_node_that_waited_takes_limits_of_the_kernels_too(javascript: Client) -> None:
    """Else each job that has such a limit would start cold. A process that waited is older than its run."""
    result = javascript.run("console.log(process.uptime())", limits={"open_files": 500, "file_size_bytes": 1 << 20})
    assert float(result["stdout"]) * 1000 > result["duration_ms"]


def test_what_a_compiler_says_is_truncated_at_its_own_limit(go: Client) -> None:
    result = go.run("package main\n\nfunc main() {\n\tx := 1\n}\n", limits={"compile_output_bytes": 10})
    assert result["compile_stderr"] == b"# command-line-arguments\n./main.go:"
    assert result["truncated"] == {"stdout": False, "stderr": False, "compile_stdout": False, "compile_stderr": True}


def test_the_jobs_user_has_a_name_whatever_its_number(runners: Runners) -> None:
    source = "import os, pwd; print(os.getuid(), pwd.getpwuid(os.getuid()).pw_name, pwd.getpwuid(65534).pw_name)"
    with closing(runners.get("python").connect()) as client:
        assert client.run(source, uid=0x7000_0001, gid=65534)["stdout"] == b"1879048193 job nobody\n"
        assert client.run(source)["stdout"] == b"65534 nobody nobody\n"


def test_a_runner_is_made_ready_for_the_user_that_comes(runners: Runners) -> None:
    """And never for root."""
    with closing(runners.get("python").connect()) as client:
        client.send({"type": "prepare", "uid": 4242, "gid": 4242})
        # In the order of process ids: the standby was there before the job was sent.
        client.send({"type": "ping"})
        client.receive_type("pong")
        assert client.run("import os; print(os.getuid())", uid=4242, gid=4242)["stdout"] == b"4242\n"
        client.send({"type": "prepare", "uid": 0, "gid": 0})
        assert "never run as root" in client.receive_type("refused")[0]["reason"]


def test_cpu_limit_counts_the_whole_tree(python: Client) -> None:
    source = "import os\nfor _ in range(2): os.fork()\nwhile True: pass"
    result = python.run(source, limits={"cpu_ms": 300})
    assert result["outcome"] == "cpu_limit"
    assert 300 <= result["cpu_ms"] < 1500


def test_memory_limit_comes_from_the_kernels_own_count(python: Client) -> None:
    result = python.run(
        "print('partial', flush=True)\nx = bytearray(1 << 30)\nfor i in range(0, 1 << 30, 4096): x[i] = 1"
    )
    assert (result["outcome"], result["stdout"]) == ("memory_limit", b"partial\n")


def test_a_memory_limit_below_the_containers(python: Client) -> None:
    source = "import time\nx = b'x' * (200 << 20)\ntime.sleep(5)"
    assert python.run(source, limits={"memory_bytes": 100 << 20})["outcome"] == "memory_limit"


def test_output_over_the_cap_is_drained(python: Client) -> None:
    source = "import sys\nfor _ in range(100): sys.stdout.write('x' * 100_000)\nprint('end', file=sys.stderr)"
    result = python.run(source, limits={"output_bytes": 1000})
    assert (result["outcome"], result["exit_code"]) == ("exited", 0)
    assert (result["stdout"], result["stderr"]) == (b"x" * 1000, b"end\n")
    assert result["truncated"] == {"stdout": True, "stderr": False, "compile_stdout": False, "compile_stderr": False}


def test_file_size_and_open_files_are_limited(python: Client) -> None:
    source = "import resource\ntry:\n with open('f', 'wb') as f: f.write(b'x' * 2000)\n"
    source += "except OSError as e: print(e.errno)\nprint(resource.getrlimit(resource.RLIMIT_NOFILE))"
    result = python.run(source, limits={"file_size_bytes": 1000, "open_files": 50})
    assert result["stdout"] == b"27\n(50, 50)\n"


def test_live_output_comes_before_the_result(python: Client) -> None:
    job = python.start("print('now', flush=True); input()", stdin=None, live_after_ms=0)
    header, chunk = python.receive_type("output")
    assert (header["stream"], chunk) == ("stdout", b"now\n")
    python.send({"type": "stdin", "job": job, "eof": True}, b"\n")
    assert python.finish()["stdout"] == b"now\n"


def test_started_names_the_stages(go: Client) -> None:
    go.start(GO)
    assert [go.receive_type("started")[0]["stage"] for _ in range(2)] == ["compile", "run"]
    go.finish()


def test_who_does_not_ask_is_not_told_of_stages(go: Client) -> None:
    go.start(GO, tell_stages=False)
    assert go.receive()[0]["type"] == "result"


def test_root_is_refused(python: Client) -> None:
    python.start("print(1)", uid=0)
    assert "never run as root" in python.receive_type("refused")[0]["reason"]
