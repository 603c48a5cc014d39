package migrate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// dropIn makes a section of the command line of a drop-in command.
func (m *migration) dropIn(made Made, line Line) (Made, string) {
	if line.Err != nil {
		return made, line.Err.Error()
	}
	made.line = line
	watch := line.Watches[0]
	logged := watch.Name
	m.resolve(&made, &watch.Checks)
	made.ticks(&watch.Policy)
	watch.Name = m.name(logged, made.program.Name)
	s, err := m.section(watch, made.line.Checks)
	if err != nil {
		return made, err.Error()
	}
	made.Sections = []Section{s}
	if logged != watch.Name {
		made.note("the log calls it %s now, because sections have names of their own", watch.Name)
	}
	if line.Python {
		made.python(watch.Checks, watch.Select, len(line.Checks) == 0)
	}
	m.unmatched(&made, watch.Select)
	m.unfound(&made, watch.Checks, watch.Select)
	made.policyNotes(watch.Policy)
	made.leftovers()
	return made, ""
}

// resolve takes a password from the environment= of the old section, which the new listener does not have, and names it where it
// stands otherwise.
func (m *migration) resolve(made *Made, all *[]checks.Settings) {
	places := maps.Clone(made.line.Checks)
	for word, variable := range made.line.Checks {
		kind, bound, ok := checks.Of((*all)[0])
		if !ok {
			continue
		}
		for _, row := range bound.Table() {
			value, own := made.own[variable]
			switch {
			case row.Word != word || row.Source != domain.InVariable:
			case own && row.Set(value) == nil:
				*all = []checks.Settings{kind.Settings(bound)}
				delete(places, word)
				made.note("the value of the variable %s stood in its environment= and stands in the section now", variable)
			case made.getenv(variable) == "":
				made.note("the variable %s must be in the environment of the new listener", variable)
			}
		}
	}
	made.line.Checks = places
}

// ticks has the policy judge as often as the old listener got ticks: the new one gets them every five seconds.
func (m *Made) ticks(p *domain.Policy) {
	every, name := m.tick()
	switch {
	case every == 0:
		m.note("this check never ran: its events= name no TICK")
	case every > 5*time.Second:
		p.Interval = max(1, (p.Interval+every-1)/every) * every
		m.note("it was made at every %s: interval = %s keeps that", name, domain.ShortDuration(p.Interval))
	}
}

// unmatched notes a selection that nothing matches.
func (m *migration) unmatched(made *Made, s domain.Selection) {
	if !m.world.Whole {
		return
	}
	_, groups, ids := s.Parts()
	for _, group := range groups {
		if !m.groups[group] {
			made.note("this check never worked: there is no group %s", group)
		}
	}
	for _, id := range ids {
		if !slices.Contains(m.ids, id) {
			made.note("this check never worked: there is no process %s", id)
		}
	}
}

// unfound notes processes in whose names the pattern for the port finds none.
func (m *migration) unfound(made *Made, all []checks.Settings, s domain.Selection) {
	for _, settings := range all {
		port, ok := portOf(settings)
		for _, id := range m.ids {
			if _, err := port.For(id.Name); ok && s.Matches(id) && err != nil {
				made.note("%s: that restarted the process at every tick, and now it is not judged: %v", id, err)
				break
			}
		}
	}
}

// portOf is the port of a check, or the pattern that finds it; false if it has none.
func portOf(settings checks.Settings) (checks.PortSpec, bool) {
	if _, bound, ok := checks.Of(settings); ok {
		for _, row := range bound.Table() {
			if row.Word == "port" {
				port, err := checks.ParsePortSpec(row.Get())
				return port, err == nil && row.Get() != ""
			}
		}
	}
	return checks.PortSpec{}, false
}

// policyNotes say what is kept of the patience.
func (m *Made) policyNotes(p domain.Policy) {
	if !p.Acts() || p.Failures > 1 {
		return
	}
	m.note("it restarted at the first failure; failures = 1 keeps that%s", map[bool]string{true: ", as policy = drop-in has it"}[p.StartGrace == 0])
}

// leftovers notes what the old section has besides, and the new one does not.
func (m *Made) leftovers() {
	var more []string
	for _, name := range slices.Sorted(maps.Keys(m.own)) {
		if !slices.Contains(config.Variables(), name) && !slices.Contains(slices.Collect(maps.Values(m.line.Checks)), name) && !m.noted(name) {
			more = append(more, name)
		}
	}
	if more != nil {
		m.note("the new listener does not have %s of its environment=", strings.Join(more, ", "))
	}
	if n := len(m.program.Processes); n > 1 {
		m.note("it had %d processes, each of which saw only some of the events; now there is one", n)
	}
}

// neverWorked begins the notes that matter most.
const neverWorked = "this check never "

// worstFirst puts what never worked before all other notes.
func (m *Made) worstFirst() {
	worst := func(note string) int {
		if strings.HasPrefix(note, neverWorked) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(m.Notes, func(a, b string) int { return worst(a) - worst(b) })
}

func (m *Made) note(format string, args ...any) {
	m.Notes = append(m.Notes, fmt.Sprintf(format, args...))
}

func (m *Made) noted(name string) bool {
	return slices.ContainsFunc(m.Notes, func(note string) bool { return slices.Contains(strings.Fields(note), name) })
}
