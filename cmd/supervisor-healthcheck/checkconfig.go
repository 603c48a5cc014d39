package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/domain"
)

// ownFlags are those of the commands by hand that read the sections.
type ownFlags struct {
	file string
	json bool
}

// Table is the settings of these commands.
func (o *ownFlags) Table() []domain.Setting {
	return []domain.Setting{
		configurationRow(&o.file),
		{Word: "json", Doc: "write JSON instead of text", Flag: domain.Flag{Long: "json", Switch: true}, Set: func(string) error { o.json = true; return nil }},
	}
}

// configurationRow is the setting that names supervisord's own file.
func configurationRow(file *string) domain.Setting {
	return domain.Setting{Word: "configuration", Value: "FILE", Doc: "supervisord's configuration file (default: that of the supervisord at SUPERVISOR_SERVER_URL, or that runs this, else the one that supervisorctl finds)",
		Flag: domain.Flag{Long: "configuration", Short: 'c'}, Set: func(text string) error { *file = text; return nil }}
}

// writeRow is the setting that names a file to be written.
func writeRow(file *string) domain.Setting {
	return domain.Setting{Word: "write", Value: "FILE", Doc: "write a new file in place of printing",
		Flag: domain.Flag{Long: "write"}, Set: func(text string) error { *file = text; return nil }}
}

// parse reads the flags and returns the other words.
func (o *ownFlags) parse(name string, args []string, how flags.Options) (rest []string, err error) {
	return parseOwn(o.Table(), name, args, how)
}

// parseOwn reads the flags of a command by hand and returns the other words.
func parseOwn(table []domain.Setting, name string, args []string, how flags.Options) (rest []string, err error) {
	parser := flags.NewNamedParser(name, flags.HelpFlag|flags.PassDoubleDash|how)
	words, err := addWords(parser, "Options", "", table)
	if err != nil {
		return nil, err
	}
	if rest, err = parser.ParseArgs(args); err != nil {
		return nil, err
	}
	for _, w := range words {
		for _, text := range w.texts() {
			if w.given() && err == nil {
				err = w.set(text)
			}
		}
	}
	return rest, err
}

// help are the flags in a help text.
func (o *ownFlags) help() string { return helpOwn(o.Table()) }

func helpOwn(table []domain.Setting) string {
	var b strings.Builder
	b.WriteString("\n\nOptions:\n")
	for _, row := range table {
		term := "    --" + row.Flag.Long
		if row.Flag.Short != 0 {
			term = "-" + string(row.Flag.Short) + ", --" + row.Flag.Long
		}
		if row.Value != "" {
			term += " " + row.Value
		}
		writeEntry(&b, term, row.Doc, textColumn)
	}
	return b.String()
}

// checkConfig shows what is configured, all that is wrong with it, and what is legal and unwise.
func (p program) checkConfig(args []string) int {
	const name = self + " " + checkCommand
	var given ownFlags
	rest, err := given.parse(name, args, flags.None)
	switch {
	case flags.WroteHelp(err):
		fmt.Fprint(p.stdout, checkHelp())
		return exitOK
	case err != nil:
		return p.refuse(name, err.Error())
	case len(rest) > 0:
		return p.refuse(name, fmt.Sprintf("unexpected argument %q: write %s [-c FILE] [--json]", rest[0], name))
	}
	path, err := p.configPath(given.file, false)
	if err != nil {
		return p.refuse(name, err.Error())
	}
	e, err := config.Explain(path, p.lookup())
	if err != nil {
		if !given.json {
			return p.refuse(name, err.Error())
		}
		e = &config.Explained{File: path, Included: []string{}, Listener: []config.Fact{}, Sections: []config.Section{}, Errors: strings.Split(err.Error(), "\n"), Warnings: []string{}}
	}
	p.sayUnknown(name, config.Variables())
	if given.json {
		err = writeJSON(p.stdout, e)
	} else {
		err = writeExplained(p.stdout, e, p.screen())
	}
	switch {
	case err != nil:
		return exitTrouble
	case len(e.Errors) > 0:
		return exitUsage
	}
	return exitOK
}

func writeJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

func writeExplained(out io.Writer, e *config.Explained, screen terminal.Screen) error {
	var b strings.Builder
	if len(e.Listener) > 0 {
		b.WriteString(screen.Paint(terminal.Bold, "the listener") + "\n")
		writeTable(&b, screen, func(table io.Writer) { writeFacts(table, e.Listener) })
	}
	processes := map[string]bool{}
	for _, s := range e.Sections {
		writeSection(&b, s, screen)
		for _, judged := range s.Processes {
			for _, name := range judged.Names {
				processes[name] = true
			}
		}
	}
	for _, sentence := range e.Errors {
		writeSentence(&b, screen, terminal.Red, "error:", sentence)
	}
	for _, sentence := range e.Warnings {
		writeSentence(&b, screen, terminal.Yellow, "warning:", sentence)
	}
	fmt.Fprintf(&b, "%s: %s, %s, %s, %s\n", e.File, counted(len(e.Sections), "section"), counted(len(processes), "process"),
		counted(len(e.Errors), "error"), counted(len(e.Warnings), "warning"))
	_, err := io.WriteString(out, b.String())
	return err
}

// writeSentence writes what is wrong or unwise: in a line of its own, or in several where lines have a width.
func writeSentence(b *strings.Builder, screen terminal.Screen, colour terminal.Colour, level, sentence string) {
	if screen.Width > 0 {
		sentence = strings.TrimPrefix(terminal.Wrap(level+" "+sentence, 2, screen.Width), level+" ")
	}
	fmt.Fprintf(b, "%s %s\n", screen.Paint(colour, level), sentence)
}

func writeSection(b *strings.Builder, s config.Section, screen terminal.Screen) {
	fmt.Fprintf(b, "%s at %s looks after %s\n", screen.Paint(terminal.Bold, "[healthcheck:"+s.Name+"]"), s.Place, s.Select)
	writeTable(b, screen, func(table io.Writer) {
		for _, judged := range s.Processes {
			fmt.Fprintf(table, "  %s\n", few(judged.Names))
			for _, check := range judged.Checks {
				writeFacts(table, check.Settings)
			}
		}
		if len(s.Depends) > 0 {
			fmt.Fprintf(table, "  held while it is down\n")
			writeFacts(table, s.Depends)
		}
		fmt.Fprintf(table, "  policy\n")
		writeFacts(table, s.Policy)
	})
}

// writeTable writes facts in columns. What nobody has written is of less matter.
func writeTable(b *strings.Builder, screen terminal.Screen, write func(table io.Writer)) {
	var cells strings.Builder
	table := tabwriter.NewWriter(&cells, 0, 0, 2, ' ', 0)
	write(table)
	table.Flush() //nolint:errcheck // it writes to memory
	for line := range strings.SplitSeq(cells.String(), "\n") {
		if strings.HasSuffix(line, "  "+config.ByDefault) {
			line = screen.Paint(terminal.Faint, line)
		}
		b.WriteString(line + "\n")
	}
}

func writeFacts(table io.Writer, facts []config.Fact) {
	for _, f := range facts {
		fmt.Fprintf(table, "    %s\t%s\t%s\n", f.Word, strings.Join(strings.Fields(f.Value), " "), f.Origin)
	}
}

// few are some of many names.
func few(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, " ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], " "), len(names)-most)
}

// counted is a number of things in English.
func counted(n int, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "ss"):
		thing += "e"
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func checkHelp() string {
	return fmt.Sprintf("Usage: %s %s [-c FILE] [--json]\n\n%s\n\n", self, checkCommand, wrap(summary(checkCommand), 0)) +
		wrap(exitsOf(checkCommand)+" Warnings are about what is legal and unwise.", 0) + new(ownFlags).help()
}
