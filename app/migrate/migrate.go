// Package migrate finds the listeners of the Python package supervisor_checks, of our own drop-in commands and of Superlance in the
// files of supervisord, and writes sections with the same meaning, with what changes for each. It only reads what it is given.
package migrate

import (
	"fmt"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/discovery"
	"supervisor-healthcheck/domain"
)

// Setting is a line of a section; its value is a text that is not escaped.
type Setting = discovery.Setting

// File is a file that was read, with those that it includes.
type File = *ini.Config

// World is what the files do not say.
type World struct {
	// Lookup tells the variables of supervisord's environment.
	Lookup func(name string) (string, bool)
	// DropIn reads words as the command line of a drop-in command, with the parser of that command; false if they are none. The
	// environment is that of the listener.
	DropIn func(words []string, getenv func(string) string) (Line, bool)
	// Whole: the files are all that supervisord reads, so what they do not have does not exist.
	Whole bool
}

// Line is the command line of a drop-in command as the command reads it.
type Line struct {
	app.Options // with one watch
	Err         error
	Command     string // such as http
	Python      bool   // it was called by the name that the Python package gives it
	// Checks and Server are the settings whose value stands in a file or an environment variable, by their words, and where it
	// stands. The Options have none for them.
	Checks, Server map[string]string
}

// Result is what became of all listeners.
type Result struct {
	Made []Made
	Left []Left

	configs []*ini.Config
	world   World
}

// Made is a listener for which there are sections.
type Made struct {
	listener
	Sections []Section
	Notes    []string // what changes
	line     Line     // of a drop-in command
}

// Section is a [healthcheck:NAME].
type Section struct {
	Name     string
	Settings []Setting
	secret   bool // one of them is
}

// Left is a listener that cannot be written as sections.
type Left struct {
	listener
	Why string
}

// Error is the sentence about it.
func (l Left) Error() string {
	return fmt.Sprintf("%s: [%s]: %s", l.section.Place, l.section.Name, l.Why)
}

// Listeners makes sections for all listeners of the files that are known.
func Listeners(configs []File, w World) Result {
	r := Result{configs: configs, world: w}
	m := &migration{world: w, configs: configs, taken: map[string]bool{}, seen: map[ini.Place]bool{}}
	m.findWhatHolds()
	for _, c := range configs {
		programs, broken := c.Programs(w.Lookup)
		for _, p := range programs {
			if p.Kind != "eventlistener" || m.seen[p.Section.Place] {
				continue
			}
			m.seen[p.Section.Place] = true
			made, why := m.listener(c, p, broken)
			switch {
			case why != "":
				r.Left = append(r.Left, Left{listener: made.listener, Why: oneLine(why)})
			case made.Sections != nil:
				made.worstFirst()
				r.Made = append(r.Made, made)
			}
		}
	}
	return r
}

// migration is what is known while sections are made.
type migration struct {
	world   World
	configs []*ini.Config
	taken   map[string]bool // names of sections
	seen    map[ini.Place]bool
	common  map[string]bool // words of the policy, and CHECK.SETTING, that hold for all sections unless these say otherwise
	ids     []domain.ID     // the processes of all programs
	groups  map[string]bool
}

// Found reports whether there was anything to migrate.
func (r Result) Found() bool { return len(r.Made)+len(r.Left) > 0 }

// findWhatHolds looks for what new sections would inherit, whose names are taken, and which processes there are.
func (m *migration) findWhatHolds() {
	m.common, m.groups = map[string]bool{}, map[string]bool{}
	for _, c := range m.configs {
		for _, s := range c.Sections {
			if name, ok := strings.CutPrefix(s.Name, "healthcheck:"); ok {
				m.taken[strings.TrimSpace(name)] = true
			}
			if s.Name != "healthcheck" {
				continue
			}
			for _, k := range s.Keys {
				m.common[strings.ReplaceAll(k.Name, "_", "-")] = true
			}
		}
		programs, _ := c.Programs(m.world.Lookup)
		for _, p := range programs {
			for _, process := range p.Processes {
				m.groups[process.Group] = true
				m.ids = append(m.ids, domain.ID{Group: process.Group, Name: process.Name})
			}
		}
		environment := c.Everywhere(m.world.Lookup).Lookup
		var policy domain.Policy
		for _, row := range append(policy.Table(), policy.Basis()) {
			if value, ok := environment(row.Flag.Variable); ok && value != "" {
				m.common[row.Word] = true
			}
		}
	}
}

// holds reports whether a section inherits something for one of these words.
func (m *migration) holds(prefix string, row domain.Setting) bool {
	for _, word := range append([]string{row.Word}, row.Also...) {
		if m.common[prefix+word] {
			return true
		}
	}
	return false
}

// name chooses a name that no other section has: the first that can stand in a header, or one with a number.
func (m *migration) name(wanted ...string) string {
	for _, name := range wanted {
		if name != "" && ini.Carries("x"+name+"]") && strings.TrimSpace(name) == name && !m.taken[name] {
			m.taken[name] = true
			return name
		}
	}
	last := wanted[len(wanted)-1]
	for n := 2; ; n++ {
		if name := fmt.Sprintf("%s_%d", last, n); !m.taken[name] {
			m.taken[name] = true
			return name
		}
	}
}

func oneLine(text string) string {
	return strings.Join(strings.Split(strings.TrimSpace(text), "\n"), "; ")
}
