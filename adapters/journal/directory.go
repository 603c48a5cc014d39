package journal

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"supervisor-healthcheck/domain"
)

// spareNames is how many names a directory in the folder for temporary files may have: others who have taken the first
// ones there cannot keep us from a journal.
const spareNames = 10

// DefaultDirs returns the directories for a user who has named none: for root the one in the system's runtime directory,
// for others the one in XDG_RUNTIME_DIR if that is a directory of this user, otherwise those in TMPDIR, or /tmp, with the
// uid in their names. The first that can be used is used. It creates nothing.
func DefaultDirs(getenv func(string) string, uid int) []string {
	const name = "supervisor-healthcheck"
	if uid == 0 {
		return []string{filepath.Join(systemRuntimeDir, name)}
	}
	if dir := getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) && isDirOf(dir, uid) {
		return []string{filepath.Join(dir, name)}
	}
	temp := getenv("TMPDIR")
	if !filepath.IsAbs(temp) {
		temp = "/tmp"
	}
	dirs := []string{filepath.Join(temp, name+"-"+strconv.Itoa(uid))}
	for i := 1; i < spareNames; i++ {
		dirs = append(dirs, dirs[0]+"."+strconv.Itoa(i))
	}
	return dirs
}

// Directory is the directory of the journals, for others of ours who want to keep something there. It is made if it is not there. The
// error says what to do.
func Directory(c Config) (string, error) {
	dirs := Open(c).dirs
	dir, err := settle(dirs, os.Geteuid())
	if err != nil {
		return "", advised(dirs[0], err)
	}
	return dir, nil
}

// Stem is the beginning of the names of all files in the directory that belong to the supervisord at this address.
func Stem(serverURL string) string {
	return strings.TrimSuffix(fileName(strings.TrimRight(domain.WithoutCredentials(serverURL), "/")), ".json")
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

// settle returns the directory to be used: the first that is there and can be relied on, so that all our listeners and
// their next lives come to the same one; if there is none, the first that can be made.
func settle(dirs []string, uid int) (string, error) {
	for _, dir := range dirs {
		if (&walk{uid: uid}).to(dir) == nil {
			return dir, nil
		}
	}
	var obstacle error
	for _, dir := range dirs {
		err := (&walk{uid: uid, mkdir: true}).to(dir)
		if err == nil {
			return dir, nil
		}
		obstacle = worse(obstacle, err)
	}
	return "", obstacle
}

// worse is the error that says more: that one name is taken says less than why no other could be used.
func worse(a, b error) error {
	if _, taken := errors.AsType[refusal](b); taken {
		return cmp.Or(a, b)
	}
	return b
}

// advised adds what can be done about it.
func advised(dir string, err error) error {
	cure := "name another directory"
	refused, isRefusal := errors.AsType[refusal](err)
	switch {
	case isRefusal:
		cure = refused.cure
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		cure = "make room on that disk or name another directory"
	case errors.Is(err, fs.ErrPermission):
		cure = "let user " + strconv.Itoa(os.Geteuid()) + " write there or name another directory"
	case errors.Is(err, unix.EROFS):
		cure = "name a directory on a disk that can be written to"
	}
	return fmt.Errorf("journal directory %s: %s: %w", dir, cure, err)
}
