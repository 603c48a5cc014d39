package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/app/migrate"
	"supervisor-healthcheck/domain"
)

// migrateFlags are those of the command migrate.
type migrateFlags struct{ file, write string }

// Table is the settings of migrate.
func (f *migrateFlags) Table() []domain.Setting {
	return []domain.Setting{configurationRow(&f.file), writeRow(&f.write)}
}

// migrateListeners prints sections in place of the listeners of the Python package and of Superlance.
func (p program) migrateListeners(args []string) int {
	var given migrateFlags
	files, err := parseOwn(given.Table(), self+" "+migrateCommand, args, flags.None)
	switch {
	case flags.WroteHelp(err):
		fmt.Fprint(p.stdout, migrateHelp())
		return exitOK
	case err == nil && given.file != "" && len(files) > 0:
		err = fmt.Errorf("-c %s and %s are too much together: give supervisord's own file by -c, or the files to be read without it", given.file, files[0])
	case err == nil && given.write != "" && taken(given.write):
		err = occupied(given.write)
	}
	if err != nil {
		return p.stop(migrateCommand, exitUsage, err)
	}
	world := migrate.World{Lookup: p.lookup(), DropIn: dropIn, Whole: len(files) == 0}
	if world.Whole {
		files = []string{given.file}
	}
	var paths []string
	result, err := p.migrateFiles(files, world, &paths)
	if err != nil {
		return p.stop(migrateCommand, exitUsage, err)
	}
	if !result.Found() {
		fmt.Fprintf(p.stderr, "%s %s: %s: nothing is to be migrated: there is no listener of the Python package and none of Superlance's httpok and memmon\n",
			self, migrateCommand, strings.Join(paths, ", "))
		return exitOK
	}
	return p.migrated(result, given.write, paths, world)
}

// migrateFiles reads files, those of supervisord if the only one has no name, and makes the sections.
func (p program) migrateFiles(files []string, w migrate.World, paths *[]string) (migrate.Result, error) {
	var configs []migrate.File
	for _, file := range files {
		path, err := p.configPath(file, false)
		if err != nil {
			return migrate.Result{}, err
		}
		*paths = append(*paths, path)
		c, err := config.Files(path, w.Lookup)
		if err != nil {
			return migrate.Result{}, err
		}
		configs = append(configs, c)
	}
	return migrate.Listeners(configs, w), nil
}

// migrated prints or writes what was made, and says what was not.
func (p program) migrated(result migrate.Result, file string, paths []string, w migrate.World) int {
	text := result.Text(p.ownPath())
	if file == "" {
		fmt.Fprint(p.stdout, text)
	} else {
		mode := fs.FileMode(0o644)
		if result.Secret() {
			mode = 0o600
		}
		if err := writeNew(file, text, mode); err != nil {
			return p.stop(migrateCommand, exitUsage, err)
		}
		fmt.Fprintf(p.stdout, "wrote %s\n", file)
		main := ""
		if w.Whole {
			main = paths[0]
		}
		p.sayWhatFollows(file, main, w.Lookup)
	}
	status := exitOK
	for _, left := range result.Left {
		status = p.stop(migrateCommand, exitTrouble, left)
	}
	return status
}

// dropIn reads words as the command line of a drop-in command, as the command itself does; what stands in a file or a variable that
// they name is not read. It is false if they are no such command.
func dropIn(words []string, getenv func(string) string) (migrate.Line, bool) {
	c, name, python := calledAs(words)
	if !python {
		known := false
		if len(words) > 1 && filepath.Base(words[0]) == self {
			c, known = findCommand(words[1])
		}
		if !known {
			return migrate.Line{}, false
		}
		name, words = self+" "+c.name, words[1:]
	}
	read := migrate.Line{Command: c.name, Python: python}
	l, err := newLine(name, c)
	if err != nil {
		read.Err = err
		return read, true
	}
	l.unread = true
	read.Options, read.Err = l.options(words[1:], getenv)
	if flags.WroteHelp(read.Err) {
		read.Err = errors.New("it only shows its help")
	}
	read.Checks, read.Server = l.elsewhere()
	return read, true
}

// elsewhere are the settings of the checks and of the listener whose value stands in a file or a variable, by their words, and where.
func (l *line) elsewhere() (checks, server map[string]string) {
	checks, server = map[string]string{}, map[string]string{}
	for _, g := range l.groups {
		for _, w := range g.words {
			switch {
			case w.row.Source == domain.Written || w.text() == "":
			case g.name == serverGroup:
				server[w.setting] = w.text()
			default:
				checks[w.setting] = w.text()
			}
		}
	}
	return checks, server
}

func migrateHelp() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %[1]s %[2]s [-c FILE] [--write FILE]\n       %[1]s %[2]s [--write FILE] FILE...\n\n%[3]s\n\n", self, migrateCommand, wrap(summary(migrateCommand), 0))
	b.WriteString(wrap("It knows supervisor_http_check and the six other commands, "+self+" http and the like, and Superlance's httpok and memmon. "+
		"A section keeps the meaning of its listener; comments say what changes, and which checks never worked. "+
		"A listener that cannot be written as a section is left as a comment, with the reason. Nothing but the file of --write is written, and nothing over a file.", 0))
	b.WriteString(helpOwn(new(migrateFlags).Table()))
	b.WriteString("\n" + wrap(exitsOf(migrateCommand), 0) + "\n")
	return b.String()
}
