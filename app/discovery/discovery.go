// Package discovery looks at what runs under a supervisord and proposes how it might be checked. It asks and measures, and changes
// nothing: the only thing that the services see are connections and GET requests on the loopback interface.
package discovery

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// World is what is looked at.
type World struct {
	Table   ports.ProcessTable
	Sockets ports.SocketTable
	Stats   ports.ProcessStats
	HTTP    ports.HTTPProber
	TCP     ports.TCPProber
	Clock   ports.Clock
}

// Findings are what was found, in the order of supervisord.
type Findings struct {
	Sections []Section
	Resting  []string // programs of which no process runs, with their states
	Priority int      // a number for the listener that no group has
}

// Section is what is proposed for one program.
type Section struct {
	Name     string
	Seen     []string // sentences about what was seen, the first of which begins with the name
	Settings []Setting
}

// Setting is a line of a section; its value is as it stands in the file.
type Setting struct{ Word, Value string }

// atOnce is how many programs are looked at at a time.
const atOnce = 8

// Look looks at all programs. It fails if supervisord cannot be asked, or when ctx is done.
func Look(ctx context.Context, w World, c Configuration) (Findings, error) {
	processes, err := w.Table.Processes(ctx)
	if err != nil {
		return Findings{}, fmt.Errorf("its processes cannot be listed: %w", err)
	}
	settings, err := w.Table.Settings(ctx)
	if err != nil {
		return Findings{}, fmt.Errorf("its settings cannot be read: %w", err)
	}
	var found Findings
	found.Priority = freePriority(settings)
	var running []program
	for _, p := range programs(processes, settings, c) {
		if len(p.running) == 0 {
			found.Resting = append(found.Resting, p.name+" ("+p.states()+")")
			continue
		}
		running = append(running, p)
	}
	found.Sections = make([]Section, len(running))
	var pids []int
	for _, p := range running {
		pids = append(pids, p.pids()...)
	}
	ctx = w.Stats.Round(ctx, pids)
	var all sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for i, p := range running {
		slots <- struct{}{}
		all.Go(func() {
			if place, there := c.Sections[p.name]; there {
				found.Sections[i] = Section{Name: p.name, Seen: []string{p.name + ": it has a section already, at " + place}}
			} else {
				found.Sections[i] = w.section(ctx, p)
			}
			<-slots
		})
	}
	all.Wait()
	return found, ctx.Err()
}

// section looks at one program.
func (w World) section(ctx context.Context, p program) Section {
	s := Section{Name: p.name}
	if p.selects != "" {
		s.Settings = append(s.Settings, Setting{"select", p.selects})
	}
	service := w.service(ctx, p)
	memory, weight := w.memory(ctx, p)
	s.Seen = append([]string{strings.Join(slices.Concat([]string{p.name + ": " + p.amount()}, service.seen, weight), ", ")}, service.more...)
	if slices.ContainsFunc(service.settings, Setting.unwritable) {
		service.settings = nil
		s.Seen = append(s.Seen, "no check of it: it cannot be written into a file of this kind")
	}
	if slices.ContainsFunc(s.Settings, Setting.unwritable) || len(service.settings)+len(memory) == 0 {
		s.Settings = nil
		return s
	}
	s.Settings = slices.Concat(s.Settings, service.settings, memory)
	s.Settings = append(s.Settings, Setting{"mode", "observe"})
	return s
}

// firstPriority is above that of all programs which do not say otherwise, so that the listener is stopped before them.
const firstPriority = 1001

func freePriority(settings map[domain.ID]domain.Settings) int {
	priority := firstPriority
	taken := func(n int) bool {
		for _, s := range settings {
			if s.Priority == n {
				return true
			}
		}
		return false
	}
	for taken(priority) {
		priority++
	}
	return priority
}

// several is a number of things.
func several(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// distinct are the values, each once, in their order.
func distinct(all []string) []string {
	var found []string
	for _, one := range all {
		if !slices.Contains(found, one) {
			found = append(found, one)
		}
	}
	return found
}
