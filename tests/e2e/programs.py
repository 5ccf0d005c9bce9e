"""Small programs and what the service must answer to each, as data. Fields that are not named are as in DEFAULTS."""

from dataclasses import dataclass, field
from typing import Any

DEFAULTS: dict[str, Any] = {
    "status": "succeeded",
    "stdout": "",
    "stderr": "",
    "exit_code": 0,
    "signal": None,
    "stage": "run",
    "truncated": {"stdout": False, "stderr": False},
    "attempts": 1,
    "error": None,
}


@dataclass(frozen=True)
class Program:
    """`expected` is compared field by field; `patterns` are regular expressions for the whole of a text field.

    A program with a `timeout` is one that runs into it.
    """

    name: str
    language: str
    code: str
    expected: dict[str, Any] = field(default_factory=dict)
    stdin: str = ""
    timeout: str | None = None
    patterns: dict[str, str] = field(default_factory=dict)

    @property
    def answer(self) -> dict[str, Any]:
        """Every field that must be equal."""
        limit = {"error": f"the program took longer than its limit of {self.timeout}"} if self.timeout else {}
        known = {**DEFAULTS, **limit, **self.expected}
        return {name: value for name, value in known.items() if name not in self.patterns}


def go(body: str, *imports: str) -> str:
    """A Go program around the body of its main."""
    lines = "".join(f'import "{path}"\n' for path in imports)
    return f"package main\n\n{lines}\nfunc main() {{\n{body}\n}}\n"


TEXT = "Grüße, 世界 👋 e\u0301 \u2028 \ufeff end"
FAILED = {"status": "failed"}
LIMIT = 65536

