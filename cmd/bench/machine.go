package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// machine is what the figures were measured on.
type machine struct {
	Cores    int    `json:"cores"`
	MemoryMB int    `json:"memory_mb"`
	Kernel   string `json:"kernel"`
	Go       string `json:"go"`
	Postgres string `json:"postgres"`
	Load     string `json:"load"` // of 1, 5 and 15 minutes, as the benchmark began
	Durable  string `json:"durable"`
}

func (m machine) print(w io.Writer) {
	_, _ = fmt.Fprintf(w, "%d cores, %d MB, Linux %s, %s, %s (%s), load %s\n\n", m.Cores, m.MemoryMB, m.Kernel, m.Go, m.Postgres, m.Durable, m.Load)
}

func thisMachine() machine {
	return machine{
		Cores: runtime.NumCPU(), MemoryMB: field("/proc/meminfo", "MemTotal:") / 1024, Kernel: firstLine("/proc/sys/kernel/osrelease"),
		Go: runtime.Version(), Load: load(),
	}
}

// load is the machine's load averages, "?" where the system does not tell.
func load() string {
	words := strings.Fields(firstLine("/proc/loadavg"))
	if len(words) < 3 {
		return "?"
	}
	return strings.Join(words[:3], " ")
}

func firstLine(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(content), "\n")
	return line
}

// field is the number behind a name in one of the kernel's tables; 0 when there is none.
func field(path, name string) int {
	content, _ := os.ReadFile(path) // without it: 0
	for line := range strings.Lines(string(content)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == name {
			n, _ := strconv.Atoi(words[1])
			return n
		}
	}
	return 0
}

// resident is how much memory a process has in use, in megabytes.
func resident(pid int) float64 {
	return float64(field(fmt.Sprintf("/proc/%d/status", pid), "VmRSS:")) / 1024
}

// ticks is how much processor time a process has used, in hundredths of a second (the kernel's USER_HZ), and who
// started it; with that of its children that have ended when dead is set.
func ticks(pid int, dead bool) (used, parent int) {
	line := firstLine(fmt.Sprintf("/proc/%d/stat", pid))
	words := strings.Fields(line[strings.LastIndexByte(line, ')')+1:]) // a name may hold anything
	if len(words) < 15 {
		return 0, 0
	}
	number := func(i int) int { n, _ := strconv.Atoi(words[i]); return n }
	used = number(11) + number(12)
	if dead {
		used += number(13) + number(14)
	}
	return used, number(1)
}

// family is the processor time of a process and its children, alive and ended, in seconds.
func family(pid int) float64 {
	sum, _ := ticks(pid, true)
	entries, _ := os.ReadDir("/proc") // elsewhere there is none, and nothing to tell
	for _, entry := range entries {
		if child, err := strconv.Atoi(entry.Name()); err == nil {
			if used, parent := ticks(child, false); parent == pid {
				sum += used
			}
		}
	}
	return float64(sum) / 100
}

// own is the processor time of this process, in seconds.
func own() float64 {
	used, _ := ticks(os.Getpid(), false)
	return float64(used) / 100
}
