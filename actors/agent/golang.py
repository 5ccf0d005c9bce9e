"""Go: compiler and linker called as `go build` would call them; `go build` itself for whatever is not plain."""

import os
import re
import shlex
from dataclasses import replace

from . import layout
from .languages import Compilation, Compiled
from .processes import Command
from .request import Request

_COMPILE, _LINK = "compile", "link"
_SOURCE = "./main.go"
_BUILD = "/tmp/go-build"
_OBJECT = "/tmp/go-build.a"
_PRODUCT = f"{layout.WORK}/main"
# Tools that live for a tenth of a second need not collect garbage, unless there is much of it.
_BRIEF = {"GOGC": "off", "GOMEMLIMIT": "192MiB"}
_NO_PROGRAM = b"package command-line-arguments is not a main package\n"  # as `go run` says it
_COMMENT_LINE = rb"//(?!go:|line |export |[ \t]*\+build)[^\n]*\n"
_SPEC = rb'(?:[A-Za-z_.][A-Za-z0-9_]*[ \t]+)?"[a-z0-9/]+"[ \t]*'
_HEADER = re.compile(
    rb"\A(?:\s|%(comment)s)*package main\s*?[\n;]"
    rb"(?:\s|;|%(comment)s"
    rb"|import[ \t]+%(spec)s(?=[\r\n;/])"
    rb"|import[ \t]*\((?:\s|;|%(comment)s|%(spec)s(?=[\r\n;/)]))*\))*" % {b"comment": _COMMENT_LINE, b"spec": _SPEC}
)
_IMPORT = re.compile(rb'"([a-z0-9/]+)"')
_COMMENT = re.compile(rb"//[^\n]*")


class Go:
    """The Go tool chain."""

    source_name = "main.go"
    compiles = True
    product: str | None = _PRODUCT

    def __init__(self) -> None:
        with open(f"{layout.GO_STD}/packages", "rb") as listing:
            self._packages = {name for name in listing.read().split() if _importable(name)}
        with open(f"{layout.GO_STD}/trace", encoding="utf-8") as trace:
            self._compile_flags, self._link_flags = _recorded_flags(trace.read())
        tools = f"{layout.GO_ROOT}/pkg/tool"
        self._tools = f"{tools}/{os.listdir(tools)[0]}"

    def standbys(self) -> dict[str, Command]:
        """Compiler and linker that can wait, started as root with the flags of every plain build."""
        early = ("-early", layout.GO_WARM)
        return {
            _COMPILE: _tool(layout.GO_WARM, _COMPILE, (*self._compile_flags, _SOURCE)),
            _LINK: _tool(layout.GO_WARM, _LINK, (*early, *self._link_flags, _OBJECT)),
        }

    def compile(self, request: Request) -> Compilation:
        if self._is_plain(request):
            done = yield self._tool(request, _COMPILE, (*self._compile_flags, _SOURCE))
            if done.exit_code == 0:
                done = yield self._tool(request, _LINK, (*self._link_flags, _OBJECT))
                if done.exit_code == 0:
                    return Compiled(0, b"", b"")
            elif done.stdout:
                return Compiled(1, b"", b"# command-line-arguments\n" + done.stdout)
        build = ("go", "build", "-o", "main", *_package(request))
        done = yield self._command(request, f"{layout.GO_ROOT}/bin/go", build)
        if done.exit_code == 0 and not _is_program(_PRODUCT):
            return Compiled(1, done.stdout, _NO_PROGRAM)
        return Compiled(done.exit_code or 0, done.stdout, done.stderr)

    def run(self, request: Request) -> Command:
        argv = ("./main", *request.args)
        return Command(_PRODUCT, argv, layout.ENVIRONMENT, request.uid, request.gid)

    def _tool(self, request: Request, tool: str, flags: tuple[str, ...]) -> Command:
        return replace(_tool(self._tools, tool, flags), uid=request.uid, gid=request.gid, standby=tool)

    @staticmethod
    def _command(request: Request, path: str, argv: tuple[str, ...]) -> Command:
        return Command(path, argv, layout.GO_ENVIRONMENT, request.uid, request.gid)

    def _is_plain(self, request: Request) -> bool:
        """Whether compiler and linker alone would do: one file, package main, only public packages of the library.

        Whatever the pattern does not understand goes through `go build`, which is slower and always right.
        """
        header = _HEADER.match(request.source)
        if header is None or any(name.endswith((".go", ".mod", ".work", ".s", ".c")) for name in request.files):
            return False
        rest = request.source[header.end() :].lstrip()
        if rest.startswith((b"import", b"/*")) or b"//go:embed" in request.source or b"\x00" in request.source:
            return False
        imports = set(_IMPORT.findall(_COMMENT.sub(b"", header.group())))
        return imports <= self._packages


def _is_program(path: str) -> bool:
    """Of a package that is not main, `go build` writes the archive there, and is content."""
    try:
        return bool(os.lstat(path).st_mode & 0o111)
    except OSError:
        return False


def _tool(directory: str, tool: str, flags: tuple[str, ...]) -> Command:
    return Command(f"{directory}/{tool}", (tool, *flags), {**layout.GO_ENVIRONMENT, **_BRIEF})


def _package(request: Request) -> tuple[str, ...]:
    """What to build: the module, where the job brought one, else the program with the files of its package."""
    if "go.mod" in request.files:
        return (".",)
    beside = (name for name in request.files if "/" not in name and name.endswith(".go"))
    return ("main.go", *(f"./{name}" for name in sorted(beside) if not name.endswith("_test.go")))


def _importable(package: bytes) -> bool:
    parts = package.split(b"/")
    return b"internal" not in parts and b"vendor" not in parts


def _recorded_flags(trace: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Flags of compiler and linker from what `go build -x` printed when the image was built."""
    lines = [shlex.split(line) for line in trace.splitlines() if "/pkg/tool/" in line]
    compiler = next(words for words in lines if words[0].endswith("/compile"))
    linker = next(words[1:] for words in lines if words[0].startswith("GOROOT="))
    config = f"{layout.GO_STD}/importcfg"
    return (
        ("-o", _OBJECT, "-trimpath", f"{_BUILD}=>", "-importcfg", config, "-dwarf=false", *_general(compiler[1:-1])),
        ("-o", _PRODUCT, "-s", "-w", "-importcfg", f"{config}.link", *_general(linker[1:-1])),
    )


def _general(words: list[str]) -> list[str]:
    """Without what belongs to the recorded build alone."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in {"-o", "-trimpath", "-importcfg", "-buildid"}:
            next(rest)
        elif not word.startswith("-buildid="):
            kept.append(word)
    return kept
