package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/app/discovery"
)

// runFlags are those of the command run.
type runFlags struct {
	File string `short:"c" long:"configuration" value-name:"FILE" unquote:"false" description:"supervisord's configuration file (default: that of the supervisord that runs this, else the one that supervisorctl finds)"`
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
	current, err := p.configuration(given.File, true)
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
func (p program) configuration(path string, listener bool) (*config.Current, error) {
	path, err := p.configPath(path, listener)
	if err != nil {
		return nil, err
	}
	lookup := p.lookup()
	c, err := config.Load(path, lookup)
	if err == nil {
		err = c.Err()
	}
	if err != nil {
		return nil, err
	}
	return config.NewCurrent(c, lookup), nil
}

// configPath is the absolute path of the file that is given, or else of the one that is found.
func (p program) configPath(given string, listener bool) (string, error) {
	if given == "" {
		place := app.Place{Server: p.server(), Listener: listener}
		found, err := place.Find(context.Background(), p.lookup())
		if err != nil {
			return "", err
		}
		given = found.Path
	}
	return filepath.Abs(given)
}

// server is where the environment says that supervisord is.
func (p program) server() discovery.Server {
	return discovery.Server{URL: p.getenv("SUPERVISOR_SERVER_URL"), Username: p.getenv("SUPERVISOR_USERNAME"), Password: p.getenv("SUPERVISOR_PASSWORD")}
}

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
	writeEntry(&b, "-c, --configuration=FILE", "supervisord's configuration file (default: that of the supervisord that runs this, else the one that supervisorctl finds)", textColumn)
	return b.String()
}
