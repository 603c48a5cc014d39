package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// history is one restart in a world of faults, humans and deaths of its owner.
type history struct {
	*modelled
	restart    transaction
	step       next
	journal    *domain.Restart // what the next life of the owner will know
	supervisor int
	faults     int // how many are yet to come, likewise below
	humans     int
	deaths     int
	refused    bool // we know that the stop was not ours
	disobeyed  bool // and have started it all the same
	hearings   int  // events that have changed what comes next
	loud       bool // what happens is said
	said       []string
}

// TestRandomRestarts plays histories and holds each to what a restart promises.
func TestRandomRestarts(t *testing.T) {
	begin, count := rand.Uint64(), histories
	var turn, stops, restarts, owned, hearings atomic.Int64
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for i := turn.Add(1) - 1; int(i) < count && !t.Failed(); i = turn.Add(1) - 1 {
				h := newHistory(begin + uint64(i))
				h.play()
				if wrong := h.wrong(); wrong != "" {
					again := newHistory(begin + uint64(i))
					again.loud = true
					again.play()
					t.Errorf("%s in the history of seed %d\n%s", wrong, begin+uint64(i), strings.Join(again.said, "\n"))
				}
				stops.Add(number(h.ourStop))
				hearings.Add(int64(h.hearings))
				restarts.Add(number(h.step.outcome == restarted))
				owned.Add(number(h.ourStop && !h.touched))
			}
		})
	}
	workers.Wait()
	if !t.Failed() && min(stops.Load(), restarts.Load(), owned.Load(), hearings.Load()) < int64(count/10) {
		t.Errorf("of %d histories %d saw a stop, %d of them untouched, and %d a restart, by %d events: the model is too tame",
			count, stops.Load(), owned.Load(), restarts.Load(), hearings.Load())
	}
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func newHistory(seed uint64) *history {
	random := rand.New(rand.NewPCG(seed, 1))
	h := &history{modelled: newModelled(random), supervisor: 1}
	h.faults, h.humans, h.deaths = random.IntN(8), random.IntN(4), random.IntN(3)
	if random.IntN(3) == 0 {
		h.humans = 0
	}
	h.listens = random.IntN(2) == 0
	return h
}

func (h *history) play() {
	process := h.look()
	if process.State != domain.Running && process.State != domain.Exited {
		return
	}
	h.judgedPID = process.PID
	h.restart, h.step = begin(process, "check", "ill", h.supervisor, h.now)
	h.restart.eventful, h.restart.starts = h.listens, time.Second
	if !h.restart.StartOnly && h.random.IntN(2) == 0 {
		h.write(h.restart.sending(SendStop)) // an owner may write ahead of the last look
	}
	if h.random.IntN(2) == 0 {
		h.wait(h.span(20)) // it waits for its place
	}
	for n := 0; h.step.act != Finish; n++ {
		if n > 5000 {
			h.note("no end")
			return
		}
		if h.dies() {
			if !h.rise() {
				return
			}
			continue
		}
		h.await()
		h.take()
	}
	h.journal = nil
}

// wrong says which promise was broken.
func (h *history) wrong() string {
	h.pass(2 * time.Hour)
	switch {
	case h.step.act != Finish && h.journal != nil:
		return "the restart did not end"
	case h.wrongLife:
		return "another life than the judged one was stopped"
	case h.againstHuman:
		return "what a human stopped after us was started"
	case h.disobeyed:
		return "what supervisord did not stop for us was started"
	case h.finishedAgain && !h.restart.StartOnly:
		return "a finished one-shot was started"
	case h.restart.StartOnly && h.ourStop:
		return "a stop was sent although there was nothing to stop"
	case h.ourStop && !h.touched && h.down():
		return "the service was lost in " + h.state.String()
	}
	return ""
}

// down reports whether it is neither up nor being started again by supervisord.
func (h *history) down() bool {
	return h.state == domain.Stopped || h.state == domain.Stopping || h.state == domain.Fatal ||
		h.state == domain.Exited && h.oneShot
}

// wait lets time pass in which others act.
func (h *history) wait(d time.Duration) {
	for h.humans > 0 && d > 0 && (d > time.Second || h.random.IntN(4) == 0) && h.random.IntN(2) == 0 {
		h.humans--
		part := time.Duration(h.random.Int64N(int64(d)))
		h.pass(part)
		h.human()
		h.note("a human acts")
		d -= part
	}
	h.pass(d)
}

