package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"supervisor-healthcheck/adapters/terminal"
)

// demoStory tells what happens, and shows what the listener writes meanwhile.
type demoStory struct {
	out    io.Writer
	screen terminal.Screen // what out shows; its text is of one width
	stage  *demoStage
}

// say writes a paragraph with the time before it.
func (d *demoStory) say(format string, args ...any) {
	d.show()
	now := time.Now().Format(time.TimeOnly)
	fmt.Fprintf(d.out, "%s  %s\n", now, wrap(fmt.Sprintf(format, args...), len(now)+2))
}

// show shows the new lines of the listener's log, as wide as a terminal is, with the time in the margin.
func (d *demoStory) show() {
	if d.stage == nil {
		return
	}
	for _, text := range d.stage.log.more() {
		margin := strings.Repeat(" ", len(time.TimeOnly))
		if at := demoLine(text).time(); !at.IsZero() {
			margin = at.Local().Format(time.TimeOnly)
			_, text, _ = strings.Cut(text, " ")
		}
		const column = 12
		text = strings.ReplaceAll(wrap(text, column), "\n"+strings.Repeat(" ", column), "\n        |   ")
		fmt.Fprintln(d.out, margin+"| "+d.coloured(text))
	}
}

// coloured gives the level of a line its colour.
func (d *demoStory) coloured(text string) string {
	for level, colour := range map[string]terminal.Colour{"level=ERROR": terminal.Red, "level=WARN": terminal.Yellow, "level=INFO": terminal.Green} {
		if rest, is := strings.CutPrefix(text, level); is {
			return d.screen.Paint(colour, level) + rest
		}
	}
	return text
}

// begin says what will be seen.
func (d *demoStory) begin() {
	d.say("This takes about half a minute. One of two services hangs. A listener holds back at the first failure and restarts the service at the second; in the middle of that the listener is killed, and the service comes back all the same. The listener is this program, called so:")
	line := self
	for _, word := range listenerFlags() {
		between := " "
		if strings.HasPrefix(word, "-") {
			between = "\n"
		}
		line += between + strings.ReplaceAll(word, demoPorts, "'"+demoPorts+"'")
	}
	lines := strings.ReplaceAll(wrap(strings.ReplaceAll(strings.ReplaceAll(line, " ", glue), "\n", " "), 12), "\n", " \\\n")
	fmt.Fprintf(d.out, "\n          %s\n\n", lines)
}

// next says what to do after the demo.
func (d *demoStory) next() {
	d.say("Next: put this beside your [program:web] in supervisord.conf, with its port and path, and run: supervisorctl update")
	fmt.Fprint(d.out, `
          [eventlistener:web_check]
          command=supervisor-healthcheck http -n web_check -g web -u /ping
              -p 8080 -t 5 -r 0 --policy recommended
          events=TICK_5,PROCESS_STATE
          autorestart=true
          stdout_logfile=NONE
          stderr_logfile=/var/log/supervisor/web_check.log

`)
	d.say("With --mode observe as well it only says what it would do.")
}

// tell tells the story of one stage. Begun is false if the services and the listener did not come up.
func (d *demoStory) tell(ctx context.Context, stage *demoStage, under demoSupervisor) (begun bool, err error) {
	d.stage = stage
	if err := under.start(stage); err != nil {
		return false, err
	}
	d.say("Under %s, in the temporary folder %s, the listener is started with two small web services: demo:%s and demo:%s. Each listens on the port in its name. What it writes into its log is shown behind bars.",
		under.title(), stage.dir, stage.services[0].name(), stage.services[1].name())
	if err := d.rise(ctx, under); err != nil {
		return false, err
	}
	return true, d.play(ctx, under)
}

// rise waits until both services answer and the listener has begun.
func (d *demoStory) rise(ctx context.Context, under demoSupervisor) error {
	return d.until(ctx, under, func() error {
		for _, service := range d.stage.services {
			if _, err := service.pid(ctx); err != nil {
				return fmt.Errorf("%s does not answer: %w", service.name(), d.stage.cause(service, err))
			}
		}
		return d.written("started", "")
	})
}