PYTHON = (
    Program("hello", "python", "print('hello')", {"stdout": "hello\n"}),
    Program("nothing", "python", ""),
    Program("stdin", "python", "import sys; print(sys.stdin.read()[::-1])", {"stdout": "cba\n"}, stdin="abc"),
    Program("no stdin", "python", "import sys; print(repr(sys.stdin.read()))", {"stdout": "''\n"}),
    Program("input", "python", "print(int(input()) + int(input()))", {"stdout": "42\n"}, stdin="40\n2\n"),
    Program("exit 3", "python", "import sys; sys.exit(3)", {**FAILED, "exit_code": 3}),
    Program("exit 255", "python", "import os; os._exit(255)", {**FAILED, "exit_code": 255}),
    Program("exit text", "python", "raise SystemExit('no')", {**FAILED, "exit_code": 1, "stderr": "no\n"}),
    Program(
        "stderr", "python", "import sys; print('e', file=sys.stderr); print('o')", {"stdout": "o\n", "stderr": "e\n"}
    ),
    Program("unicode", "python", f"print(input() == {TEXT!r}, '{TEXT}')", {"stdout": f"True {TEXT}\n"}, stdin=TEXT),
    Program("NUL", "python", "import sys; print(repr(sys.stdin.read()), '\\0')", {"stdout": "'a\\x00b' \0\n"}, "a\0b"),
    Program(
        "not UTF-8",
        "python",
        "import sys; sys.stdout.buffer.write(b'a\\xff\\xfeb'); sys.stderr.buffer.write(b'\\xe9')",
        {"stdout": "a\ufffd\ufffdb", "stderr": "\ufffd"},
    ),
    Program(
        "SIGSEGV", "python", "import os; os.kill(os.getpid(), 11)", {**FAILED, "exit_code": None, "signal": "SIGSEGV"}
    ),
    Program(
        "SIGKILL", "python", "import os; os.kill(os.getpid(), 9)", {**FAILED, "exit_code": None, "signal": "SIGKILL"}
    ),
    Program(
        "abort",
        "python",
        "import os; print('before', flush=True); os.abort()",
        {**FAILED, "exit_code": None, "signal": "SIGABRT", "stdout": "before\n"},
    ),
    Program(
        "traceback",
        "python",
        "def f():\n    raise ValueError('no')\nf()\n",
        {**FAILED, "exit_code": 1},
        patterns={
            "stderr": r"Traceback \(most recent call last\):\n"
            r'  File "[^"]*/main\.py", line 3, in <module>\n    f\(\)\n(?:    ~\^\^\n)?'
            r'  File "[^"]*/main\.py", line 2, in f\n    raise ValueError\(\'no\'\)\nValueError: no\n'
        },
    ),
    Program(
        "syntax error",
        "python",
        "print(\n",
        {**FAILED, "exit_code": 1},
        patterns={"stderr": r'  File "[^"]*/main\.py", line 1\n    print\(\n.*\nSyntaxError: .* never closed\n'},
    ),
    Program(
        "as main",
        "python",
        "import sys, os\nprint(__name__, os.path.basename(__file__), [os.path.basename(a) for a in sys.argv])",
        {"stdout": "__main__ main.py ['main.py']\n"},
    ),
    Program(
        "timeout",
        "python",
        "import time\nprint('partial', flush=True)\ntime.sleep(30)",
        {"status": "timeout", "exit_code": None, "stdout": "partial\n"},
        timeout="1s",
    ),
    Program("busy loop", "python", "while True: pass", {"status": "timeout", "exit_code": None}, timeout="500ms"),
    Program(
        "child holds the output",
        "python",
        "import subprocess; subprocess.Popen(['sleep', '30']); print('done')",
        {"stdout": "done\n"},
    ),
    Program(
        "truncated",
        "python",
        "import sys; print('x' * 1_000_000); print('end', file=sys.stderr); sys.exit(5)",
        {
            "status": "failed",
            "exit_code": 5,
            "stdout": "x" * LIMIT,
            "stderr": "end\n",
            "truncated": {"stdout": True, "stderr": False},
        },
    ),
    Program(
        "truncated in a character",
        "python",
        "print('€' * 100_000)",
        {"stdout": "€" * (LIMIT // 3), "truncated": {"stdout": True, "stderr": False}},
    ),
    Program("exactly the limit", "python", f"print('x' * {LIMIT}, end='')", {"stdout": "x" * LIMIT}),
)

JAVASCRIPT = (
    Program("hello", "javascript", "console.log('hello')", {"stdout": "hello\n"}),
    Program("nothing", "javascript", ""),
    Program(
        "stdin",
        "javascript",
        "process.stdin.on('data', d => process.stdout.write(d.toString().toUpperCase()))",
        {"stdout": "ABC\n"},
        stdin="abc\n",
    ),
    Program(
        "stdin at once",
        "javascript",
        "console.log(require('fs').readFileSync(0, 'utf8').split('\\n').length)",
        {"stdout": "3\n"},
        stdin="1\n2\n",
    ),
    Program("exit 4", "javascript", "process.exit(4)", {**FAILED, "exit_code": 4}),
    Program(
        "exitCode", "javascript", "process.exitCode = 6; console.log(1)", {**FAILED, "exit_code": 6, "stdout": "1\n"}
    ),
    Program("stderr", "javascript", "console.error('e'); console.log('o')", {"stdout": "o\n", "stderr": "e\n"}),
    Program("unicode", "javascript", f"console.log('{TEXT}')", {"stdout": f"{TEXT}\n"}),
    Program(
        "NUL",
        "javascript",
        "process.stdout.write(require('fs').readFileSync(0)); process.stdout.write('\\0')",
        {"stdout": "a\0b\0"},
        stdin="a\0b",
    ),
    Program("not UTF-8", "javascript", "process.stdout.write(Buffer.from([97, 255, 98]))", {"stdout": "a\ufffdb"}),
    Program(
        "SIGTERM",
        "javascript",
        "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 5000)",
        {**FAILED, "exit_code": None, "signal": "SIGTERM"},
    ),
    Program(
        "abort",
        "javascript",
        "process.abort()",
        {**FAILED, "exit_code": None, "signal": "SIGABRT"},
        patterns={"stderr": r"(?s).*"},
    ),
    Program(
        "throws",
        "javascript",
        "\nthrow new Error('no')",
        {**FAILED, "exit_code": 1},
        patterns={"stderr": r"(?s)/\S*/main\.js:2\nthrow new Error\('no'\)\n\^\n\nError: no\n    at .*Node\.js v\S+\n"},
    ),
    Program(
        "as main",
        "javascript",
        "console.log(require.main === module, require('path').basename(__filename), process.argv.length)",
        {"stdout": "true main.js 2\n"},
    ),
    Program("timers", "javascript", "setTimeout(() => console.log('late'), 50)", {"stdout": "late\n"}),
    Program(
        "timeout",
        "javascript",
        "console.log('partial'); setInterval(() => {}, 1000)",
        {"status": "timeout", "exit_code": None, "stdout": "partial\n"},
        timeout="1s",
    ),
    Program("busy loop", "javascript", "for (;;);", {"status": "timeout", "exit_code": None}, timeout="500ms"),
    Program(
        "truncated",
        "javascript",
        "process.stderr.write('y'.repeat(300000)); console.log('end')",
        {"stdout": "end\n", "stderr": "y" * LIMIT, "truncated": {"stdout": False, "stderr": True}},
    ),
)

COMPILED = {"exit_code": 0, "stdout": "", "stderr": ""}
READ_ALL = "\tb, _ := io.ReadAll(os.Stdin)\n\tos.Stdout.Write(b)\n\tos.Stdout.Write([]byte{0})"
GO = (
    Program("hello", "go", go('\tfmt.Println("hello")', "fmt"), {"stdout": "hello\n", "compile": COMPILED}),
    Program("nothing", "go", go("")),
    Program("stdin and NUL", "go", go(READ_ALL, "io", "os"), {"stdout": "a\0b\0"}, stdin="a\0b"),
    Program("exit 9", "go", go("\tos.Exit(9)", "os"), {**FAILED, "exit_code": 9}),
    Program("stderr", "go", go('\tprintln("e")\n\tfmt.Println("o")', "fmt"), {"stdout": "o\n", "stderr": "e\n"}),
    Program(
        "unicode",
        "go",
        go(f"\tfmt.Println(`{TEXT.replace(chr(0xFEFF), '')}`)", "fmt"),
        {"stdout": TEXT.replace("\ufeff", "") + "\n"},
    ),
    Program("not UTF-8", "go", go("\tos.Stdout.Write([]byte{97, 255, 98})", "os"), {"stdout": "a\ufffdb"}),
    Program(
        "SIGKILL",
        "go",
        go("\tsyscall.Kill(syscall.Getpid(), syscall.SIGKILL)\n\tselect {}", "syscall"),
        {**FAILED, "exit_code": None, "signal": "SIGKILL"},
    ),
    Program(
        "panic",
        "go",
        go('\tpanic("no")'),
        {**FAILED, "exit_code": 2},
        patterns={
            "stderr": r"panic: no\n\ngoroutine 1 \[running\]:\nmain\.main\(\)\n\t\S*/main\.go:\d+ \+0x[0-9a-f]+\n"
        },
    ),
    Program(
        "compile error",
        "go",
        go("\tfmt.Println(undefinedName)\n\tvar unused int\n", "fmt"),
        {
            "status": "compile_error",
            "exit_code": None,
            "stage": "compile",
            "compile": {
                "exit_code": 1,
                "stdout": "",
                "stderr": "# command-line-arguments\n"
                "./main.go:6:14: undefined: undefinedName\n"
                "./main.go:7:6: declared and not used: unused\n",
            },
        },
    ),
    Program(
        "syntax error",
        "go",
        "package main\n\nfunc main() {\n",
        {
            "status": "compile_error",
            "exit_code": None,
            "stage": "compile",
            "compile": {
                "exit_code": 1,
                "stdout": "",
                "stderr": "# command-line-arguments\n./main.go:4:1: syntax error: unexpected EOF, expected }\n",
            },
        },
    ),
    Program(
        "timeout",
        "go",
        go('\tfmt.Println("partial")\n\tselect { case <-time.After(time.Minute): }', "fmt", "time"),
        {"status": "timeout", "exit_code": None, "stdout": "partial\n"},
        timeout="1s",
    ),
    Program("busy loop", "go", go("\tfor {\n\t}"), {"status": "timeout", "exit_code": None}, timeout="500ms"),
    Program(
        "truncated",
        "go",
        go('\tfmt.Print(strings.Repeat("z", 1000000))\n\tprintln("end")', "fmt", "strings"),
        {"stdout": "z" * LIMIT, "stderr": "end\n", "truncated": {"stdout": True, "stderr": False}},
    ),
)

PROGRAMS = PYTHON + JAVASCRIPT + GO
