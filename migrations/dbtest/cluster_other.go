//go:build !linux

package dbtest

import "syscall"

// endWithParent: other systems have no such signal; the server is left to the next sweep.
func endWithParent(*syscall.SysProcAttr) {}

func lockThread() {}

// inMemory: where other systems keep a disk of memory is not known.
func inMemory() string { return "" }
