package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// refusal says why what stands on the disk is not used, although it could be: others can put there what they like, and a
// journal tells us which processes to start.
type refusal struct {
	cause string
	cure  string
}

func (r refusal) Error() string { return r.cause }

// mostLinks bounds the symbolic links on the way to a directory.
const mostLinks = 40

// walk goes from the root to a directory and looks at every step, links included. In a place into which others may put
// things, only what is ours, or root's before the last step, can be relied on to be what it was, and no link can. The
// directory itself has to be ours or root's, and nobody else may write to it.
type walk struct {
	uid   int
	mkdir bool // make what is missing, but not where a link leads to

	at    string // how far it has come
	place fs.FileInfo
	rest  []string // the steps that are left
	named int      // with fewer steps left they are those that were named, else those of a link
	links int
}

func (w *walk) to(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	w.rest = steps(dir)
	w.named = len(w.rest) + 1
	err = w.begin()
	for err == nil && len(w.rest) > 0 {
		err = w.step()
	}
	if err != nil {
		return err
	}
	return w.own(w.at, w.place)
}

func (w *walk) begin() (err error) {
	w.at = string(filepath.Separator)
	w.place, err = os.Lstat(w.at)
	return err
}

func (w *walk) step() error {
	step := filepath.Join(w.at, w.rest[0])
	w.rest = w.rest[1:]
	info, err := w.look(step)
	if err != nil {
		return err
	}
	if err := w.vouch(step, info); err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return w.follow(step)
	}
	w.at, w.place = step, info
	return nil
}

func steps(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == filepath.Separator })
}

// look is Lstat, and makes what is missing.
func (w *walk) look(step string) (fs.FileInfo, error) {
	info, err := os.Lstat(step)
	if !w.mkdir || len(w.rest) >= w.named || !errors.Is(err, fs.ErrNotExist) {
		return info, err
	}
	if err := os.Mkdir(step, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.Lstat(step)
}

func (w *walk) follow(link string) error {
	if w.links++; w.links > mostLinks {
		return &fs.PathError{Op: "open", Path: link, Err: unix.ELOOP}
	}
	target, err := os.Readlink(link)
	if err != nil {
		return err
	}
	w.named = min(w.named, len(w.rest))
	w.rest = append(steps(target), w.rest...)
	if !filepath.IsAbs(target) {
		return nil
	}
	return w.begin()
}

// vouch says why a step might be somebody else's.
func (w *walk) vouch(step string, info fs.FileInfo) error {
	where := w.open(w.place)
	if where == "" {
		return nil
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		return refusal{fmt.Sprintf("%s is a symbolic link in a directory %s", step, where), "name another directory, or the one that is meant without the link"}
	}
	if by := ownerOf(info); by != w.uid && (len(w.rest) == 0 || by != 0) {
		return refusal{fmt.Sprintf("%s belongs to user %d, not %d, in a directory %s", step, by, w.uid, where), "name another directory"}
	}
	return nil
}

// open says who besides us and root may put things into a place; "" if nobody may.
func (w *walk) open(place fs.FileInfo) string {
	by := ownerOf(place)
	switch mode := place.Mode().Perm(); {
	case mode&0o002 != 0:
		return "that everybody may write to"
	case mode&0o020 != 0:
		return "that its group may write to"
	case by != w.uid && by != 0:
		return fmt.Sprintf("of user %d", by)
	}
	return ""
}

// own says why the directory cannot be the one of a journal.
func (w *walk) own(dir string, info fs.FileInfo) error {
	by, mode := ownerOf(info), info.Mode().Perm()
	whoever := "others"
	if mode&0o002 != 0 {
		whoever = "everybody"
	}
	switch {
	case !info.IsDir():
		return &fs.PathError{Op: "open", Path: dir, Err: unix.ENOTDIR}
	case by != w.uid && by != 0:
		return refusal{fmt.Sprintf("%s belongs to user %d, who could write into it what we are to start", dir, by),
			fmt.Sprintf("give it to user %d (chown %d %s) or name another directory", w.uid, w.uid, dir)}
	case mode&0o022 != 0:
		return refusal{fmt.Sprintf("%s may be written to by %s, who could write into it what we are to start", dir, whoever),
			fmt.Sprintf("take that away (chmod go-w %s) or name another directory", dir)}
	}
	return nil
}
