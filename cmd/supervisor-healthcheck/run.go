package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/app/config"
)

// runFlags are those of the command run.
type runFlags struct {
	File string `short:"c" long:"configuration" value-name:"FILE" unquote:"false" description:"supervisord's configuration file (default: the one that the supervisord has which runs this, else the one that supervisorctl finds)"`
}

// runSections runs one listener for all sections, or says in a sentence for each mistake why it cannot.
func (p program) runSections(args []string) int {
	os.Unsetenv("GO_FLAGS_COMPLETION") // as for all listeners
	const name = self + " run"
	var given runFlags
	parser := flags.NewNamedParser(name, flags.HelpFlag|flags.PassDoubleDash)
	_, err := parser.AddGroup("Run", "", &given)
	var rest []string
	if err == nil {
		rest, err = parser.ParseArgs(args)
	}
	switch {
	case flags.WroteHelp(err):
		fmt.Fprint(p.stdout, runHelp())
		return exitOK
	case err != nil:
		if bad, ok := errors.AsType[*flags.Error](err); ok && bad.Type == flags.ErrUnknownFlag {
			return p.refuse(name, bad.Message+": write "+name+" [-c FILE]; settings such as log_level stand in [healthcheck]")
		}
		return p.refuse(name, err.Error())
	case len(rest) > 0:
		return p.refuse(name, fmt.Sprintf("unexpected argument %q: which processes are looked after stands in the sections; write %s [-c FILE]", rest[0], name))
	}
	lookup := p.lookup()
	current, err := configuration(given.File, lookup)
	if err != nil {
		return p.refuse(name, err.Error())
	}
	p.sayUnknown(name, config.Variables())
	if p.terminal {
		fmt.Fprintf(p.stderr, "%s\n", wrap(name+" waits for events of supervisord on stdin, and this is a terminal. "+byHand+" Ctrl-C ends it.", 0))
	}
	return p.run(current.Options())
}

// configuration is what stands in the file that is given, or in the one that is found.
func configuration(path string, lookup config.Lookup) (*config.Current, error) {
	path, err := configPath(path)
	if err != nil {
		return nil, err
	}
	c, err := config.Load(path, lookup)
	if err == nil {
		err = c.Err()
	}
	if err != nil {
		return nil, err
	}
	return config.NewCurrent(c, lookup), nil
}

// findConfig finds the file of the supervisord that we run under, else the one that supervisorctl would find.
func findConfig() (string, error) { return config.Finder{Proc: "/proc", Parent: os.Getppid()}.Find() }

// lookup finds environment variables, also those that are empty.
func (p program) lookup() func(name string) (value string, set bool) {
	all := map[string]string{}
	for _, variable := range p.environ() {
		name, value, _ := strings.Cut(variable, "=")
		all[name] = value
	}
	return func(name string) (string, bool) {
		value, ok := all[name]
		return value, ok
	}
}

func runHelp() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s run [-c FILE]\n\n%s\n\n", self, wrap(summary("run"), 0))
	b.WriteString(wrap("Sections such as [healthcheck:web] stand beside [program:web] in supervisord.conf or in a file that it includes. "+
		"\"supervisorctl signal HUP\" and the name of this listener has them read anew.", 0) + "\n\nOptions:\n")
	writeEntry(&b, "-c, --configuration=FILE", "supervisord's configuration file (default: the one of the supervisord that runs this, else the one that supervisorctl finds)", textColumn)
	return b.String()
}
