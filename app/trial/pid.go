package trial

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
)

// PIDError is why a pid cannot be judged.
type PIDError struct{ Why string }

// Error is a sentence with the cure.
func (e *PIDError) Error() string { return e.Why }

// long is how long a process is taken to run of which nobody says when it was started, so that what is overdue counts.
const long = 365 * 24 * time.Hour

// only is the process with the pid that is asked for, under the one name that is meant.
func (t *Trial) only(ctx context.Context, configured []domain.Process) ([]domain.Process, error) {
	var meant []domain.Process
	for _, p := range configured {
		if slices.ContainsFunc(t.watches, func(w domain.Watch) bool { return w.Select.Matches(p.ID) && t.wants(w, p.ID) }) {
			meant = append(meant, p)
		}
	}
	if len(meant) != 1 {
		return nil, &PIDError{fmt.Sprintf("a pid is judged as one process, and %s: name it by its section or as group:process, or in the line of a listener by -N", t.several(meant))}
	}
	if _, err := t.Stats.Memory(ctx, t.question.PID); errors.Is(err, domain.ErrGone) {
		return nil, &PIDError{fmt.Sprintf("there is no process with the pid %d", t.question.PID)}
	}
	p := meant[0]
	p.State, p.PID, p.Uptime = domain.Running, t.question.PID, long
	return []domain.Process{p}, ctx.Err()
}

func (t *Trial) several(meant []domain.Process) string {
	if len(meant) == 0 {
		return "none is known"
	}
	var names []string
	for _, p := range meant[:min(mostNamed, len(meant))] {
		names = append(names, shown(p.ID))
	}
	return fmt.Sprintf("%d are meant, such as %s", len(meant), strings.Join(names, ", "))
}

// wants reports whether a process is asked for under a watch that selects it.
func (t *Trial) wants(watch domain.Watch, id domain.ID) bool {
	names := t.question.Names
	return len(names) == 0 || slices.Contains(names, watch.Name) || slices.ContainsFunc(names, func(name string) bool { return called(id, name) })
}
