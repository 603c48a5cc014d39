package discovery

import (
	"path/filepath"
	"slices"
	"strings"
)

// programIn is the place of supervisord in a command line, -1 if it is not there.
func programIn(args []string) int { return slices.IndexFunc(args[:min(len(args), 4)], isSupervisord) }

// scriptIn is the place of the program in the command line of a supervisord that has another name: behind an interpreter, or the
// first; -1 if nothing can be read.
func scriptIn(args []string) int {
	switch name := filepath.Base(args[0]); {
	case args[0] == "":
		return -1
	case strings.HasPrefix(name, "python"), strings.HasPrefix(name, "pypy"):
		return 1 + slices.IndexFunc(args[1:], func(arg string) bool { return !strings.HasPrefix(arg, "-") })
	}
	return 0
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
