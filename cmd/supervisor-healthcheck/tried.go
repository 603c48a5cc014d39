package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/trial"
	"supervisor-healthcheck/domain"
)

// exitUndecided is the status of try where supervisord cannot be asked, or a check could not judge.
const exitUndecided = 3

// tried makes rounds, shows what they say, and returns the exit status of the last one that came to its end.
func (p program) tried(name string, options app.Options, q trial.Question, given tryFlags) int {
	ctx, stop := untilInterrupted()
	defer stop()
	round, end, err := p.try(options, q)
	if err != nil {
		p.refuse(name, err.Error())
		return exitUndecided
	}
	defer end()
	for status, first := exitUndecided, true; ; first = false {
		result, err := round(ctx)
		switch {
		case errors.Is(err, context.Canceled) && !first:
			return status
		case err != nil:
			return p.untried(name, err)
		}
		if err := p.show(result, given, first); err != nil {
			return exitUndecided
		}
		status = statusOf(result)
		if given.every == 0 || !wait(ctx, given.every) {
			return status
		}
	}
}

// untried says why there is no result.
func (p program) untried(name string, err error) int {
	p.refuse(name, err.Error())
	_, unknown := errors.AsType[*trial.NoSuchName](err)
	_, pid := errors.AsType[*trial.PIDError](err)
	if unknown || pid {
		return exitUsage
	}
	return exitUndecided
}

func statusOf(r trial.Result) int {
	switch r.Health() {
	case domain.Healthy:
		return exitOK
	case domain.Unhealthy:
		return exitTrouble
	}
	return exitUndecided
}

// wait waits, false if it was ended before.
func wait(ctx context.Context, pause time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}

// show writes one round. Of several, each takes the place of the last one on a terminal that can do that, and stands below it with its
// time elsewhere; as JSON each is a line.
func (p program) show(r trial.Result, given tryFlags, first bool) error {
	if given.json {
		return p.showJSON(r, given.every > 0)
	}
	screen := p.screen()
	var b strings.Builder
	switch {
	case given.every == 0:
	case screen.Width > 0 && p.getenv("TERM") != "dumb":
		heading := fmt.Sprintf("every %s, now at %s; Ctrl-C ends it", domain.ShortDuration(given.every), p.now().Format("15:04:05"))
		b.WriteString("\x1b[H\x1b[2J" + screen.Paint(terminal.Faint, heading) + "\n\n")
	case first:
		b.WriteString(p.now().Format(time.RFC3339) + "\n")
	default:
		b.WriteString("\n" + p.now().Format(time.RFC3339) + "\n")
	}
	if err := r.Write(&b, screen); err != nil {
		return err
	}
	_, err := fmt.Fprint(p.stdout, b.String())
	return err
}

func (p program) showJSON(r trial.Result, oneOfSeveral bool) error {
	document := struct {
		Time    string      `json:"time,omitempty"`
		Verdict string      `json:"verdict"`
		Absence string      `json:"supervisord,omitempty"` // why it cannot be asked
		Rows    []trial.Row `json:"rows"`
	}{"", r.Health().String(), r.Absence(), append([]trial.Row{}, r.Rows...)}
	if !oneOfSeveral {
		return writeJSON(p.stdout, document)
	}
	document.Time = p.now().Format(time.RFC3339)
	encoder := json.NewEncoder(p.stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(document)
}
