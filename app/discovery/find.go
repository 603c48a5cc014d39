package discovery

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Finder looks for supervisord's own file, where nobody has named it.
type Finder struct {
	Proc     string              // the folder where the kernel tells of processes, such as /proc
	Parent   int                 // the process that has started us
	Root     string              // put in front of the absolute paths where supervisord looks; empty but for tests
	Ask      func() (int, error) // asks the supervisord at the address that is given for its pid; nil where none is given
	Listener bool                // supervisord has started us: it is asked only if it is not known among our ancestors
}

// Found is a file of supervisord.
type Found struct {
	Path  string
	Asked bool // it is that of the supervisord which was asked
}

// ErrNoFile means that there is no file where supervisord and supervisorctl look for it.
var ErrNoFile = errors.New("no supervisord.conf was found")

// Find returns the file of the supervisord that answers, else of the one among our ancestors, as its command line names it or as it
// has found it; without one the file that supervisorctl would find.
func (f Finder) Find() (Found, error) {
	ways := []func() (Found, bool, error){f.asked, f.ancestor}
	if f.Listener {
		slices.Reverse(ways)
	}
	for _, way := range ways {
		if found, ok, err := way(); ok || err != nil {
			return found, err
		}
	}
	here, err := os.Getwd()
	if err != nil {
		here = "/"
	}
	path, err := f.search([]string{here}, "")
	return Found{Path: path}, err
}

// asked is the file of the supervisord that tells its pid. A pid of another machine or namespace may be that of any process here, so
// it counts only if that is a supervisord, or one of our ancestors.
func (f Finder) asked() (found Found, ok bool, err error) {
	if f.Ask == nil {
		return Found{}, false, nil
	}
	pid, err := f.Ask()
	if err != nil || pid <= 0 {
		return Found{}, false, nil
	}
	args := f.args(pid)
	program := programIn(args)
	if program < 0 && f.isAncestor(pid) {
		program = scriptIn(args)
	}
	if program < 0 {
		return Found{}, false, nil
	}
	path, err := f.of(pid, args, program)
	return Found{Path: path, Asked: true}, err == nil, err
}

// ancestor is the file of the nearest supervisord among our ancestors.
func (f Finder) ancestor() (found Found, ok bool, err error) {
	for pid := f.Parent; pid > 0; pid = f.parent(pid) {
		args := f.args(pid)
		if program := programIn(args); program >= 0 {
			path, err := f.of(pid, args, program)
			return Found{Path: path}, err == nil, err
		}
	}
	return Found{}, false, nil
}

func (f Finder) isAncestor(wanted int) bool {
	for pid := f.Parent; pid > 0; pid = f.parent(pid) {
		if pid == wanted {
			return true
		}
	}
	return false
}

// of is the file of a supervisord, whose program stands at this place of its command line.
func (f Finder) of(pid int, args []string, program int) (string, error) {
	folders := f.folders(pid)
	if path := configuration(args[program+1:]); path != "" {
		return first(folders, path), nil
	}
	return f.search(folders, filepath.Dir(filepath.Dir(args[program])))
}

// search looks where supervisord looks: beside the folder of its program, then in its own folder, then in /etc.
func (f Finder) search(folders []string, above string) (string, error) {
	var tried []string
	for _, path := range []string{"../etc/supervisord.conf", "../supervisord.conf", "supervisord.conf", "etc/supervisord.conf",
		"/etc/supervisord.conf", "/etc/supervisor/supervisord.conf"} {
		beside, relative := strings.CutPrefix(path, "../")
		switch {
		case relative && above == "":
			continue
		case relative:
			path = filepath.Join(above, beside)
		case filepath.IsAbs(path):
			path = f.Root + path
		}
		for _, folder := range folders {
			at := path
			if !filepath.IsAbs(path) {
				at = filepath.Join(folder, path)
			}
			if _, err := os.Stat(at); err == nil {
				return at, nil
			}
			if !slices.Contains(tried, at) {
				tried = append(tried, at)
			}
		}
	}
	return "", &notFound{tried}
}

// notFound says where a file was looked for.
type notFound struct{ tried []string }

func (n *notFound) Error() string {
	return ErrNoFile.Error() + " at " + strings.Join(n.tried, ", ") + "; name it with -c FILE"
}

func (n *notFound) Unwrap() error { return ErrNoFile }

// first is the path in the first of the folders where it is.
func first(folders []string, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	for _, folder := range folders {
		if at := filepath.Join(folder, path); exists(at) {
			return at
		}
	}
	if len(folders) > 0 {
		return filepath.Join(folders[0], path)
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// folders are where a process may have been when it read its command line: where its shell was, and where it is.
func (f Finder) folders(pid int) []string {
	var all []string
	environment, _ := os.ReadFile(f.file(pid, "environ"))
	for variable := range strings.SplitSeq(string(environment), "\x00") {
		if folder, ok := strings.CutPrefix(variable, "PWD="); ok && filepath.IsAbs(folder) {
			all = append(all, folder)
		}
	}
	if folder, err := os.Readlink(f.file(pid, "cwd")); err == nil {
		all = append(all, folder)
	}
	if folder, err := os.Getwd(); err == nil && len(all) == 0 { // it is another user's, but ours may be the same
		all = append(all, folder)
	}
	return all
}

func (f Finder) args(pid int) []string {
	text, _ := os.ReadFile(f.file(pid, "cmdline"))
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
}

func (f Finder) parent(pid int) int {
	text, _ := os.ReadFile(f.file(pid, "stat"))
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}

func (f Finder) file(pid int, name string) string {
	return filepath.Join(f.Proc, strconv.Itoa(pid), name)
}
