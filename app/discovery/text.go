package discovery

import (
	"cmp"
	"fmt"
	"path"
	"strings"
	"unicode"
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
	return printable("nothing new was found to look after: " + strings.Join(why, "; "))
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
	remark(b, "the one listener for all sections")
	fmt.Fprintf(b, "[%s]\ncommand=%s run\nevents=TICK_5,PROCESS_STATE\npriority=%d\nautorestart=true\nstdout_logfile=NONE\nstderr_logfile=%s\n",
		listenerSection, argument(command), f.Priority, escaped(path.Join(cmp.Or(c.LogFolder, "/var/log"), "healthcheck.log")))
}

// remark writes a comment.
func remark(b *strings.Builder, sentence string) { b.WriteString("; " + printable(sentence) + "\n") }

// printable is a text in which nothing ends the line: names and paths may hold anything.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, text)
}

// argument is a word of command=, which is split as a shell does it.
func argument(word string) string {
	word = escaped(word)
	if strings.ContainsAny(word, " \t'\"\\") {
		return "'" + strings.ReplaceAll(word, "'", `'"'"'`) + "'"
	}
	return word
}

// unwritable reports whether the value cannot stand in a file of supervisord, because it has several lines, a comment would begin
// in it or space around it would be lost.
func (s Setting) unwritable() bool {
	return strings.TrimSpace(s.Value) != s.Value || strings.ContainsFunc(s.Value, unicode.IsControl) ||
		strings.Contains(s.Value, " ;") || strings.Contains(s.Value, " #")
}
