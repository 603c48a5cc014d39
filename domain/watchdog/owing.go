package watchdog

import "slices"

// complain says why it takes so long, once for every reason and at every start that fails, which is ever more rarely,
// and gives the place back when it will take longer.
func (c *carrier) complain() {
	if c.step.Parked && c.placed {
		c.placed = false
		c.watchdog.leave(c.probing, c.restarting, c.restart.Instance.Group)
	}
	why, failed := c.step.Why, c.restart.Tries > c.told
	if why == "" || slices.Contains(c.complained, why) && !failed {
		return
	}
	if len(c.complained) < 20 {
		c.complained = append(c.complained, why)
	}
	c.log.Error("restart not done yet", "why", why, "phase", c.restart.Phase.String(), "failed_starts", c.restart.Tries,
		"next_try_in", c.step.After.String())
	if failed && c.told == 0 {
		c.findSquatters()
	}
	c.told = c.restart.Tries
}

// account keeps the number of those for whom Listen waits when it ends.
func (c *carrier) account() {
	owing := c.restart.Owes() && !c.step.Parked
	if owing == c.owing {
		return
	}
	c.owing = owing
	w := c.watchdog
	w.mu.Lock()
	defer w.mu.Unlock()
	if owing {
		w.owing++
		return
	}
	w.owing--
	select {
	case w.paid <- struct{}{}:
	default:
	}
}

// promise makes Listen wait for the start that a stop is owed, unless it is ending already. It asks under the lock, so
// that no stop is sent after Listen has seen that nobody owes anything.
func (c *carrier) promise() bool {
	w := c.watchdog
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.probing.Err() != nil {
		return false
	}
	c.owing = true
	w.owing++
	return true
}
