package simulation

import (
	"time"

	"supervisor-healthcheck/domain/engine"
)

// inbox is what was not handed to the engine yet.
type inbox struct {
	numbers engine.Numbers
	inputs  []engine.Input
	busy    bool
	backlog []engine.Input // what supervisord keeps while the listener is down
}

// deliver brings an event to the listener: on every other host sooner than the answers to what has caused it, else later.
func (k *healthcheck) deliver(in engine.Input) {
	if _, tick := in.(engine.Ticked); tick || k.host.number%2 == 0 {
		k.arrive(in)
		return
	}
	k.host.After(20*time.Millisecond, func() { k.arrive(in) })
}

func (k *healthcheck) arrive(in engine.Input) {
	if k.engine != nil {
		k.tell(in)
		return
	}
	k.inbox.backlog = append(k.inbox.backlog, in)
	k.inbox.backlog = k.inbox.backlog[max(0, len(k.inbox.backlog)-bufferSize):]
}

// tell hands an input to the engine and carries out what it wants, and so on with what is answered at once.
func (k *healthcheck) tell(in engine.Input) {
	k.inbox.inputs = append(k.inbox.inputs, in)
	if k.inbox.busy {
		return
	}
	k.inbox.busy = true
	for n := 0; n < len(k.inbox.inputs); n++ {
		for _, c := range k.engine.Handle(k.inbox.inputs[n], k.clock()) {
			k.carry(c)
		}
	}
	clear(k.inbox.inputs)
	k.inbox.inputs, k.inbox.busy = k.inbox.inputs[:0], false
	k.setAlarm()
}

func (k *healthcheck) clock() time.Time { return epoch().Add(k.host.now) }

// setAlarm lets the engine be called when it wants to be.
func (k *healthcheck) setAlarm() {
	next, wanted := k.engine.Next()
	if !wanted {
		return
	}
	at := max(next.Sub(epoch()), k.host.now+time.Millisecond)
	if k.wake > 0 && k.wake <= at {
		return
	}
	k.wake = at
	k.later(at-k.host.now, func() {
		if k.wake == at {
			k.wake = 0
			k.tell(engine.Woke{})
		}
	})
}
