package watchdog

import "supervisor-healthcheck/domain"

// findSquatters says when another process holds the TCP port that the restarted one is expected to listen on, as
// a child does that outlived the stop because stopasgroup is not set. It may be why a start fails, too. A port that
// nobody holds yet is no news.
func (c *carrier) findSquatters() {
	for _, check := range c.checks {
		listening, ok := check.(domain.Listening)
		if !ok {
			continue
		}
		port, known := listening.Port(c.process)
		if !known {
			continue
		}
		holders, err := c.watchdog.world.Owner.Holders(c.probing, port, c.process.PID)
		if err == nil && len(holders) > 0 {
			c.log.Warn("another process holds the TCP port of the restarted one: is stopasgroup=true missing?",
				"port", port, "holder_pid", holders[0].PID, "holder", holders[0].Name)
		}
	}
}
