"""Makes our compiler and linker out of Go's own sources: new files, and the few places that call them.

    python3 edit.py /usr/local/go/src/cmd

Each place must be found exactly as often as is said here; another version of Go fails the build.
"""

import sys
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Edit(NamedTuple):
    """`old` becomes `new`, `times` times in a file."""

    old: str
    new: str
    times: int = 1


FILES = {
    "internal/standby/standby.go": "standby.go",
    "link/internal/ld/early.go": "ld_early.go",
    "link/internal/loader/early.go": "loader_early.go",
}

# A standby is root: it neither reads nor writes a file in the job's home, where the counters of telemetry would be.
NO_COUNTERS = Edit("\tcounter.Open()\n", "")

EDITS = {
    "compile/internal/gc/main.go": [
        NO_COUNTERS,
        Edit('\t"cmd/internal/src"\n', '\t"cmd/internal/src"\n\t"cmd/internal/standby"\n'),
        Edit("\t// Parse and typecheck input.\n", "\tstandby.Wait()\n\n\t// Parse and typecheck input.\n"),
    ],
    "link/internal/ld/main.go": [NO_COUNTERS],
    "link/internal/ld/lib.go": [
        Edit(
            "\tmayberemoveoutfile()\n\n\tif err := ctxt.Out.Open(*flagOutfile); err != nil {\n"
            '\t\tExitf("cannot create %s: %v", *flagOutfile, err)\n\t}\n\n',
            "",
        ),
        Edit(
            "\t// ctxt.Library grows during the loop, so not a range loop.\n",
            "\tctxt.await(flags)\n\n\t// ctxt.Library grows during the loop, so not a range loop.\n",
        ),
        Edit(
            "func loadobjfile(ctxt *Link, lib *sym.Library) {\n",
            "func loadobjfile(ctxt *Link, lib *sym.Library) {\n\tif ctxt.loadEarly(lib) {\n\t\treturn\n\t}\n",
        ),
    ],
    "link/internal/loader/loader.go": [
        Edit("type oReader struct {\n", "type oReader struct {\n\tnumbers, aligned, odd []uint32\n"),
        Edit("\tsizeFixups []symAndSize\n", "\tsizeFixups []symAndSize\n\n\tearly *early\n"),
        Edit("make(map[string]Sym, 80000), make(map[string]Sym, 50000)", "make(map[string]Sym), make(map[string]Sym)"),
        Edit(
            "\t\tl.symsByName[ver][name] = i\n\t\taddToGlobal()\n",
            "\t\tl.setNamed(r, li, name, ver, i)\n\t\taddToGlobal()\n",
            times=2,
        ),
        Edit("oldi, existed := l.symsByName[ver][name]\n", "oldi, existed := l.named(r, li, name, ver)\n"),
        Edit("\t} else {\n\t\tl.symsByName[ver][name] = i\n", "\t} else {\n\t\tl.setNamed(nil, 0, name, ver, i)\n"),
        Edit("\treturn l.symsByName[ver][name]\n", "\ti, _ := l.named(nil, 0, name, ver)\n\treturn i\n"),
        Edit("s, existed := st.hashed64Syms[h64]\n", "s, existed := st.hashed64(r, li, h64)\n"),
        Edit("{ st.hashed64Syms[h64] = ss }\n", "{ st.setHashed64(r, li, h64, ss) }\n"),
        Edit("s, existed := st.hashedSyms[*h]\n", "s, existed := st.hashed(r, li, h)\n"),
        Edit("{ st.hashedSyms[*h] = ss }\n", "{ st.setHashed(r, li, h, ss) }\n"),
        Edit(
            "\t// Index 0 is invalid for symbols.\n",
            "\tif l.early != nil {\n\t\tsymSize, hashedSize, hashed64Size = l.expected(), 0, 0\n\t}\n"
            "\t// Index 0 is invalid for symbols.\n",
        ),
        Edit(
            '\tloadingRuntimePkg := r.unit.Lib.Pkg == "runtime"\n',
            "\tif r.numbers != nil {\n\t\tst.preloadEarly(r, kind, start, end)\n\t\treturn\n\t}\n"
            '\tloadingRuntimePkg := r.unit.Lib.Pkg == "runtime"\n',
        ),
        Edit(
            "\tfor _, r := range l.objs[goObjStart:] {\n\t\tloadObjRefs(l, r, arch)\n",
            "\tl.makeRoom()\n\tfor _, r := range l.objs[goObjStart:] {\n\t\tloadObjRefs(l, r, arch)\n",
        ),
        Edit(
            "\tl.values = make([]int64, l.NSym(), l.NSym()+1000) // +1000 make some room for external symbols\n"
            "\tl.outer = make([]Sym, l.NSym(), l.NSym()+1000)\n",
            "\tl.growValues(l.NSym())\n\tl.growOuter(l.NSym())\n",
        ),
        Edit("\t\tgi := l.LookupOrCreateSym(name, v)\n", "\t\tgi := l.reference(r, ndef+i, name, v)\n"),
    ],
}


def main() -> None:
    cmd = Path(sys.argv[1])
    for name, edits in EDITS.items():
        (cmd / name).write_text(edited((cmd / name).read_text(encoding="utf-8"), edits, name), encoding="utf-8")
    for name, ours in FILES.items():
        (cmd / name).parent.mkdir(exist_ok=True)
        (cmd / name).write_bytes((HERE / ours).read_bytes())


def edited(text: str, edits: list[Edit], name: str) -> str:
    for edit in edits:
        if text.count(edit.old) != edit.times:
            sys.exit(f"{name}: expected {edit.times} times, found {text.count(edit.old)} times:\n{edit.old}")
        text = text.replace(edit.old, edit.new)
    return text


if __name__ == "__main__":
    main()
