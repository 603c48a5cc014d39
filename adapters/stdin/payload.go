package stdin

import (
	"strconv"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
)

const (
	tickPrefix  = "TICK_"
	statePrefix = "PROCESS_STATE_"
	groupPrefix = "PROCESS_GROUP_"
	talkPrefix  = "PROCESS_COMMUNICATION_"
	remoteEvent = "REMOTE_COMMUNICATION"
)

// understood reports whether decode has a use for the payload of this event.
func understood(name string) bool {
	return strings.HasPrefix(name, tickPrefix) || strings.HasPrefix(name, statePrefix) || strings.HasPrefix(name, groupPrefix) || tells(name) || name == remoteEvent
}

// tells reports whether the event is something that a process has said.
func tells(name string) bool { return strings.HasPrefix(name, talkPrefix) }

// decode fills in what the payload says. It leaves the event as it is if that cannot be read.
func decode(e *domain.Event, payload string) {
	switch name := e.Name; {
	case strings.HasPrefix(name, tickPrefix):
		e.Tick = parseTick(name, payload)
	case strings.HasPrefix(name, statePrefix):
		e.Change = parseChange(name[len(statePrefix):], payload)
	case strings.HasPrefix(name, groupPrefix):
		e.Group = parseGroup(name, payload)
	case tells(name):
		e.Said = parseTalk(payload)
	}
}

// parseRemote reads "type:TYPE\nDATA", where anybody may have sent anything. It returns an order if it is one for us, and nothing if
// it is for others.
func parseRemote(payload string) (*domain.Order, error) {
	data, ours := strings.CutPrefix(payload, "type:"+domain.RemoteType+"\n")
	if !ours {
		return nil, nil
	}
	order, err := domain.ParseRemote(data)
	if err != nil {
		return nil, err
	}
	return &order, nil
}

// parseTick reads "when:1795337750".
func parseTick(name, payload string) *domain.Tick {
	period := time.Duration(0)
	switch name {
	case "TICK_5":
		period = 5 * time.Second
	case "TICK_60":
		period = time.Minute
	case "TICK_3600":
		period = time.Hour
	}
	digits, found := strings.CutPrefix(payload, "when:")
	seconds, err := strconv.ParseInt(digits, 10, 64)
	if period == 0 || !found || err != nil {
		return nil
	}
	return &domain.Tick{When: time.Unix(seconds, 0), Period: period}
}

// parseChange reads "processname:NAME groupname:GROUP from_state:STATE" and the facts after it, of which there are "pid:1",
// "expected:1" and "tries:1". It looks from the right: a name that came from an environment variable may contain
// blanks and colons.
func parseChange(to, payload string) *domain.StateChange {
	names, facts, ok1 := cutLast(payload, " from_state:")
	names, group, ok2 := cutLast(names, " groupname:")
	name, ok3 := strings.CutPrefix(names, "processname:")
	from, facts, _ := strings.Cut(facts, " ")
	c := domain.StateChange{ID: domain.ID{Group: group, Name: name}}
	var ok4, ok5 bool
	c.From, ok4 = domain.ParseState(from)
	c.To, ok5 = domain.ParseState(to)
	if !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || !readFacts(&c, facts) {
		return nil
	}
	return &c
}

func readFacts(c *domain.StateChange, facts string) bool {
	for fact := range strings.FieldsSeq(facts) {
		var err error
		switch key, value, _ := strings.Cut(fact, ":"); key {
		case "pid":
			c.PID, err = strconv.Atoi(value)
		case "expected":
			c.Expected, err = strconv.ParseBool(value)
		}
		if err != nil {
			return false
		}
	}
	return true
}

// parseGroup reads "groupname:GROUP\n"; the line end is counted in the header.
func parseGroup(name, payload string) *domain.GroupChange {
	group, found := strings.CutPrefix(strings.TrimSuffix(payload, "\n"), "groupname:")
	if !found || name != "PROCESS_GROUP_ADDED" && name != "PROCESS_GROUP_REMOVED" {
		return nil
	}
	return &domain.GroupChange{Group: group}
}

// parseTalk reads "processname:NAME groupname:GROUP pid:PID\n", which what was said follows. It looks from the right in the first
// line, because names may contain blanks and colons.
func parseTalk(payload string) *domain.Communication {
	first, _, _ := strings.Cut(payload, "\n")
	names, pid, ok1 := cutNumber(first, " pid:")
	names, group, ok2 := cutLast(names, " groupname:")
	name, ok3 := strings.CutPrefix(names, "processname:")
	if !ok1 || !ok2 || !ok3 || pid == 0 {
		return nil
	}
	return &domain.Communication{ID: domain.ID{Group: group, Name: name}, PID: int(pid)}
}