// await lets the time before the next step pass, unless an event makes another one due before.
func (h *history) await() {
	for left := h.step.after; ; {
		for c, come := h.event(); come; c, come = h.event() {
			t, n, matters := h.restart.told(c, h.now)
			if matters {
				h.restart, h.step = t, n
				h.note("an event tells " + c.To.String())
				h.hearings++
				return
			}
		}
		if left <= 0 {
			return
		}
		part := min(left, 200*time.Millisecond)
		h.wait(part)
		left -= part
	}
}

func (h *history) dies() bool {
	if h.deaths == 0 || h.random.IntN(6) > 0 {
		return false
	}
	h.deaths--
	return true
}

// rise is the next life of the owner, which knows what was in the journal: the exported fields.
func (h *history) rise() bool {
	h.note("the owner dies")
	if h.journal == nil {
		return false
	}
	h.wait(h.span(30))
	if h.random.IntN(20) == 0 { // it died with supervisord, whose next life starts what it should
		h.supervisor, h.touched = h.supervisor+1, true
	}
	h.restart, h.step = resume(*h.journal, h.supervisor)
	h.restart.eventful, h.restart.starts = h.listens, time.Second
	h.note("the owner rises")
	return true
}

func (h *history) write(t transaction) {
	if !t.StartOnly {
		kept := t.Restart
		h.journal = &kept
	}
}

func (h *history) take() {
	h.restart = h.restart.sending(h.step.act)
	switch h.step.act {
	case Look:
		if err := h.fault(); err != nil {
			h.timeout(err)
			h.restart, h.step = h.restart.blind(err)
		} else {
			h.restart, h.step = h.restart.saw(h.asked(), h.now)
		}
	case SendStop:
		h.write(h.restart)
		h.outrun()
		err := h.sendStop()
		if h.dies() {
			h.rise()
			return
		}
		h.refused = h.refused || errors.Is(err, domain.ErrNotRunning)
		h.restart, h.step = h.restart.stopAnswered(err)
		if h.step.act != Finish {
			h.write(h.restart)
		}
	case SendStart:
		h.write(h.restart)
		h.disobeyed = h.disobeyed || h.refused
		err := h.sendStart()
		if h.dies() {
			if !h.rise() {
				h.step = next{act: Finish}
			}
			return
		}
		h.restart, h.step = h.restart.startAnswered(err)
	}
	h.note("then")
}

// outrun is a human who stops the process between the last look and our stop.
func (h *history) outrun() {
	if h.humans > 0 && h.random.IntN(10) == 0 && !h.now.Before(h.hangs) && h.stop() == nil {
		h.humans--
		h.touched = true
		h.note("a human is faster")
	}
}

// fault is an error of the API with nothing carried out, or nil.
func (h *history) fault() error {
	if h.now.Before(h.hangs) {
		return domain.ErrUnreachable
	}
	if h.faults == 0 || h.random.IntN(2) == 0 {
		return nil
	}
	h.faults--
	switch h.random.IntN(5) {
	case 0:
		return domain.ErrShuttingDown
	case 1:
		return domain.ErrUnauthorized
	case 2:
		return notSent()
	case 3:
		h.hangs = h.now.Add(h.span(60))
	}
	return domain.ErrUnreachable
}

// lost reports whether the request may have been carried out although there is no answer.
func lost(err error) bool {
	return errors.Is(err, domain.ErrUnreachable) && !errors.Is(err, domain.ErrNotSent)
}

func (h *history) sendStop() error {
	err := h.fault()
	switch {
	case err == nil:
		return h.carryOutStop(true)
	case lost(err) && h.now.Before(h.hangs):
		h.delayed = h.hangs.Add(h.span(1))
	case lost(err) && h.random.IntN(2) == 0:
		_ = h.carryOutStop(true)
	}
	h.timeout(err)
	return err
}

func (h *history) sendStart() error {
	err := h.fault()
	switch {
	case err == nil:
		h.arrive()
		return h.carryOutStart()
	case lost(err) && !h.now.Before(h.hangs) && h.random.IntN(2) == 0:
		_ = h.carryOutStart()
	}
	h.timeout(err)
	return err
}

// timeout is the time that an answer is waited for in vain.
func (h *history) timeout(err error) {
	if lost(err) {
		h.wait(h.span(5))
	}
}

func (h *history) note(what string) {
	if !h.loud {
		return
	}
	h.said = append(h.said, fmt.Sprintf("%s %-16s %-9s pid %d; %s", h.now.Format("15:04:05.000"), what, h.state, h.pid, written(h.restart, h.step)))
}
