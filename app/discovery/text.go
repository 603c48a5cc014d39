package discovery

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"supervisor-healthcheck/adapters/ini"
)

const listenerSection = "eventlistener:healthcheck"

// Found reports whether anything can be looked after.
func (f Findings) Found() bool {
	for _, s := range f.Sections {
		if len(s.Settings) > 0 {
			return true
		}
	}
	return false
}

// Nothing is the sentence for a supervisord under which nothing was found.
func (f Findings) Nothing() string {
	var why []string
	for _, s := range f.Sections {
		why = append(why, s.Seen...)
	}
	if len(f.Resting) > 0 {
		why = append(why, "these do not run: "+strings.Join(f.Resting, ", "))
	}
	if why == nil {
		why = []string{"it has no programs"}
	}
	return ini.Printable("nothing new was found to look after: " + strings.Join(why, "; "))
}

// Text is the configuration. Command is the path of this program.
func (f Findings) Text(c Configuration, server, command string) string {
	var b strings.Builder
	remark(&b, "Seen by supervisor-healthcheck init under "+server+".")
	remark(&b, "In mode = observe nothing is restarted: the log says what would be done. When that is right, take the line away.")
	remark(&b, fmt.Sprintf("A limit of memory is %d times what is used now, and at least %d MB.", factor, least))
	if c.Path == "" {
		remark(&b, "supervisord.conf was not found, so the numbers of processes are those at the end of their names.")
	}
	for _, s := range f.Sections {
		b.WriteString("\n")
		for _, sentence := range s.Seen {
			remark(&b, sentence)
		}
		if len(s.Settings) == 0 {
			continue
		}
		fmt.Fprintf(&b, "[healthcheck:%s]\n", s.Name)
		for _, setting := range s.Settings {
			fmt.Fprintf(&b, "%s = %s\n", setting.Word, setting.Value)
		}
	}
	if len(f.Resting) > 0 {
		b.WriteString("\n")
		remark(&b, "These do not run, so nothing was seen of them: "+strings.Join(f.Resting, ", "))
	}
	b.WriteString("\n")
	f.listener(&b, c, command)
	return b.String()
}

func (f Findings) listener(b *strings.Builder, c Configuration, command string) {
	if place, there := c.Sections[listenerSection]; there {
		remark(b, "["+listenerSection+"] is there already, at "+place)
		return
	}
	b.WriteString(Stanza("healthcheck", command, f.Priority, c.LogFolder))
}

// Stanza is the section of the one listener for all sections. More is written at its end.
func Stanza(name, command string, priority int, folder string, more ...Setting) string {
	var b strings.Builder
	remark(&b, "the one listener for all sections")
	fmt.Fprintf(&b, "[eventlistener:%s]\ncommand=%s run\nevents=TICK_5,PROCESS_STATE\npriority=%d\nbuffer_size=100\nautorestart=true\nstdout_logfile=NONE\nstderr_logfile=%s\n",
		name, ini.Argument(command), priority, ini.Escaped(path.Join(cmp.Or(folder, "/var/log"), "healthcheck.log")))
	for _, setting := range more {
		fmt.Fprintf(&b, "%s=%s\n", setting.Word, setting.Value)
	}
	return b.String()
}

// remark writes a comment.
func remark(b *strings.Builder, sentence string) { b.WriteString(ini.Remark(sentence)) }

func (s Setting) unwritable() bool { return !ini.Carries(s.Value) }
