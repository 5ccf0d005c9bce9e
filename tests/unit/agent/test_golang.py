"""Which Go programs take the direct way to compiler and linker."""

from pathlib import Path

import pytest

from actors.agent import golang, layout
from actors.agent.execution import Ended
from actors.agent.request import Limits, Request

TRACE = """cd /job
/usr/local/go/pkg/tool/linux_amd64/compile -o $WORK/b001/_pkg_.a -trimpath "$WORK/b001=>" -p main -lang=go1.25 \
-complete -buildid a/b -goversion go1.25.5 -c=2 -nolocalimports -importcfg $WORK/b001/importcfg -pack ./main.go
GOROOT='/usr/local/go' /usr/local/go/pkg/tool/linux_amd64/link -o $WORK/b001/exe/a.out -importcfg x -buildmode=exe \
-buildid=c -extld=gcc $WORK/b001/_pkg_.a
"""
PLAIN = [
    b"package main\nfunc main() {}\n",
    b'// hello\n\npackage main\n\nimport "fmt"\n\nfunc main() { fmt.Println(1) }\n',
    b'package main\r\nimport (\r\n\t"fmt"\r\n\t_ "os" // why\r\n\r\n\tj "encoding/json"\r\n)\r\nfunc main() {}',
    b'package main; import "fmt"; import . "os"; func main() {}',
]
NOT_PLAIN = [
    b"",
    b"package other\nfunc main() {}",
    b"//go:build linux\n\npackage main\nfunc main() {}",
    b"// +build linux\n\npackage main\nfunc main() {}",
    b'package main\nimport "C"\nfunc main() {}',
    b'package main\nimport "internal/abi"\nfunc main() {}',
    b'package main\nimport "example.com/x"\nfunc main() {}',
    b"package main\nimport `fmt`\nfunc main() {}",
    b'package main\n/* c */ import "fmt"\nfunc main() {}',
    b'package main\nimport "embed"\n//go:embed x\nvar f embed.FS\nfunc main() {}',
]


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> golang.Go:
    (tmp_path / "pkg/tool/linux_amd64").mkdir(parents=True)
    (tmp_path / "packages").write_text("fmt\nos\nencoding/json\nembed\ninternal/abi\nvendor/golang.org/x/net\n")
    (tmp_path / "trace").write_text(TRACE)
    monkeypatch.setattr(layout, "GO_STD", str(tmp_path))
    monkeypatch.setattr(layout, "GO_ROOT", str(tmp_path))
    return golang.Go()


def ended(status: int) -> Ended:
    return Ended(status, None, False, 0.0, 0.0, 0, b"", b"", (False, False), None)


def _first_program(go: golang.Go, source: bytes, **files: bytes) -> str:
    request = Request("a", 1, 1, 1, Limits(1, 1), Limits(1, 1), source=source, files=files)
    return next(go.compile(request)).argv[0]


@pytest.mark.parametrize("source", PLAIN)
def test_plain_programs_go_straight_to_the_compiler(go: golang.Go, source: bytes) -> None:
    assert _first_program(go, source) == "compile"


@pytest.mark.parametrize("source", NOT_PLAIN)
def test_everything_else_goes_through_go_build(go: golang.Go, source: bytes) -> None:
    assert _first_program(go, source) == "go"


def test_more_files_go_through_go_build(go: golang.Go) -> None:
    assert _first_program(go, PLAIN[0], **{"other.go": b"package main"}) == "go"


def test_flags_of_the_recorded_build_are_kept(go: golang.Go) -> None:
    command = next(go.compile(Request("a", 1, 1, 1, Limits(1, 1), Limits(1, 1), source=PLAIN[0])))
    assert "-lang=go1.25" in command.argv
    assert "-complete" in command.argv
    assert "-buildid" not in command.argv
    assert command.argv[-1] == "./main.go"


def test_what_waits_has_the_flags_of_every_plain_build(go: golang.Go) -> None:
    compilation = go.compile(Request("a", 1, 7, 7, Limits(1, 1), Limits(1, 1), source=PLAIN[0]))
    compiler = next(compilation)
    linker = compilation.send(ended(0))
    assert (compiler.standby, linker.standby) == ("compile", "link")
    waiting = go.standbys()
    early = ("-early", layout.GO_WARM)
    for command, flags in ((compiler, ()), (linker, early)):
        standby = waiting[command.standby or ""]
        assert standby.argv == (command.argv[0], *flags, *command.argv[1:])
        assert (standby.env, standby.cwd, standby.expendable) == (command.env, command.cwd, command.expendable)
        assert (command.uid, standby.uid) == (7, 0)


def test_go_build_has_no_standby(go: golang.Go) -> None:
    request = Request("a", 1, 1, 1, Limits(1, 1), Limits(1, 1), source=NOT_PLAIN[0])
    assert next(go.compile(request)).standby is None


@pytest.mark.parametrize(
    ("files", "built"),
    [
        ({"b.txt": b""}, ("main.go",)),
        ({"b.go": b"", "a.go": b"", "a_test.go": b"", "sub/c.go": b""}, ("main.go", "./a.go", "./b.go")),
        ({"go.mod": b"module x", "sub/c.go": b""}, (".",)),
    ],
)
def test_a_package_of_several_files_is_built_as_one(
    go: golang.Go, files: dict[str, bytes], built: tuple[str, ...]
) -> None:
    request = Request("a", 1, 1, 1, Limits(1, 1), Limits(1, 1), source=NOT_PLAIN[0], files=files)
    assert next(go.compile(request)).argv == ("go", "build", "-o", "main", *built)
