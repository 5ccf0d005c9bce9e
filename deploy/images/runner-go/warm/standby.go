// Package standby has a process that the agent started ahead of time wait for the job that it will become.
package standby

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

const (
	control      = 100
	populateRead = 22 // MADV_POPULATE_READ, Linux 5.14
)

// Wait returns as the job's user, or at once if there is no control descriptor. It ends the process when the agent has
// closed that, or when root cannot be dropped.
func Wait() {
	switch _, err := syscall.Getpeername(control); err {
	case nil:
	case syscall.EBADF:
		return
	default:
		refuse(err)
	}
	say(strconv.Itoa(os.Getpid()))
	order := strings.Fields(string(receive(int(binary.BigEndian.Uint32(receive(4))))))
	if len(order) != 2 {
		refuse("the order is not a user and a group")
	}
	become(number(order[0]), number(order[1]))
	say("J")
	syscall.Close(control)
}

// MapFiles maps all pages of the files that this process only reads in memory (the packages, its own code), so that it need
// not when the job has come. They are the kernel's own, and the same for all runners.
func MapFiles() {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		words := strings.Fields(line)
		if len(words) == 6 && strings.HasPrefix(words[1], "r") && !strings.Contains(words[1], "w") {
			first, last, _ := strings.Cut(words[0], "-")
			start, end := address(first), address(last)
			syscall.Syscall(syscall.SYS_MADVISE, start, end-start, populateRead) // if that is not known, nothing is lost
		}
	}
}

func address(word string) uintptr {
	value, err := strconv.ParseUint(word, 16, 64)
	if err != nil {
		return 0
	}
	return uintptr(value)
}

// become drops root for good, in all threads.
func become(uid, gid int) {
	syscall.Umask(0o022)
	for _, err := range []error{
		syscall.Setgroups(nil),
		syscall.Setresgid(gid, gid, gid),
		syscall.Setresuid(uid, uid, uid),
	} {
		if err != nil {
			refuse(err)
		}
	}
	if uid <= 0 || gid <= 0 || held(syscall.SYS_GETRESUID) != all(uid) || held(syscall.SYS_GETRESGID) != all(gid) {
		refuse("it is still another user")
	}
}

// held is the real, the effective and the saved id.
func held(call uintptr) (ids [3]uint32) {
	first, second, third := unsafe.Pointer(&ids[0]), unsafe.Pointer(&ids[1]), unsafe.Pointer(&ids[2])
	syscall.RawSyscall(call, uintptr(first), uintptr(second), uintptr(third))
	return ids
}

func all(id int) [3]uint32 { return [3]uint32{uint32(id), uint32(id), uint32(id)} }

func number(word string) int {
	value, err := strconv.Atoi(word)
	if err != nil {
		refuse(err)
	}
	return value
}

func receive(size int) []byte {
	bytes := make([]byte, size)
	for have := 0; have < size; {
		got, err := syscall.Read(control, bytes[have:])
		switch {
		case err == syscall.EINTR:
		case err != nil:
			refuse(err)
		case got == 0:
			os.Exit(0) // the agent does not need this one any more
		default:
			have += got
		}
	}
	return bytes
}

func say(what string) {
	if _, err := syscall.Write(control, []byte(what)); err != nil {
		refuse(err)
	}
}

func refuse(why any) {
	fmt.Fprintln(os.Stderr, "cannot become the job:", why)
	os.Exit(127)
}
