package loader

import (
	"encoding/binary"
	"log"
	"slices"
	"strings"

	"cmd/internal/goobj"
	"cmd/internal/sys"
	"cmd/link/internal/sym"
)

// early is what is known of objects that are read before the program is there. Their symbols were all loaded once, so that
// each name and each content has a number, its symbol there. The loader that links finds its own symbols by that number,
// and hashes only what comes from elsewhere. Its objects, its symbols, their order and who wins among duplicates are as
// ever.
type early struct {
	objs     []*oReader // in the order of then
	names    []uint32   // three hash tables of numbers
	short    []uint32
	contents []uint32
	places   []uint32 // by number: an object that has it, and which symbol it is there
	alike    Bitmap   // by number: no definition takes the place of an earlier one
	found    []Sym    // by number: the symbol here, 0 while there is none
}

// An Early is one of these objects.
type Early struct {
	reader  *oReader
	numbers []uint32 // of its symbols
	aligned []uint32 // symbols that have an alignment
	odd     []uint32 // and those that preloadSyms does something else for besides adding them
	syms    []Sym
}

func (e Early) Lib() *sym.Library { return e.reader.unit.Lib }

func (e Early) Fingerprint() goobj.FingerprintType { return e.reader.Fingerprint() }

// KnowEarly loads all that this loader has read, and returns what UseEarly needs to know of it.
func (l *Loader) KnowEarly(arch *sys.Arch) [][]uint32 {
	l.LoadSyms(arch)
	var names, short, contents []entry
	places, perObject := make([]uint32, 2*l.NSym()), [][]uint32{}
	for version, byName := range l.symsByName {
		for name, i := range byName {
			names = append(names, entry{hashName(name, version), i})
		}
	}
	for _, r := range l.objs[goObjStart:] {
		numbers := make([]uint32, len(r.syms))
		for li, i := range r.syms {
			numbers[li] = uint32(i)
			if places[2*i] != 0 {
				continue
			}
			places[2*i], places[2*i+1] = r.objidx, uint32(li)
			switch kindOf(r, uint32(li)) {
			case pkgDef:
				l.checkName(r, uint32(li))
			case hashed64Def:
				short = append(short, entry{hashShort(shortHash(r, uint32(li))), i})
			case hashedDef:
				contents = append(contents, entry{hashContent(contentHash(r, uint32(li))), i})
			}
		}
		aligned, odd := oddities(r)
		perObject = append(perObject, numbers, aligned, odd, mark(r))
	}
	return append([][]uint32{table(names), table(short), table(contents), places, alike(l)}, perObject...)
}

// UseEarly has l, which has no symbol yet, know what `other` has read, and returns these objects.
func (l *Loader) UseEarly(other *Loader, known [][]uint32) []Early {
	objs := other.objs[goObjStart:]
	if len(known) != 5+4*len(objs) {
		log.Fatalf("%d objects were read early, not those that are known", len(objs))
	}
	places := known[3]
	l.early = &early{other.objs, known[0], known[1], known[2], places, known[4], make([]Sym, len(places)/2)}
	var objects []Early
	for at, r := range objs {
		of := known[5+4*at:]
		if !slices.Equal(of[3], mark(r)) {
			log.Fatalf("%s is not the object that is known", r.unit.Lib.File)
		}
		objects = append(objects, Early{r, of[0], of[1], of[2], make([]Sym, len(r.syms))})
	}
	return objects
}

// PreloadEarly does for such an object what Preload does.
func (l *Loader) PreloadEarly(localSymVersion int, e Early, unit *sym.CompilationUnit) {
	r := *e.reader
	r.unit, r.version, r.objidx = unit, localSymVersion, uint32(len(l.objs))
	r.syms, r.numbers, r.aligned, r.odd = e.syms, e.numbers, e.aligned, e.odd
	unit.Lib.Autolib = append(unit.Lib.Autolib, r.Autolib()...)
	unit.FileTable = e.reader.unit.FileTable
	l.addObj(unit.Lib.Pkg, &r)
}

// preloadEarly does for the symbols from start to end of such an object what preloadSyms does.
func (st *loadState) preloadEarly(r *oReader, kind int, start, end uint32) {
	l, found := st.l, st.l.early.found
	for li := start; li < end; li++ {
		n := r.numbers[li]
		i := found[n]
		switch {
		case i == 0:
			i = Sym(len(l.objSyms))
			l.objSyms = append(l.objSyms, objSym{r.objidx, li})
			found[n] = i
		case l.early.alike.Has(Sym(n)):
		case kind == nonPkgDef:
			osym := r.Sym(li)
			i = st.addSym(osym.Name(r.Reader), abiToVer(osym.ABI(), r.version), r, li, kind, osym)
		case int64(r.Sym(li).Siz()) > l.SymSize(i):
			l.objSyms[i] = objSym{r.objidx, li}
		}
		r.syms[li] = i
	}
	for ; len(r.aligned) > 0 && r.aligned[0] < end; r.aligned = r.aligned[1:] {
		li := r.aligned[0]
		if a := int32(r.Sym(li).Align()); a > l.SymAlign(r.syms[li]) {
			l.SetSymAlign(r.syms[li], a)
		}
	}
	for ; len(r.odd) > 0 && r.odd[0] < end; r.odd = r.odd[1:] {
		st.note(r, r.odd[0])
	}
}

