package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/app/view/top"
	"supervisor-healthcheck/domain"
)

// topFlags are those of the command top.
type topFlags struct {
	where    view.Where
	readonly bool
}

// Table is the settings of the command.
func (f *topFlags) Table() []domain.Setting {
	return append(whereTable(&f.where), domain.Setting{Word: "readonly", Doc: "no key pauses or resumes anything", Flag: domain.Flag{Long: "readonly", Switch: true},
		Set: func(string) error { f.readonly = true; return nil }})
}

// top shows the processes live.
func (p program) top(args []string) int {
	const name = self + " " + topCommand
	given := topFlags{where: p.where()}
	names, err := parseOwn(given.Table(), name, args, flags.None)
	switch {
	case flags.WroteHelp(err):
		fmt.Fprint(p.stdout, topHelp())
		return exitOK
	case err != nil:
		return p.refuse(name, err.Error())
	}
	out, is := p.stdout.(*os.File)
	if !is {
		return p.refuse(name, noTerminal)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer stop()
	screen, err := terminal.Take(os.Stdin, out)
	if err != nil {
		return p.refuse(name, noTerminal)
	}
	defer screen.Close() // after a panic too
	if top.Run(ctx, p.world(given.where), screen, top.Config{Names: names, Readonly: given.readonly, Colours: p.screen().Colours, Zone: time.Local}) != nil {
		return exitTrouble
	}
	return exitOK
}

const noTerminal = "it needs a terminal on stdin and stdout; where there is none, write " + self + " " + statusCommand

// eventsBefore is how far back the events go that are shown.
const eventsBefore = 24 * time.Hour

// world are the listeners that are meant.
func (p program) world(w view.Where) top.World {
	return top.World{
		Ask: func(ctx context.Context) (view.Status, error) { return view.Ask(ctx, w) },
		Follow: func(ctx context.Context, each func(view.Event) error) error {
			return view.Follow(ctx, w, p.now().Add(-eventsBefore), each)
		},
		Pause: func(ctx context.Context, name string, lasting time.Duration) ([]string, error) {
			return view.Pause(ctx, w, []string{name}, lasting, "")
		},
		Resume: func(ctx context.Context, name string) ([]string, error) { return view.Resume(ctx, w, []string{name}) },
		Now:    p.now,
	}
}

func topHelp() string {
	return fmt.Sprintf("Usage: %s %s [NAME...] [OPTIONS]\n\n%s\n\n", self, topCommand, wrap(summary(topCommand), 0)) +
		wrap("NAME is a process, a group or a section. "+exitsOf(topCommand), 0) + helpOwn(new(topFlags).Table())
}
