package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/discovery"
	"supervisor-healthcheck/domain"
)

// initFlags are those of the command init.
type initFlags struct {
	File, ServerURL, Write string
}

// Table is the settings of init.
func (f *initFlags) Table() []domain.Setting {
	row := func(long string, short rune, value, doc string, text *string) domain.Setting {
		return domain.Setting{Word: long, Value: value, Doc: doc, Flag: domain.Flag{Long: long, Short: short},
			Set: func(given string) error { *text = given; return nil }}
	}
	return []domain.Setting{
		row("configuration", 'c', "FILE", "supervisord's configuration file (default: that of the supervisord at the address, or that runs this, else the one that supervisorctl finds)", &f.File),
		row("serverurl", 0, "URL", "where supervisord is, unix:///path or http://host:port (default: SUPERVISOR_SERVER_URL, else what the file says)", &f.ServerURL),
		writeRow(&f.Write),
	}
}

// propose looks at the running supervisord and writes a configuration to begin with.
func (p program) propose(args []string) int {
	var given initFlags
	rest, err := parseOwn(given.Table(), self+" init", args, flags.None)
	switch {
	case flags.WroteHelp(err):
		fmt.Fprint(p.stdout, initHelp())
		return exitOK
	case err != nil:
		return p.stop("init", exitUsage, err)
	case len(rest) > 0:
		return p.stop("init", exitUsage, fmt.Errorf("unexpected argument %q: it looks at all programs; to write a file, say --write %s", rest[0], rest[0]))
	case given.Write != "" && taken(given.Write):
		return p.stop("init", exitUsage, occupied(given.Write))
	}
	ctx, stop := untilInterrupted()
	defer stop()
	place, lookup := p.place(given), p.lookup()
	found, err := app.Discover(ctx, place, lookup)
	if err != nil {
		return p.undiscovered(found, err)
	}
	if !found.Found() {
		fmt.Fprintf(p.stderr, "%s init: %s: %s\n", self, domain.WithoutCredentials(found.ServerURL), found.Nothing())
		return exitOK
	}
	text := found.Text(found.Configuration, domain.WithoutCredentials(found.ServerURL), p.ownPath())
	if given.Write == "" {
		fmt.Fprint(p.stdout, text)
		return exitOK
	}
	if err := writeNew(given.Write, text, 0o644); err != nil {
		return p.stop("init", exitUsage, err)
	}
	fmt.Fprintf(p.stdout, "wrote %s\n", given.Write)
	p.sayWhatFollows(given.Write, found.Path, lookup)
	return exitOK
}

// ownPath is where this program is, for command=.
func (p program) ownPath() string {
	path, err := p.executable()
	if err != nil {
		return self // it is found by supervisord's PATH
	}
	return path
}

// place is what the flags and the environment say.
func (p program) place(given initFlags) app.Place {
	at := app.Place{File: given.File, Server: p.server()}
	if given.ServerURL != "" || given.File != "" {
		at.URL = given.ServerURL
	}
	return at
}

// undiscovered says why nothing was seen.
func (p program) undiscovered(found app.Discovered, err error) int {
	var file *discovery.FileError
	var setting *domain.SettingError
	switch {
	case errors.As(err, &file), errors.As(err, &setting):
		return p.stop("init", exitUsage, err)
	case errors.Is(err, discovery.ErrNoFile):
		return p.stop("init", exitUnasked, err)
	}
	return p.stop("init", exitUnasked, fmt.Errorf("supervisord at %s cannot be asked: %w", domain.WithoutCredentials(found.ServerURL), err))
}

// stop says in a sentence why a command by hand ends, or one for each reason.
func (p program) stop(command string, status int, err error) int {
	for sentence := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(p.stderr, "%s %s: %s\n", self, command, sentence)
	}
	return status
}

func taken(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func occupied(path string) error {
	return fmt.Errorf("%s exists, and nothing is written over it: name another file or move it away", path)
}

// writeNew writes a file that does not exist yet.
func writeNew(path, text string, mode fs.FileMode) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return occupied(path)
	}
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Close()); err != nil {
		os.Remove(path) // half of it is worse than none
		return err
	}
	return nil
}

// sayWhatFollows says how supervisord comes to know of the file.
func (p program) sayWhatFollows(path, main string, lookup discovery.Lookup) {
	if main == "" {
		fmt.Fprintf(p.stdout, "Have it included by [include] of supervisord.conf, then: supervisorctl reread, and supervisorctl update.\n")
		return
	}
	absolute, err := filepath.Abs(path)
	included, readable := discovery.Included(main, lookup)
	if err != nil || !readable || !slices.Contains(included, absolute) {
		fmt.Fprintf(p.stdout, "%s does not include it: add it to files= of [include] there, then: supervisorctl reread, and supervisorctl update.\n", main)
		return
	}
	fmt.Fprintf(p.stdout, "%s includes it. To begin: supervisorctl reread, and supervisorctl update.\n", main)
}

func initHelp() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s init [flags]\n\n%s\n\n", self, wrap(summary("init"), 0))
	b.WriteString(wrap("For every program it looks where the processes listen, asks there for /healthz, /health, /ping, /status and / with GET, and measures the memory. "+
		"It connects to addresses of the loopback interface alone. The sections have mode = observe: they say in the log what would be done. "+
		"To see the sockets of other users' processes it has to be run as root.", 0))
	b.WriteString(helpOwn(new(initFlags).Table()))
	b.WriteString("\n" + wrap(exitsOf("init"), 0) + "\n")
	return b.String()
}
