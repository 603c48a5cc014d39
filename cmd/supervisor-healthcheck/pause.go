package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/domain"
)

// pauseFlags are those of the commands pause and resume; the latter has the first ones only.
type pauseFlags struct {
	where   view.Where
	lasting time.Duration
	reason  string
	via     bool // supervisord, whose file this is:
	file    string
}

func (f *pauseFlags) table(word string) []domain.Setting {
	table := append(whereTable(&f.where),
		domain.Setting{Word: "via-supervisord", Doc: "send it through supervisord, where no socket can be reached; listeners take it if their events= names REMOTE_COMMUNICATION",
			Flag: domain.Flag{Long: "via-supervisord", Switch: true}, Set: func(string) error { f.via = true; return nil }},
		configurationRow(&f.file))
	if word == resumeCommand {
		return table
	}
	return append(table,
		domain.Setting{Word: "for", Value: "DURATION", Doc: "how long, such as 15m or 2h; required", Flag: domain.Flag{Long: "for"}, Set: f.setLasting},
		domain.Setting{Word: "reason", Value: "TEXT", Doc: "why, for those who see it in the log and in status", Flag: domain.Flag{Long: "reason"},
			Set: func(text string) error { f.reason = text; return nil }},
	)
}

func (f *pauseFlags) setLasting(text string) error {
	d, cure := domain.ParsePositive(text)
	if cure == "" && d > view.LongestPause {
		cure = "a pause lasts for " + domain.ShortDuration(view.LongestPause) + " at most"
	}
	if cure != "" {
		return &domain.SettingError{Setting: "--for", Value: text, Why: cure}
	}
	f.lasting = d
	return nil
}

// pause has nothing done about processes for a while, or ends that.
func (p program) pause(word string, args []string) int {
	name := self + " " + word
	given := pauseFlags{where: p.where()}
	names, err := parseOwn(given.table(word), name, args, flags.None)
	switch {
	case flags.WroteHelp(err):
		fmt.Fprint(p.stdout, pauseHelp(word))
		return exitOK
	case err != nil:
		return p.refuse(name, err.Error())
	case len(names) == 0:
		return p.refuse(name, "name a process, a group, a section, or all: write "+pauseUsage(word))
	case word == pauseCommand && given.lasting == 0:
		return p.refuse(name, "say how long: write "+pauseUsage(word))
	}
	ctx, stop := untilInterrupted()
	defer stop()
	if given.via {
		return p.sendOrder(ctx, name, given, names)
	}
	done, err := given.order(ctx, word, names)
	for _, process := range done {
		if word == pauseCommand {
			fmt.Fprintf(p.stdout, "%s: paused for %s\n", process, domain.ShortDuration(given.lasting))
		} else {
			fmt.Fprintf(p.stdout, "%s: not paused\n", process)
		}
	}
	if err == nil {
		return exitOK
	}
	if errors.Is(err, view.ErrNobody) {
		p.refuse(name, err.Error()+", or send it through supervisord with --via-supervisord")
		return exitUndecided
	}
	p.refuse(name, err.Error())
	return exitTrouble
}

// sendOrder has supervisord hand the order to the listeners. Nobody tells whether one has taken it.
func (p program) sendOrder(ctx context.Context, name string, given pauseFlags, names []string) int {
	place := p.place(initFlags{File: given.file, ServerURL: given.where.ServerURL})
	order := domain.Order{Names: names, Seconds: given.lasting.Seconds(), Reason: given.reason}
	url, err := app.SendOrder(ctx, place, p.lookup(), order)
	switch {
	case err != nil && url == "":
		return p.refuse(name, err.Error())
	case err != nil:
		p.refuse(name, fmt.Sprintf("supervisord at %s cannot be asked: %v", domain.WithoutCredentials(url), err))
		return exitUndecided
	}
	fmt.Fprintf(p.stdout, "sent to the listeners of supervisord at %s; those take it whose events= names REMOTE_COMMUNICATION. No answer comes this way: look at %q or at their logs\n",
		domain.WithoutCredentials(url), self+" "+statusCommand)
	return exitOK
}

func (f *pauseFlags) order(ctx context.Context, word string, names []string) ([]string, error) {
	if word == resumeCommand {
		return view.Resume(ctx, f.where, names)
	}
	return view.Pause(ctx, f.where, names, f.lasting, f.reason)
}

func pauseUsage(word string) string {
	usage := self + " " + word + " NAME..."
	if word == pauseCommand {
		usage += " --for 15m [--reason TEXT]"
	}
	return usage
}

func pauseHelp(word string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s\n\n%s\n\n", pauseUsage(word), wrap(summary(word), 0))
	b.WriteString(wrap("NAME is a process, a group, a section, or all. "+exitsOf(word), 0))
	b.WriteString(helpOwn(new(pauseFlags).table(word)))
	return b.String()
}
