package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"supervisor-healthcheck/adapters/ini"
)

func placeOf(path string) ini.Place { return ini.Place{File: path, Line: 1} }

// Finder looks for the file of the supervisord that we run under.
type Finder struct {
	Proc   string // the folder where the kernel tells of processes, such as /proc
	Parent int    // the process that has started us
	Root   string // put in front of the absolute paths where supervisord looks; empty but for tests
}

// ErrNoFile means that there is no file where supervisord and supervisorctl look for it.
var ErrNoFile = errors.New("no supervisord.conf was found")

// Find returns the file of the supervisord among our ancestors, as its command line names it or as it has found it; without one
// the file that supervisorctl would find.
func (f Finder) Find() (string, error) {
	for pid := f.Parent; pid > 0; pid = f.parent(pid) {
		args := f.args(pid)
		program := slices.IndexFunc(args[:min(len(args), 4)], isSupervisord)
		if program < 0 {
			continue
		}
		folders := f.folders(pid)
		if path := configuration(args[program+1:]); path != "" {
			return first(folders, path), nil
		}
		return f.search(folders, filepath.Dir(filepath.Dir(args[program])))
	}
	here, err := os.Getwd()
	if err != nil {
		here = "/"
	}
	return f.search([]string{here}, "")
}

// isSupervisord reports whether an argument is supervisord, such as /usr/bin/supervisord or supervisor.supervisord behind -m.
func isSupervisord(arg string) bool {
	base := strings.TrimSuffix(filepath.Base(arg), ".py")
	return base == "supervisord" || base == "supervisor.supervisord"
}

// configuration is what -c says, as Python's getopt reads it; empty where it does not stand there.
func configuration(args []string) string {
	const takeValue = "cumdlyzejiqa" // the options of supervisord that have a value
	for i := 0; i < len(args); i++ {
		arg := args[i]
		next := ""
		if i+1 < len(args) {
			next = args[i+1]
		}
		if long, ok := strings.CutPrefix(arg, "--"); ok {
			name, value, given := strings.Cut(long, "=")
			if len(name) > 2 && strings.HasPrefix("configuration", name) {
				if given {
					return value
				}
				return next
			}
			if !given && longTakesValue(name) {
				i++
			}
			continue
		}
		if !strings.HasPrefix(arg, "-") {
			return ""
		}
		for j := 1; j < len(arg); j++ {
			if strings.IndexByte(takeValue, arg[j]) < 0 {
				continue
			}
			value := arg[j+1:]
			if value == "" {
				value = next
				i++
			}
			if arg[j] == 'c' {
				return value
			}
			break
		}
	}
	return ""
}

// longTakesValue reports whether a long option of supervisord has a value.
func longTakesValue(name string) bool {
	return slices.ContainsFunc([]string{"user", "umask", "directory", "logfile", "logfile_maxbytes", "logfile_backups", "loglevel", "pidfile",
		"identifier", "childlogdir", "minfds", "minprocs", "profile_options"}, func(long string) bool { return strings.HasPrefix(long, name) })
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
