package top

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/domain"
)

// World is whom top asks.
type World struct {
	Ask    func(context.Context) (view.Status, error)
	Follow func(ctx context.Context, each func(view.Event) error) error
	Pause  func(ctx context.Context, name string, lasting time.Duration) ([]string, error)
	Resume func(ctx context.Context, name string) ([]string, error)
	Now    func() time.Time
}

// Screen is where top is shown: terminal.Full is one.
type Screen interface {
	Keys() <-chan terminal.Key
	Changed() <-chan struct{}
	Size() (width, height int)
	Draw(lines []string) error
	Forget() // what is on it
	Suspend()
	Guard(func())
}

// period is the time between two questions to the listeners.
const period = time.Second

// Run shows the processes until somebody leaves, the terminal is gone, or ctx is done.
func Run(ctx context.Context, w World, s Screen, c Config) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := runner{world: w, screen: s, model: New(c), answers: make(chan answer), events: make(chan view.Event), done: make(chan outcome)}
	s.Guard(func() { r.follow(ctx) })
	s.Guard(func() { r.ask(ctx) })
	return r.loop(ctx)
}

type runner struct {
	world   World
	screen  Screen
	model   *Model
	answers chan answer
	events  chan view.Event
	done    chan outcome
}

// answer is what the listeners have said.
type answer struct {
	status view.Status
	err    error
}

// outcome is what has become of an order.
type outcome struct {
	text string
	err  error
}

func (r *runner) loop(ctx context.Context) error {
	clock := time.NewTicker(period) // ages grow though nothing is said
	defer clock.Stop()
	for {
		if err := r.draw(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case k, open := <-r.screen.Keys():
			if !open {
				return nil // the terminal is gone
			}
			if r.press(ctx, k) {
				return nil
			}
		case <-r.screen.Changed():
		case <-clock.C:
		case a := <-r.answers:
			r.model.Pass(r.world.Now())
			r.model.Tell(a.status, a.err)
		case e := <-r.events:
			r.model.Happened(e)
		case o := <-r.done:
			r.model.Done(o.text, o.err)
		}
	}
}

func (r *runner) draw() error {
	r.model.Pass(r.world.Now())
	r.model.Resize(r.screen.Size())
	return r.screen.Draw(r.model.Frame())
}

func (r *runner) press(ctx context.Context, k terminal.Key) (ended bool) {
	for _, o := range r.model.Press(k) {
		switch o.Kind {
		case Quit:
			return true
		case Suspend:
			r.screen.Suspend()
		case Redraw:
			r.screen.Forget()
		case Pause, Resume:
			r.screen.Guard(func() { r.order(ctx, o) })
		}
	}
	return false
}

// ask asks again and again; a question that takes long delays the next one and nothing else.
func (r *runner) ask(ctx context.Context) {
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		next.Reset(period)
		status, err := r.world.Ask(ctx)
		if err != nil && ctx.Err() != nil {
			return
		}
		hand(ctx, r.answers, answer{status, err})
	}
}

func (r *runner) follow(ctx context.Context) {
	_ = r.world.Follow(ctx, func(e view.Event) error { // it goes on until ctx is done
		hand(ctx, r.events, e)
		return nil
	})
}

// order carries out an order, and has it said what has become of that.
func (r *runner) order(ctx context.Context, o Order) {
	var names []string
	var err error
	how := "not paused"
	if o.Kind == Pause {
		how = "paused for " + domain.ShortDuration(o.For)
		names, err = r.world.Pause(ctx, o.Name, o.For)
	} else {
		names, err = r.world.Resume(ctx, o.Name)
	}
	if err == nil && len(names) == 0 {
		err = errors.New("no listener looks after " + o.Name)
	}
	hand(ctx, r.done, outcome{fmt.Sprintf("%s: %s", strings.Join(names, ", "), how), err})
	if status, asked := r.world.Ask(ctx); asked == nil {
		hand(ctx, r.answers, answer{status: status}) // so that it is seen at once
	}
}

func hand[T any](ctx context.Context, to chan<- T, what T) {
	select {
	case to <- what:
	case <-ctx.Done():
	}
}
