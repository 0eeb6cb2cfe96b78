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
