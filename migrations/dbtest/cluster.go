package dbtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

var errNoPrograms = errors.New("PostgreSQL's programs are not on this machine (install them, or set " + URLVariable + ")")

// forgetful are the settings of a server that may forget everything when the machine stops: it is a test's.
var forgetful = []string{
	"fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300", "shared_buffers=64MB", "jit=off",
}

// startCluster starts a server that lives as long as this process, in a short folder of its own in parent, since
// the path of a Unix socket is limited to 107 bytes. It ends with the process, even when that is killed.
func startCluster(parent string, settings []string) (admin string, err error) {
	initdb, err := Program("initdb")
	if err != nil {
		return "", err
	}
	postgres, err := Program("postgres")
	if err != nil {
		return "", err
	}
	sweep()
	dir, err := os.MkdirTemp(parent, folderName())
	if err != nil {
		return "", err
	}
	attributes, err := unprivileged(dir)
	if err != nil {
		return "", err
	}
	command := func(program string, args ...string) *exec.Cmd {
		c := exec.Command(program, args...)
		c.Dir, c.SysProcAttr, c.Env = dir, attributes, append(os.Environ(), "HOME="+dir)
		return c
	}
	data := filepath.Join(dir, "d")
	made, err := command(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("initdb: %w\n%s", err, made)
	}
	args := []string{"-D", data, "-k", dir, "-c", "listen_addresses="}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	serve := command(postgres, args...)
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return "", err
	}
	serve.Stdout, serve.Stderr = log, log
	if err := start(serve); err != nil {
		return "", fmt.Errorf("start postgres: %w", err)
	}
	exited := make(chan struct{})
	go func() { _ = serve.Wait(); close(exited) }()
	admin = socketURL(dir, "postgres")
	return admin, answers(admin, exited, filepath.Join(dir, "log"))
}

// Serve starts a server with settings ("fsync=on") that lives as long as this process, for measurements that
// a shared or forgetful server would spoil. It returns the address of its database "postgres".
func Serve(settings ...string) (admin string, err error) { return startCluster("", settings) }

// start runs a command from a thread that stays: the kernel ends the child when that thread ends.
func start(command *exec.Cmd) error {
	started := make(chan error)
	go func() {
		lockThread()
		started <- command.Start()
		select {}
	}()
	return <-started
}

func answers(admin string, exited <-chan struct{}, log string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		if conn, err := pgx.Connect(ctx, admin); err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-exited:
			said, _ := os.ReadFile(log)
			return fmt.Errorf("postgres exited:\n%s", said)
		case <-ctx.Done():
			return errors.New("postgres does not answer")
		case <-retry.C:
		}
	}
}

// Program is one of PostgreSQL's own programs on this machine: initdb, postgres, pgbench.
func Program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return "", errNoPrograms
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	return slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }), nil
}

// unprivileged: postgres refuses to run as root, so there it runs as the machine's postgres or nobody.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	endWithParent(attributes)
	if os.Getuid() != 0 {
		return attributes, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		if account, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, _ := strconv.ParseUint(account.Uid, 10, 32)
	gid, _ := strconv.ParseUint(account.Gid, 10, 32)
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attributes, os.Chown(dir, int(uid), int(gid))
}

// folderName begins the names of folders that this process makes, so that another can tell when they are left over.
func folderName() string { return "pgt" + strconv.Itoa(os.Getpid()) + "-" }

// sweep removes the folders of test processes that have ended: a process cannot remove its own server's, and one
// that was killed removes nothing.
func sweep() {
	for _, parent := range []string{os.TempDir(), cmp.Or(inMemory(), os.TempDir())} {
		left, _ := filepath.Glob(filepath.Join(parent, "pgt*-*"))
		for _, dir := range left {
			name, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), "pgt"), "-")
			pid, err := strconv.Atoi(name)
			if err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
				_ = os.RemoveAll(dir)
			}
		}
	}
}
