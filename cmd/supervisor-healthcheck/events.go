package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/domain"
)

// eventsFlags are those of the command events.
type eventsFlags struct {
	where  view.Where
	since  time.Duration
	follow bool
	format string
}

// Table is the settings of the command.
func (f *eventsFlags) Table() []domain.Setting {
	return append(whereTable(&f.where), sinceRow(&f.since, "24h"),
		domain.Setting{Word: "follow", Doc: "go on with what happens from now on", Flag: domain.Flag{Long: "follow", Short: 'f', Switch: true},
			Set: func(string) error { f.follow = true; return nil }},
		domain.Setting{Word: "format", Value: "FORMAT", Default: "text", Doc: "text, or json: one JSON object in each line",
			Flag: domain.Flag{Long: "format"}, Set: oneWord(&f.format, "text", "json")},
	)
}

// sinceRow says how long ago something may have happened. A day has the unit d.
func sinceRow(field *time.Duration, usual string) domain.Setting {
	return domain.Setting{Word: "since", Value: "DURATION", Default: usual, Doc: "what has happened in this time, such as 1h or 7d; " + usual + " by itself", Flag: domain.Flag{Long: "since"},
		Set: func(text string) error {
			d, cure := domain.ParsePositive(text)
			if cure != "" {
				return &domain.SettingError{Setting: "--since", Value: text, Why: cure}
			}
			*field = d
			return nil
		}}
}

// events shows what has happened.
func (p program) events(args []string) int {
	const name = self + " " + eventsCommand
	given := eventsFlags{where: p.where(), since: 24 * time.Hour, format: "text"}
	names, err := parseOwn(given.Table(), name, args, flags.None)
	switch {
	case flags.WroteHelp(err):
		fmt.Fprint(p.stdout, eventsHelp())
		return exitOK
	case err != nil:
		return p.refuse(name, err.Error())
	}
	ctx, stop := untilInterrupted()
	defer stop()
	since, show := p.now().Add(-given.since), p.eventWriter(given.format, names)
	if given.follow {
		if view.Follow(ctx, given.where, since, show) != nil {
			return exitTrouble
		}
		return exitOK
	}
	all, troubles, err := view.Events(ctx, given.where, since)
	if err != nil {
		troubles = append(troubles, err.Error())
	}
	for _, e := range all {
		if show(e) != nil {
			return exitTrouble
		}
	}
	for _, trouble := range troubles {
		p.refuse(name, trouble)
	}
	if len(troubles) > 0 && len(all) == 0 {
		return exitUndecided
	}
	return exitOK
}

// eventWriter shows the events that are about one of the names.
func (p program) eventWriter(format string, names []string) func(view.Event) error {
	encoder, screen := json.NewEncoder(p.stdout), p.screen()
	encoder.SetEscapeHTML(false)
	return func(e view.Event) error {
		switch {
		case !view.IsAbout(e, names):
			return nil
		case format == "json":
			return encoder.Encode(e)
		}
		_, err := fmt.Fprintln(p.stdout, view.Line(e, screen, time.Local))
		return err
	}
}

func eventsHelp() string {
	return fmt.Sprintf("Usage: %s %s [NAME...] [OPTIONS]\n\n%s\n\n", self, eventsCommand, wrap(summary(eventsCommand), 0)) +
		wrap("NAME is a process, a group or a section. "+exitsOf(eventsCommand), 0) + helpOwn(new(eventsFlags).Table())
}
