package supervisord

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
)

func (s *Server) processInfo(name string) (any, error) {
	_, p, err := s.find(name)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, fault(badName, name)
	}
	return p.info(time.Now()), nil
}

// allInfo lists by group and then by name, in the order of code points.
func (s *Server) allInfo() []any {
	all := s.everything()
	slices.SortStableFunc(all, func(a, b *process) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Name, b.Name))
	})
	now := time.Now()
	infos := []any{}
	for _, p := range all {
		infos = append(infos, p.info(now))
	}
	return infos
}

// info has the 14 members of getProcessInfo. There are no log files, as with stdout_logfile=NONE.
func (p *process) info(now time.Time) structure {
	return structure{
		{"name", p.Name}, {"group", p.Group}, {"start", epoch(p.started)}, {"stop", epoch(p.ended)}, {"now", epoch(now)},
		{"state", int(p.state)}, {"statename", p.state.String()}, {"spawnerr", p.failure}, {"exitstatus", p.exit},
		{"logfile", ""}, {"stdout_logfile", ""}, {"stderr_logfile", ""}, {"pid", p.pid()}, {"description", p.description(now)},
	}
}

func epoch(t time.Time) int {
	if t.IsZero() {
		return 0
	}
	return int(t.Unix())
}

func (p *process) description(now time.Time) string {
	switch p.state {
	case domain.Running:
		return fmt.Sprintf("pid %d, uptime %s", p.pid(), uptime(now.Unix()-p.started.Unix()))
	case domain.Fatal, domain.Backoff:
		return cmp.Or(p.failure, fmt.Sprintf("unknown error (try \"tail %s\")", p.Name))
	case domain.Stopped, domain.Exited:
		if p.started.IsZero() {
			return "Not started"
		}
		return time.Unix(int64(epoch(p.ended)), 0).Format("Jan 02 03:04 PM")
	}
	return ""
}

// uptime writes seconds as Python's timedelta does.
func uptime(seconds int64) string {
	seconds = max(seconds, 0)
	clock := fmt.Sprintf("%d:%02d:%02d", seconds%86400/3600, seconds%3600/60, seconds%60)
	switch days := seconds / 86400; days {
	case 0:
		return clock
	case 1:
		return "1 day, " + clock
	default:
		return fmt.Sprintf("%d days, %s", days, clock)
	}
}

// allConfig lists the whole configuration by process name, with groups that are not in use.
func (s *Server) allConfig() []any {
	programs := slices.Clone(s.config.Programs)
	for _, l := range s.config.listeners() {
		programs = append(programs, l.program().filled())
	}
	slices.SortStableFunc(programs, func(a, b Program) int { return strings.Compare(a.Name, b.Name) })
	infos := []any{}
	for _, p := range programs {
		infos = append(infos, s.configInfo(p))
	}
	return infos
}

func (s *Server) configInfo(p Program) structure {
	priority := 999
	if s.config.listener(p.Group) != nil {
		priority = -1
	}
	codes := []any{}
	for _, code := range p.ExitCodes {
		codes = append(codes, code)
	}
	return structure{
		{"autostart", p.AutoStart}, {"directory", cmp.Or(p.Dir, "none")}, {"uid", "none"}, {"command", commandLine(p.Command)},
		{"exitcodes", codes}, {"group", p.Group}, {"group_prio", priority}, {"inuse", s.group(p.Group) != nil},
		{"killasgroup", false}, {"name", p.Name}, {"process_prio", 999}, {"redirect_stderr", false},
		{"startretries", p.StartRetries}, {"startsecs", seconds(p.Startup)}, {"stdout_capture_maxbytes", 0},
		{"stdout_events_enabled", false}, {"stdout_logfile", "none"}, {"stdout_logfile_backups", 10},
		{"stdout_logfile_maxbytes", 50 << 20}, {"stdout_syslog", false}, {"stopsignal", int((&process{Program: p}).stopSignal())},
		{"stopwaitsecs", seconds(p.StopWait)}, {"stderr_capture_maxbytes", 0}, {"stderr_events_enabled", false},
		{"stderr_logfile", "none"}, {"stderr_logfile_backups", 10}, {"stderr_logfile_maxbytes", 50 << 20},
		{"stderr_syslog", false}, {"serverurl", "none"},
	}
}

// seconds rounds up, since supervisord has whole seconds only.
func seconds(d time.Duration) int {
	return int((d + time.Second - 1) / time.Second)
}

// commandLine writes a command so that a shell, or shlex, splits it into the same words.
func commandLine(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = word
		if word == "" || strings.ContainsAny(word, " \t\n\"'\\$&;<>|*?#()[]{}`~!") {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'"'"'`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
