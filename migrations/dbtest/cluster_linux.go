package dbtest

import (
	"runtime"
	"syscall"
)

// endWithParent has the kernel stop the server at once when the test process ends, however it ends.
func endWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGQUIT }

func lockThread() { runtime.LockOSThread() }