// play makes one of the services hang and waits for what the listener does about it.
func (d *demoStory) play(ctx context.Context, under demoSupervisor) error {
	ill, well := d.stage.services[0], d.stage.services[1]
	before, err := d.pids(ctx)
	if err != nil {
		return err
	}
	d.say("Both services answer: %s has pid %d, %s has pid %d. At each tick, which %s sends every %d seconds, the listener asks each for /ping.",
		ill.name(), before[0], well.name(), before[1], under.name(), under.tick()/time.Second)
	if err := d.until(ctx, under, func() error { return d.written("watching", "") }); err != nil {
		return err
	}
	if err := ill.hang(ctx); err != nil {
		return fmt.Errorf("%s cannot be made to hang: %w", ill.name(), err)
	}
	hung := time.Now()
	d.say("Now %s is made to hang: it runs on, so that %s notices nothing, but it answers no request any more.", ill.name(), under.name())
	if err := d.until(ctx, under, func() error { return d.written("unhealthy", ill.id().String()) }); err != nil {
		return err
	}
	d.say("That is one failure. The listener was told --failures 2, so it holds back: one slow answer is no reason for a restart.")
	if err := d.until(ctx, under, func() error { return d.written("restarting: stop", ill.id().String()) }); err != nil {
		return err
	}
	if err := d.kill(ctx, ill); err != nil {
		return err
	}
	for _, so := range []func() error{d.risen, func() error { return d.written("restarted", ill.id().String()) }, func() error { _, err := d.pids(ctx); return err }} {
		if err := d.until(ctx, under, so); err != nil {
			return err
		}
	}
	return d.conclude(ctx, before, hung)
}

// kill kills the listener while a service is being stopped.
func (d *demoStory) kill(ctx context.Context, ill demoService) error {
	for range 6 { // it has written what it is about to do, and does it
		if err := pause(ctx); err != nil {
			return err
		}
	}
	lives := d.stage.log.lives()
	if len(lives) != 1 || lives[0] <= 1 {
		return fmt.Errorf("the listener cannot be killed: its pids are %v", lives)
	}
	if err := syscall.Kill(lives[0], syscall.SIGKILL); err != nil {
		return fmt.Errorf("the listener, pid %d, cannot be killed: %w", lives[0], err)
	}
	d.say("The second failure: %s is being stopped, which takes it %d seconds. In the middle of that the listener, pid %d, is killed by SIGKILL, before it can start the service again.",
		ill.name(), demoDying/time.Second, lives[0])
	return nil
}

// risen is an error until the next life of the listener has begun.
func (d *demoStory) risen() error {
	if len(d.stage.log.lives()) < 2 {
		return errors.New("the listener has not been started again")
	}
	return nil
}

// conclude says what has happened, by what the services answer and the listener has written.
func (d *demoStory) conclude(ctx context.Context, before []int, hung time.Time) error {
	ill, well := d.stage.services[0], d.stage.services[1]
	after, err := d.pids(ctx)
	if err != nil {
		return err
	}
	stop, _ := d.stage.log.find("restarting: stop", ill.id().String())
	restarted, _ := d.stage.log.find("restarted", ill.id().String())
	switch {
	case after[0] == before[0]:
		return fmt.Errorf("%s was not restarted: its pid is still %d", ill.name(), after[0])
	case after[1] != before[1]:
		return fmt.Errorf("%s was well and was restarted: its pid was %d and is %d", well.name(), before[1], after[1])
	}
	d.say("%s answers again: the next life of the listener has found in its journal what was owed. It hung for %.1f s until the listener stopped it, was down for %.1f s, had pid %d and has pid %d. %s, which was well, still has pid %d.",
		ill.name(), stop.time().Sub(hung).Seconds(), restarted.duration("down_for").Seconds(), before[0], after[0], well.name(), after[1])
	d.say("That was all. Now the demo ends what it has started.")
	return nil
}

func (d *demoStory) pids(ctx context.Context) ([]int, error) {
	var pids []int
	for _, service := range d.stage.services {
		pid, err := service.pid(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s does not answer: %w", service.name(), err)
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// written is an error as long as the listener has not written the message about the process, or about any.
func (d *demoStory) written(message, process string) error {
	if _, found := d.stage.log.find(message, process); found {
		return nil
	}
	about := ""
	if process != "" {
		about = " about " + process
	}
	return fmt.Errorf("the listener has not written %q%s into its log", message, about)
}

// until waits until so returns nil. If that takes too long, its error is what so has said last.
func (d *demoStory) until(ctx context.Context, under demoSupervisor, so func() error) error {
	for deadline := time.Now().Add(demoPatience); ; {
		d.show()
		err := so()
		if err == nil {
			return nil
		}
		select {
		case <-under.ended():
			return errors.New(under.obituary())
		default:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("after %s, %w", demoPatience, err)
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}
