package migrate

import (
	"path"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/adapters/ini"
)

// listener is an [eventlistener:x] that is known.
type listener struct {
	section *ini.Section
	program *ini.Program
	config  *ini.Config
	names   ini.Names
	own     map[string]string // what environment= sets
	words   []string          // of the command, from the known program on
}

// getenv is the environment of the listener.
func (l listener) getenv(name string) string {
	value, _ := l.names.Lookup(name)
	if value == "" && name == "SUPERVISOR_SERVER_URL" {
		return standIn
	}
	return value
}

// standIn is the address of supervisord where no file says another: supervisord tells it its listeners.
const standIn = "unix:///supervisord"

// value is a setting of the section, expanded.
func (l listener) value(key string) string {
	k, ok := l.config.Get(l.section, key)
	if !ok {
		return ""
	}
	text, err := ini.Expand(k.Value, l.names)
	if err != nil {
		return ""
	}
	return text
}

// names of programs that are no drop-in commands and known.
const (
	httpokName = "httpok"
	memmonName = "memmon"
)

// listener makes sections for a listener; there are none where it is none of those that are known.
func (m *migration) listener(c *ini.Config, p *ini.Program, broken []error) (made Made, why string) {
	made.listener = listener{section: p.Section, program: p, config: c}
	key, ok := c.Get(p.Section, "command")
	if !ok {
		return made, ""
	}
	if len(p.Processes) == 0 {
		return made, ifKnown(key.Value, "supervisord makes no process of it", broken...)
	}
	made.names = c.Names(p, p.Processes[0], m.world.Lookup)
	command, err := ini.Expand(key.Value, made.names)
	if err != nil {
		return made, ifKnown(key.Value, "command: "+err.Error())
	}
	words, err := ini.Words(command)
	if err != nil {
		return made, ifKnown(command, "command: "+err.Error())
	}
	made.environment()
	for i := range words {
		if i > 0 && !launches(words[0]) {
			break
		}
		made.words = append([]string{programOf(words[i])}, words[i+1:]...)
		switch made.words[0] {
		case httpokName:
			return m.httpok(made)
		case memmonName:
			return m.memmon(made)
		}
		if line, ok := m.world.DropIn(made.words, made.getenv); ok {
			return m.dropIn(made, line)
		}
	}
	return made, ifKnown(command, "it is not the program itself that is started; write its command line alone, without a shell or another program around it")
}

// environment reads what environment= sets.
func (l *listener) environment() {
	if key, ok := l.config.Get(l.section, "environment"); ok {
		if text, err := ini.Expand(key.Value, l.names); err == nil {
			l.own, _ = ini.Pairs(text) // supervisord would not start with one that is wrong
		}
	}
}

// launches reports whether a program is one that runs another, which is named on its command line.
func launches(word string) bool {
	name := path.Base(word)
	return strings.HasPrefix(name, "python") || strings.HasPrefix(name, "pypy") ||
		slices.Contains([]string{"env", "exec", "nice", "ionice", "nohup", "setsid", "stdbuf", "chrt", "taskset"}, name)
}

// programOf is the name of a program without its folder, and that of a module of Python as the program which it is.
func programOf(word string) string {
	name := strings.TrimSuffix(path.Base(word), ".py")
	name = strings.TrimPrefix(name, "superlance.")
	if check, ok := strings.CutPrefix(name, "supervisor_checks.bin."); ok {
		return "supervisor_" + check
	}
	return name
}

// ifKnown is a reason, if the command seems to be about a program that is known.
func ifKnown(command, why string, more ...error) string {
	known := false
	for word := range strings.FieldsFuncSeq(command, func(r rune) bool { return strings.ContainsRune(" \t\n'\"/;&|()", r) }) {
		name := programOf(word)
		known = known || name == httpokName || name == memmonName || strings.HasPrefix(name, "supervisor_") && strings.HasSuffix(name, "_check")
	}
	if !known {
		return ""
	}
	for _, err := range more {
		why += "; " + err.Error()
	}
	return why
}

// tick is the time between two ticks that the listener gets, none if it gets none.
func (l listener) tick() (interval time.Duration, name string) {
	for event := range strings.SplitSeq(l.value("events"), ",") {
		event = strings.ToUpper(strings.TrimSpace(event))
		every, ok := map[string]time.Duration{"TICK_5": 5 * time.Second, "TICK": 5 * time.Second, "EVENT": 5 * time.Second,
			"TICK_60": time.Minute, "TICK_3600": time.Hour}[event]
		if ok && (interval == 0 || every < interval) {
			interval, name = every, event
		}
	}
	return interval, name
}
