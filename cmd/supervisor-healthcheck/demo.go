package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"supervisor-healthcheck/adapters/terminal"
)

// demoPatience is how long each single thing that the demo waits for may take.
const demoPatience = 10 * time.Second

// demo shows a listener at work and returns the exit status. The story goes to stdout, and what went wrong to stderr.
// Whatever happens, what it has started and written is gone when it returns. Its services are this program too.
func demo(ctx context.Context, stdout, stderr io.Writer) int {
	if token, port, is := demoRole(); is {
		return serveDemo(ctx, token, port, stderr)
	}
	ctx, stop := signal.NotifyContext(ctx, demoSignals()...)
	defer stop()
	forgetSupervisor()
	if err := playAnywhere(ctx, &demoStory{out: stdout, screen: terminal.Of(stdout, os.Getenv)}); err != nil {
		fmt.Fprintf(stderr, "%s demo: %v\n", self, err)
		return exitTrouble
	}
	return exitOK
}

// demoSignals are those, besides the usual ones, that would end the demo before it has cleaned up: a terminal that is
// closed, unless nohup says that this does not matter, a reader of stdout that has gone, and Ctrl-\.
func demoSignals() []os.Signal {
	signals := []os.Signal{syscall.SIGPIPE, syscall.SIGQUIT}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// forgetSupervisor removes the settings of another listener from the environment that the demo hands on.
func forgetSupervisor() {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "SUPERVISOR_") {
			os.Unsetenv(name)
		}
	}
}

// playAnywhere plays under the supervisord of this machine if there is one that works, and otherwise under the stand-in,
// with other ports if the first ones were taken by somebody else.
func playAnywhere(ctx context.Context, story *demoStory) error {
	const standsIn = "a small stand-in for supervisord that is built into this program takes its place."
	story.begin()
	if path, err := findSupervisord(); err == nil {
		played, err := playUnder(ctx, story, &realSupervisord{path: path})
		if played {
			return err
		}
		story.say("%s cannot be used here: %v. So %s", path, err, standsIn)
	} else {
		story.say("There is no supervisord on the PATH. So %s", standsIn)
	}
	played, err := playUnder(ctx, story, &standIn{})
	if played {
		return err
	}
	story.say("That did not work: %v. It is tried once more.", err)
	_, err = playUnder(ctx, story, &standIn{})
	return err
}

func findSupervisord() (string, error) {
	path, err := exec.LookPath("supervisord")
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// playUnder sets the stage, plays and clears up. Played is false if it could not even begin and was not interrupted.
func playUnder(ctx context.Context, story *demoStory, under demoSupervisor) (played bool, err error) {
	stage, err := newDemoStage()
	if err != nil {
		return false, err
	}
	played, err = story.tell(ctx, stage, under)
	if ctx.Err() != nil {
		played, err = true, fmt.Errorf("it was interrupted: %w", context.Cause(ctx))
	}
	cleared := stage.clear(under, story)
	if played && cleared == nil {
		story.say("Everything is ended, and the temporary folder is removed: nothing is left behind.")
		if err == nil {
			story.next()
		}
	}
	return played, errors.Join(err, cleared)
}
