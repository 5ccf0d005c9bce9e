package ld

import (
	"flag"
	"os"
	"strings"
	"syscall"
	"unsafe"

	"cmd/internal/objabi"
	"cmd/internal/standby"
	"cmd/link/internal/loader"
	"cmd/link/internal/sym"
)

var (
	flagEarly     = flag.String("early", "", "read the packages that are listed in `directory` before the program is there")
	flagKnowEarly = flag.Bool("knowearly", false, "write down what -early must know of them, and end")

	earlyObjects map[string][]loader.Early // by file
	earlyCgo     map[string][]cgodata      // by package
)

// await does what needs no program, waits for the job, and then does as its user what libinit had to leave.
func (ctxt *Link) await(flags uint32) {
	if *flagEarly != "" {
		ctxt.readEarly(flags)
		standby.MapFiles()
	}
	standby.Wait()
	mayberemoveoutfile()
	if err := ctxt.Out.Open(*flagOutfile); err != nil {
		Exitf("cannot create %s: %v", *flagOutfile, err)
	}
}

// readEarly reads the listed packages, and all that these import, with a context and a loader of their own.
func (ctxt *Link) readEarly(flags uint32) {
	packages, err := os.ReadFile(*flagEarly + "/packages")
	if err != nil {
		Exitf("%v", err)
	}
	other := &Link{
		Target:       ctxt.Target,
		version:      sym.SymVerStatic,
		LibraryByPkg: make(map[string]*sym.Library),
		PackageFile:  ctxt.PackageFile,
		PackageShlib: ctxt.PackageShlib,
		Bso:          ctxt.Bso,
		loader:       loader.NewLoader(flags, &loader.ErrorReporter{}),
	}
	for _, name := range append(strings.Fields(string(packages)), "runtime") {
		if loadinternal(other, name) == nil {
			Exitf("%s/packages: there is no %s", *flagEarly, name)
		}
	}
	for i := 0; i < len(other.Library); i++ {
		loadobjfile(other, other.Library[i])
	}
	known := *flagEarly + "/symbols"
	if *flagKnowEarly {
		writeLists(known, other.loader.KnowEarly(ctxt.Arch))
		Exit(0)
	}
	earlyObjects = make(map[string][]loader.Early)
	for _, e := range ctxt.loader.UseEarly(other.loader, readLists(known)) {
		earlyObjects[e.Lib().File] = append(earlyObjects[e.Lib().File], e)
	}
	earlyCgo = make(map[string][]cgodata)
	for _, d := range other.cgodata {
		earlyCgo[d.pkg] = append(earlyCgo[d.pkg], d)
	}
}

// loadEarly does for a library that was read early what loadobjfile does; for others it returns false.
func (ctxt *Link) loadEarly(lib *sym.Library) bool {
	objects := earlyObjects[lib.File]
	for _, e := range objects {
		unit := &sym.CompilationUnit{Lib: lib}
		lib.Units = append(lib.Units, unit)
		ctxt.loader.PreloadEarly(ctxt.IncVersion(), e, unit)
		if fingerprint := e.Fingerprint(); !fingerprint.IsZero() {
			if lib.Fingerprint.IsZero() {
				lib.Fingerprint = fingerprint
			}
			checkFingerprint(lib, fingerprint, lib.Srcref, lib.Fingerprint)
		}
		addImports(ctxt, lib, lib.File)
	}
	ctxt.cgodata = append(ctxt.cgodata, earlyCgo[objabi.PathToPrefix(lib.Pkg)]...)
	return len(objects) > 0
}

// The file is all lists one after the other, each behind its length.

func writeLists(name string, lists [][]uint32) {
	var words []uint32
	for _, list := range lists {
		words = append(append(words, uint32(len(list))), list...)
	}
	if err := os.WriteFile(name, unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 4*len(words)), 0o644); err != nil {
		Exitf("%v", err)
	}
}

// readLists maps the file: what many linkers know is in memory once, but for what one of them changes.
func readLists(name string) (lists [][]uint32) {
	file, err := os.Open(name)
	if err != nil {
		Exitf("%v", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		Exitf("%v", err)
	}
	const protection = syscall.PROT_READ | syscall.PROT_WRITE
	bytes, err := syscall.Mmap(int(file.Fd()), 0, int(info.Size()), protection, syscall.MAP_PRIVATE)
	if err != nil {
		Exitf("cannot map %s: %v", name, err)
	}
	for words := unsafe.Slice((*uint32)(unsafe.Pointer(&bytes[0])), len(bytes)/4); len(words) > 0; {
		end := 1 + words[0]
		lists = append(lists, words[1:end:end])
		words = words[end:]
	}
	return lists
}
