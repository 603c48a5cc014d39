package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// DefaultDir returns the directory for a user who has named none: in the system's runtime directory for root, in
// XDG_RUNTIME_DIR if that is a directory of this user, otherwise one in TMPDIR, or /tmp, with the uid in its name.
// It creates nothing.
func DefaultDir(getenv func(string) string, uid int) string {
	const name = "supervisor-healthcheck"
	if uid == 0 {
		return filepath.Join(systemRuntimeDir, name)
	}
	if dir := getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) && isDirOf(dir, uid) {
		return filepath.Join(dir, name)
	}
	temp := getenv("TMPDIR")
	if !filepath.IsAbs(temp) {
		temp = "/tmp"
	}
	return filepath.Join(temp, name+"-"+strconv.Itoa(uid))
}

func isDirOf(dir string, uid int) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir() && ownerOf(info) == uid
}

func ownerOf(info fs.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return -1
}

// ensure makes the directory unless it is there, and refuses one into which others could put files.
func ensure(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return trusted(dir, os.Geteuid())
}

// trusted walks up to the root: below a directory that everybody may write to, only what is ours, or root's above
// the last step, can be relied on to be what it was.
func trusted(dir string, uid int) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if writable(info) {
		return fmt.Errorf("%s may be written to by everybody", dir)
	}
	for step := dir; step != filepath.Dir(step); step = filepath.Dir(step) {
		place, err := os.Stat(filepath.Dir(step))
		if err != nil {
			return err
		}
		if !writable(place) {
			continue
		}
		if err := planted(step, uid, step == dir); err != nil {
			return err
		}
	}
	return nil
}

func writable(info fs.FileInfo) bool { return info.Mode().Perm()&0o002 != 0 }

// planted says why what stands in a directory that everybody may write to might be somebody else's.
func planted(step string, uid int, last bool) error {
	info, err := os.Lstat(step)
	if err != nil {
		return err
	}
	by := ownerOf(info)
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link in a directory that everybody may write to", step)
	case by != uid && (last || by != 0):
		return fmt.Errorf("%s belongs to user %d, not %d, in a directory that everybody may write to", step, by, uid)
	case last && info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("%s may be written to by others, in a directory that everybody may write to", step)
	}
	return nil
}

// advised adds what can be done about it.
func advised(dir string, err error) error {
	cure := "name another directory"
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		cure = "make room on that disk or name another directory"
	case errors.Is(err, fs.ErrPermission):
		cure = "let user " + strconv.Itoa(os.Geteuid()) + " write there or name another directory"
	case errors.Is(err, unix.EROFS):
		cure = "name a directory on a disk that can be written to"
	}
	return fmt.Errorf("journal directory %s: %s: %w", dir, cure, err)
}
