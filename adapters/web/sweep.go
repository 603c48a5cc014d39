package web

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// outlived is how old all that a listener has left becomes: its history is of no use any more then.
const outlived = 30 * 24 * time.Hour

// mostSwept bounds the names that one look reads.
const mostSwept = 10_000

// Sweep removes what listeners have left in a directory that are gone, as those are that have another name now. own is what FileIn
// says of who sweeps. Nothing is touched that is young, is another user's, or belongs to a listener of which one file is in use.
func Sweep(own string, now time.Time) {
	dir, err := os.Open(filepath.Dir(own))
	if err != nil {
		return
	}
	defer dir.Close()
	left := regexp.MustCompile(`^(supervisord-[0-9a-f]{12}-[0-9a-f]{8})[.-].+$`) // see FileIn
	names, _ := dir.Readdirnames(mostSwept)
	all := map[string][]string{}
	for _, name := range names {
		if m := left.FindStringSubmatch(name); m != nil && m[1] != filepath.Base(own) {
			all[m[1]] = append(all[m[1]], filepath.Join(filepath.Dir(own), name))
		}
	}
	for _, paths := range all {
		sweep(paths, now)
	}
}

// sweep removes all files of one listener, or none.
func sweep(paths []string, now time.Time) {
	for _, path := range paths {
		info, err := os.Lstat(path)
		if err != nil || now.Sub(info.ModTime()) < outlived || !isOurs(info) {
			return
		}
		release, ok := abandoned(path, info)
		if !ok {
			return
		}
		defer release()
	}
	for _, path := range paths {
		_ = os.Remove(path)
	}
}

func isOurs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// abandoned reports whether no listener uses a file, nor begins to before release is called.
func abandoned(path string, info fs.FileInfo) (release func(), ok bool) {
	switch info.Mode().Type() {
	case fs.ModeSocket:
		short, done, err := shorter(path)
		if err != nil {
			return nil, false
		}
		defer done()
		conn, err := net.DialTimeout("unix", short, time.Second)
		if err == nil {
			conn.Close()
		}
		return func() {}, errors.Is(err, syscall.ECONNREFUSED)
	case 0:
		file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
		if err != nil {
			return nil, false
		}
		if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil { // who writes holds a lock
			file.Close()
			return nil, false
		}
		return func() { file.Close() }, true
	}
	return nil, false
}
