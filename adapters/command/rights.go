//go:build unix

package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"supervisor-healthcheck/domain"
)

// rights are whose a command runs with.
type rights struct {
	user       *user.User          // nil: those of the listener
	credential *syscall.Credential // nil: no other ones
}

// rightsOf finds a user by name or uid.
func rightsOf(name string) (rights, error) {
	if name == "" {
		return rights{}, nil
	}
	u, err := user.Lookup(name)
	if err != nil && strings.Trim(name, "0123456789") == "" {
		u, err = user.LookupId(name)
	}
	if err != nil {
		return rights{}, fmt.Errorf("there is no user %q on this machine: make the user, or name another one", name)
	}
	uid, gid, groups, err := numbers(u)
	switch {
	case err != nil:
		return rights{}, fmt.Errorf("the groups of the user %q cannot be found: %w", name, err)
	case int(uid) == os.Geteuid():
		return rights{user: u}, nil
	case os.Geteuid() != 0:
		return rights{}, fmt.Errorf("the listener runs with uid %d and may not become %q: run it as root, or name no user", os.Geteuid(), name)
	}
	return rights{user: u, credential: &syscall.Credential{Uid: uid, Gid: gid, Groups: groups}}, nil
}

func numbers(u *user.User) (uid, gid uint32, groups []uint32, err error) {
	texts, err := u.GroupIds()
	if err != nil {
		return 0, 0, nil, err
	}
	var all []uint32
	for _, text := range append([]string{u.Uid, u.Gid}, texts...) {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return 0, 0, nil, err
		}
		all = append(all, uint32(n))
	}
	return all[0], all[1], all[2:], nil
}

// environment is that of the command: ours, without what other users must not know, and its own.
func environment(c domain.Command, r rights) []string {
	all := os.Environ()
	if r.user != nil {
		all = slices.DeleteFunc(all, func(variable string) bool {
			return strings.HasPrefix(variable, "SUPERVISOR_USERNAME=") || strings.HasPrefix(variable, "SUPERVISOR_PASSWORD=")
		})
		all = append(all, "HOME="+r.user.HomeDir, "USER="+r.user.Username, "LOGNAME="+r.user.Username)
	}
	return append(all, c.Env...)
}

// explained says why a command could not be started, and what helps.
func explained(c domain.Command, err error) error {
	program := c.Args[0]
	_, gone := os.Stat(c.Directory)
	_, missing := os.Stat(inDirectory(c, program))
	switch {
	case err == nil:
		return nil
	case c.Directory != "" && gone != nil:
		return fmt.Errorf("the command cannot run in %s: %w", c.Directory, bare(gone))
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("there is no program %q in the PATH of the listener: install it, or write its whole path", program)
	case errors.Is(err, fs.ErrNotExist) && missing == nil:
		return fmt.Errorf("%s is there, and the program that its first line names is not: correct that line", program)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file %s: write the whole path of the program", program)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s may not be executed: chmod +x makes a file a program, and its user must be allowed to reach it", program)
	case errors.Is(err, syscall.ENOEXEC):
		return fmt.Errorf("%s is no program: a script begins with a line such as #!/bin/sh", program)
	}
	return fmt.Errorf("%s cannot be started: %w", program, bare(err))
}

func inDirectory(c domain.Command, program string) string {
	if c.Directory == "" || strings.HasPrefix(program, "/") {
		return program
	}
	return c.Directory + "/" + program
}

// bare is the cause without the operation and the path, which stand in the sentence.
func bare(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}
