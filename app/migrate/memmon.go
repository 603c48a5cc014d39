package migrate

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// limit is one of a command line of memmon.
type limit struct {
	flag
	name  string // of the process or the group
	bytes int64
}

// memmon makes a section of each limit of a command line of Superlance's memmon.
func (m *migration) memmon(made Made) (Made, string) {
	all, _, err := getopt(made.words[1:], memmonOptions())
	if err != nil {
		return made, err.Error()
	}
	limits, tree, why := limitsOf(all)
	if why != "" {
		return made, why
	}
	policy := domain.DropIn()
	made.ticks(&policy)
	for _, l := range limits {
		name := made.program.Name
		if len(limits) > 1 {
			name += "_" + strings.ReplaceAll(cmp.Or(l.name, "any"), ":", "_")
		}
		// rss is counted in kilobytes, so a part of one makes no difference
		settings := checks.Memory{MaxRSS: uint64(l.bytes / 1024), Cumulative: tree}
		if _, err := settings.Build(checks.World{}); err != nil {
			return made, fmt.Sprintf("%s: the limit is below a kilobyte", l.label())
		}
		if why := m.superlance(&made, name, m.limited(l), settings, policy); why != "" {
			return made, why
		}
		if l.long == "program" && strings.Contains(l.name, ":") {
			made.note("this check never worked: memmon ends with an error for a name with a group, %s, and may then restart nothing at all", l.name)
		}
	}
	made.memmonNotes(limits)
	made.lacks(all)
	made.policyNotes(policy)
	made.leftovers()
	return made, ""
}

func (m *Made) memmonNotes(limits []limit) {
	for _, l := range limits {
		if l.long == "any" {
			m.note("-a: event listeners are left alone, memmon restarts them too")
			if len(limits) > 1 {
				m.note("-a holds for the processes of -p and -g too, as memmon has it: the lowest limit counts")
			}
		}
	}
}

// limited is what a limit is for.
func (m *migration) limited(l limit) domain.Selection {
	switch l.long {
	case "program":
		return m.named(l.name)
	case "group":
		return domain.SelectGroup(l.name)
	}
	return everything()
}

// limitsOf are the limits, each name once, and whether child processes count too.
func limitsOf(all []flag) (limits []limit, tree bool, why string) {
	for _, f := range all {
		switch f.long {
		case "help":
			return nil, false, "it only shows its help"
		case "cumulative":
			tree = true
		case "program", "group", "any":
			l := limit{flag: f}
			size := f.text
			if f.long != "any" {
				name, text, ok := strings.Cut(f.text, "=")
				if !ok || strings.Contains(text, "=") {
					return nil, false, f.label() + ": write a name and a size, such as web=200MB"
				}
				l.name, size = name, text
			}
			var ok bool
			if l.bytes, ok = byteSize(size); !ok {
				return nil, false, f.label() + ": write a size such as 200MB"
			}
			limits = put(limits, l)
		}
	}
	if limits == nil {
		return nil, false, "it has no limit, because it has neither -p nor -g nor -a"
	}
	return limits, tree, ""
}

// put adds a limit; the last one of a name counts.
func put(limits []limit, l limit) []limit {
	for i, other := range limits {
		if other.long == l.long && other.name == l.name {
			limits[i] = l
			return limits
		}
	}
	return append(limits, l)
}

// byteSize reads a size as supervisor.datatypes.byte_size does.
func byteSize(text string) (int64, bool) {
	text = strings.ToLower(text)
	factor := int64(1)
	for suffix, times := range map[string]int64{"kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30} {
		if number, ok := strings.CutSuffix(text, suffix); ok {
			text, factor = number, times
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return n * factor, err == nil && n >= 0 && n <= math.MaxInt64/factor
}
