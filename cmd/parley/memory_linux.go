package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"

	"syscall"
)

// unmapStart hands back the pages of the program's own file that starting has read, code and tables that run once;
// what is used again is found in the system's cache. Only mappings that cannot be written are touched.
func unmapStart() {
	own, err := os.Executable()
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer func() { _ = maps.Close() }()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		from, to, ok := readOnly(lines.Text(), own)
		if ok {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED) // memory is only spared if it can be
		}
	}
}

// readOnly is where a line of proc_pid_maps(5) has a part of a file mapped that this process cannot write.
func readOnly(line, file string) (from, to uintptr, ok bool) {
	fields := strings.Fields(line)
	if len(fields) != 6 || fields[5] != file || !strings.HasPrefix(fields[1], "r-") || !strings.HasSuffix(fields[1], "p") {
		return 0, 0, false
	}
	first, last, _ := strings.Cut(fields[0], "-")
	begin, err := strconv.ParseUint(first, 16, 64)
	end, err2 := strconv.ParseUint(last, 16, 64)
	return uintptr(begin), uintptr(end), err == nil && err2 == nil && begin < end
}