// note does for a symbol of such an object what preloadSyms does besides adding it.
func (st *loadState) note(r *oReader, li uint32) {
	l, osym, i := st.l, r.Sym(li), r.syms[li]
	if isVarRef(r, li) {
		st.linknameVarRefs = append(st.linknameVarRefs, linknameVarRef{r.unit.Lib.Pkg, osym.Name(r.Reader), i})
	}
	if osym.Local() {
		l.SetAttrLocal(i, true)
	}
	if osym.UsedInIface() {
		l.SetAttrUsedInIface(i, true)
	}
	if b := builtin(r, li); b != -1 {
		l.builtinSyms[b] = i
	}
	if osym.WasmExport() {
		l.WasmExports = append(l.WasmExports, i)
	}
}

func oddities(r *oReader) (aligned, odd []uint32) {
	for li := range uint32(r.NAlldef()) {
		s := r.Sym(li)
		if s.Align() != 0 {
			aligned = append(aligned, li)
		}
		if s.Local() || s.UsedInIface() || s.WasmExport() || isVarRef(r, li) || builtin(r, li) != -1 {
			odd = append(odd, li)
		}
	}
	return aligned, odd
}

func kindOf(r *oReader, li uint32) int {
	switch at := int(li); {
	case at < r.ndef:
		return pkgDef
	case at < r.ndef+r.nhashed64def:
		return hashed64Def
	case at < r.ndef+r.nhashed64def+r.nhasheddef:
		return hashedDef
	case at < r.NAlldef():
		return nonPkgDef
	}
	return nonPkgRef
}

// isVarRef is whether a linkname must be checked when all symbols are loaded, as preloadSyms says.
func isVarRef(r *oReader, li uint32) bool {
	s := r.Sym(li)
	return kindOf(r, li) == nonPkgDef && s.IsLinkname() && r.DataSize(li) == 0 && strings.Contains(s.Name(r.Reader), ".")
}

// builtin is the index of a definition that the compiler refers to by index, else -1.
func builtin(r *oReader, li uint32) int {
	if kind := kindOf(r, li); kind == hashed64Def || kind == hashedDef {
		return -1
	}
	name := r.Sym(li).Name(r.Reader)
	if strings.HasPrefix(name, "runtime.") || r.unit.Lib.Pkg == "runtime" && strings.HasPrefix(name, "type:") {
		return goobj.BuiltinIdx(name, int(r.Sym(li).ABI()))
	}
	return -1
}

// alike is which symbols have only such definitions that the first one stays: duplicates are allowed, none is larger.
func alike(l *Loader) Bitmap {
	alike, sizes := MakeBitmap(l.NSym()), make([]int64, l.NSym())
	for i := range sizes {
		alike.Set(Sym(i))
		sizes[i] = -1
	}
	for _, r := range l.objs[goObjStart:] {
		for li, i := range r.syms[:r.NAlldef()] {
			s := r.Sym(uint32(li))
			size := int64(s.Siz())
			if sizes[i] >= 0 && sizes[i] != size || kindOf(r, uint32(li)) == nonPkgDef && !s.Dupok() {
				alike.Unset(i)
			}
			sizes[i] = size
		}
	}
	return alike
}

// checkName ends the process where one name stands for the definitions of two packages: then a number would not do.
func (l *Loader) checkName(r *oReader, li uint32) {
	s := r.Sym(li)
	name, ver := s.Name(r.Reader), abiToVer(s.ABI(), r.version)
	if name != "" && ver != r.version && l.symsByName[ver][name] != r.syms[li] {
		log.Fatalf("%s defines %s, and another package too", r.unit.Lib.Pkg, name)
	}
}

// mark is what tells an object from others.
func mark(r *oReader) []uint32 {
	print := r.Fingerprint()
	return []uint32{binary.LittleEndian.Uint32(print[:]), binary.LittleEndian.Uint32(print[4:]), uint32(len(r.syms))}
}

// expected is more than the number of symbols that there will be: room that is not used costs nothing.
func (l *Loader) expected() (most int) {
	for _, r := range l.objs[goObjStart:] {
		most += len(r.syms)
	}
	return most
}

// makeRoom is for symbols that are created one by one.
func (l *Loader) makeRoom() {
	now, most := l.NSym(), 2*l.NSym()
	l.values, l.outer = make([]int64, now, most), make([]Sym, now, most)
}

// reference is LookupOrCreateSym for the symbol li that r refers to.
func (l *Loader) reference(r *oReader, li uint32, name string, ver int) Sym {
	if r.numbers != nil {
		if i := l.early.found[r.numbers[li]]; i != 0 {
			return i
		}
	}
	return l.LookupOrCreateSym(name, ver)
}

// named is the symbol of that name: of the symbol li of r, if r is given. setNamed makes i this symbol.
func (l *Loader) named(r *oReader, li uint32, name string, ver int) (Sym, bool) {
	if n := l.numberOfName(r, li, name, ver); n != 0 {
		return l.early.found[n], l.early.found[n] != 0
	}
	i, existed := l.symsByName[ver][name]
	return i, existed
}

