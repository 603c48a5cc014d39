package view

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"supervisor-healthcheck/adapters/web"
)

// lookingAgain is the time between two looks for listeners that are not followed.
const lookingAgain = time.Second

// Follow hands what happens to each, from since on, until ctx is done or each fails. It finds listeners that begin later, and next lives of
// those that end; what has happened before they are found is told then.
func Follow(ctx context.Context, w Where, since time.Time, each func(Event) error) error {
	asked := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	f := follower{since: since, each: each, fail: cancel, active: map[string]bool{}, last: map[string]*mark{}}
	defer f.all.Wait()
	for {
		for _, socket := range w.sockets() {
			f.follow(ctx, socket)
		}
		select {
		case <-ctx.Done():
			if asked.Err() == nil {
				return context.Cause(ctx)
			}
			return nil
		case <-time.After(lookingAgain):
		}
	}
}

// follower follows several listeners at once.
type follower struct {
	since time.Time
	each  func(Event) error
	fail  context.CancelCauseFunc
	all   sync.WaitGroup

	mu     sync.Mutex
	active map[string]bool // by socket
	last   map[string]*mark
}

// mark is how far a listener was followed: the time of its last event, and what was told, the newest last.
type mark struct {
	at    time.Time
	told  map[string]bool
	order []string
}

// remembered is how much that is: more than a stream may be behind what is kept.
const remembered = 1000

func (m *mark) add(at time.Time, text string) (isNew bool) {
	if m.told[text] {
		return false
	}
	m.at, m.told[text], m.order = at, true, append(m.order, text)
	if len(m.order) > remembered {
		delete(m.told, m.order[0])
		m.order = m.order[1:]
	}
	return true
}

// follow follows a listener, unless it is followed already.
func (f *follower) follow(ctx context.Context, socket string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.active[socket] {
		return
	}
	f.active[socket] = true
	f.all.Go(func() {
		_ = web.Follow(ctx, socket, "/v1/events/stream", func() { f.catchUp(ctx, socket) }, func(data []byte) {
			var e Event
			if json.Unmarshal(data, &e) == nil {
				f.tell(socket, e)
			}
		}) // one that cannot be followed now may be at the next look
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.active, socket)
	})
}

// catchUp tells what has happened before the stream began.
func (f *follower) catchUp(ctx context.Context, socket string) {
	f.mu.Lock()
	from := f.since
	if m := f.last[socket]; m != nil {
		from = m.at
	}
	f.mu.Unlock()
	all, _ := eventsOf(ctx, socket, from)
	for _, e := range all {
		f.tell(socket, e)
	}
}

// tell tells an event, unless it was told: what happens while a stream begins comes in both ways.
func (f *follower) tell(socket string, e Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	text, err := json.Marshal(e)
	if f.last[socket] == nil {
		f.last[socket] = &mark{told: map[string]bool{}}
	}
	if err != nil || !f.last[socket].add(e.At, string(text)) {
		return
	}
	if err := f.each(e); err != nil {
		f.fail(err)
	}
}
