package dbtest

import (
	"runtime"
	"syscall"
)

// endWithParent has the kernel stop the server at once when the test process ends, however it ends.
func endWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGQUIT }

func lockThread() { runtime.LockOSThread() }

// roomy is how much must be free in memory before databases are kept there, in bytes.
const roomy = 1 << 30

// inMemory is a folder on a disk of memory, where there is one with room: what a test commits there is as good as on
// a real disk, until the machine stops, and waits for none. Elsewhere it is empty, the folder for temporary files.
func inMemory() string {
	var disk syscall.Statfs_t
	if syscall.Statfs("/dev/shm", &disk) != nil || disk.Type != tmpfs || disk.Bavail*uint64(disk.Bsize) < roomy ||
		syscall.Access("/dev/shm", mayWrite) != nil {
		return ""
	}
	return "/dev/shm"
}

const (
	tmpfs    = 0x01021994 // TMPFS_MAGIC of linux/magic.h
	mayWrite = 2          // W_OK of unistd.h
)