func (l *Loader) setNamed(r *oReader, li uint32, name string, ver int, i Sym) {
	if n := l.numberOfName(r, li, name, ver); n != 0 {
		l.early.add(n, i)
	} else {
		l.symsByName[ver][name] = i
	}
}

// hashed64 and hashed are the symbol that has this content, and its size; the others make s this symbol.
func (st *loadState) hashed64(r *oReader, li uint32, h uint64) (symAndSize, bool) {
	if n := st.l.numberOfShort(r, li, h); n != 0 {
		return st.l.sized(n)
	}
	s, existed := st.hashed64Syms[h]
	return s, existed
}

func (st *loadState) setHashed64(r *oReader, li uint32, h uint64, s symAndSize) {
	if n := st.l.numberOfShort(r, li, h); n != 0 {
		st.l.early.add(n, s.sym)
	} else {
		st.hashed64Syms[h] = s
	}
}

func (st *loadState) hashed(r *oReader, li uint32, h *goobj.HashType) (symAndSize, bool) {
	if n := st.l.numberOfContent(r, li, h); n != 0 {
		return st.l.sized(n)
	}
	s, existed := st.hashedSyms[*h]
	return s, existed
}

func (st *loadState) setHashed(r *oReader, li uint32, h *goobj.HashType, s symAndSize) {
	if n := st.l.numberOfContent(r, li, h); n != 0 {
		st.l.early.add(n, s.sym)
	} else {
		st.hashedSyms[*h] = s
	}
}

// add makes i the symbol of that number. It may be of an object that nothing is known of.
func (e *early) add(n uint32, i Sym) {
	e.found[n] = i
	e.alike.Unset(Sym(n))
}

// sized is the symbol of that number with its size: that of the largest definition, which has won.
func (l *Loader) sized(n uint32) (symAndSize, bool) {
	i := l.early.found[n]
	if i == 0 {
		return symAndSize{}, false
	}
	return symAndSize{i, uint32(l.SymSize(i))}, true
}

// The three numbers below are 0 for what has none. That of a symbol of an object that was read early is at hand.

func (l *Loader) numberOfName(r *oReader, li uint32, name string, ver int) uint32 {
	if l.early == nil || r != nil && r.numbers != nil {
		return l.numberAtHand(r, li)
	}
	return l.early.find(l.early.names, hashName(name, ver), func(r *oReader, li uint32) bool {
		s := r.Sym(li)
		return s.Name(r.Reader) == name && abiToVer(s.ABI(), r.version) == ver
	})
}

func (l *Loader) numberOfShort(r *oReader, li uint32, h uint64) uint32 {
	if l.early == nil || r.numbers != nil {
		return l.numberAtHand(r, li)
	}
	return l.early.find(l.early.short, hashShort(h), func(r *oReader, li uint32) bool { return shortHash(r, li) == h })
}

func (l *Loader) numberOfContent(r *oReader, li uint32, h *goobj.HashType) uint32 {
	if l.early == nil || r.numbers != nil {
		return l.numberAtHand(r, li)
	}
	return l.early.find(l.early.contents, hashContent(h), func(r *oReader, li uint32) bool { return *contentHash(r, li) == *h })
}

func (l *Loader) numberAtHand(r *oReader, li uint32) uint32 {
	if l.early == nil {
		return 0
	}
	return r.numbers[li]
}

func shortHash(r *oReader, li uint32) uint64 { return r.Hash64(li - uint32(r.ndef)) }

func contentHash(r *oReader, li uint32) *goobj.HashType {
	return r.Hash(li - uint32(r.ndef+r.nhashed64def))
}

// find is the number in the table whose place is as asked for.
func (e *early) find(table []uint32, hash uint32, is func(r *oReader, li uint32) bool) uint32 {
	mask := uint32(len(table) - 1)
	for at := hash & mask; table[at] != 0; at = (at + 1) & mask {
		n := table[at]
		if is(e.objs[e.places[2*n]], e.places[2*n+1]) {
			return n
		}
	}
	return 0
}

type entry struct {
	hash uint32
	sym  Sym
}

// table is the hash table that find looks into.
func table(entries []entry) []uint32 {
	size := uint32(1)
	for int(size) < 2*len(entries)+2 {
		size *= 2
	}
	table := make([]uint32, size)
	for _, entry := range entries {
		at := entry.hash & (size - 1)
		for table[at] != 0 {
			at = (at + 1) & (size - 1)
		}
		table[at] = uint32(entry.sym)
	}
	return table
}

func hashName(name string, ver int) uint32 {
	hash := uint32(2166136261) + uint32(ver)
	for i := 0; i < len(name); i++ {
		hash = (hash ^ uint32(name[i])) * 16777619
	}
	return hash
}

func hashShort(h uint64) uint32 { return uint32(h * 0x9e3779b97f4a7c15 >> 32) }

func hashContent(h *goobj.HashType) uint32 { return binary.LittleEndian.Uint32(h[:]) }
