package simulation

import "time"

// Troubled is a Keeper that suffers from what happens to a listener. Others pass unharmed.
type Troubled interface {
	// Killed is a kill -9: the memory of the listener is gone, and what it has on disk is too if lost is true.
	Killed(lost bool)
	// Lost is an event that never comes: Changed is not called for it.
	Lost()
}

// strain is the trouble that goes on between a host and whoever keeps it.
type strain struct {
	away  bool          // supervisord does not answer calls
	mute  bool          // while it is away, it carries out what it does not answer
	deaf  bool          // events are lost
	clock time.Duration // by how much the wall clock was set
}

// troubles draws what happens to the listener of a host: a kill and lost events one in each mean, and more rarely that
// supervisord is away and that the clock is set.
func (h *Host) troubles(c chance, mean time.Duration) {
	for at := range c.arrivals(2*mean, h.world.Length) {
		length, mute := c.spread(10*time.Second, 300*time.Second), c.is(0.5)
		h.At(at, func() {
			h.strain.mute = mute
			h.window(&h.strain.away, length)
		})
	}
	for at := range c.arrivals(mean, h.world.Length) {
		length := c.spread(time.Second, 30*time.Second)
		h.At(at, func() { h.window(&h.strain.deaf, length) })
	}
	for at := range c.arrivals(mean, h.world.Length) {
		lost := c.is(0.2)
		h.At(at, func() { h.trouble(func(k Troubled) { k.Killed(lost) }) })
	}
	for at := range c.arrivals(2*mean, h.world.Length) {
		by := c.spread(time.Second, 2*time.Hour)
		if c.is(0.5) {
			by = -by
		}
		h.At(at, func() { h.strain.clock += by })
	}
}

func (h *Host) window(on *bool, length time.Duration) {
	if *on {
		return
	}
	*on = true
	h.After(length, func() { *on = false })
}

func (h *Host) trouble(f func(Troubled)) {
	if k, ok := h.keeper.(Troubled); ok {
		f(k)
	}
}

// Away reports whether supervisord does not answer calls now, and whether it carries them out all the same.
func (h *Host) Away() (away, mute bool) { return h.strain.away, h.strain.mute }

// Wall is the time by the wall clock of the host, which somebody may set.
func (h *Host) Wall() time.Duration { return h.now + h.strain.clock }
