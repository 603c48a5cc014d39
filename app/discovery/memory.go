package discovery

import (
	"context"
	"fmt"
)

const (
	megabyte = 1 << 20
	factor   = 4   // of what is used now: a limit is there to catch what grows without bound
	least    = 100 // MB of a limit: small programs need many times as much for a moment
)

// memory proposes a limit. Where there are descendants they count too.
func (w World) memory(ctx context.Context, p program) (settings []Setting, seen []string) {
	most, tree := uint64(0), false
	for _, one := range p.running {
		usage, err := w.Stats.TreeMemory(ctx, one.pid)
		if err != nil {
			continue // it has ended, or is hidden from us
		}
		most, tree = max(most, usage.RSS), tree || usage.Processes > 1
	}
	if most == 0 {
		return nil, nil
	}
	used := (most + megabyte - 1) / megabyte
	limit := max(least, (factor*used+9)/10*10)
	settings = []Setting{{"memory", fmt.Sprintf("%dMB", limit)}}
	text := fmt.Sprintf("%d MB of memory", used)
	if len(p.running) > 1 {
		text = "up to " + text + " each"
	}
	if tree {
		settings = append(settings, Setting{"memory.cumulative", "yes"})
		text += " with descendants"
	}
	return settings, []string{text}
}
