package config

import (
	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
)

// Current is the configuration that a listener runs with, and can be read anew. Its methods are called by one goroutine.
type Current struct {
	lookup Lookup
	now    *Config
	seen   stamp  // of the files as they were looked at last
	sum    uint64 // of their contents, as was told last
}

// NewCurrent begins with a configuration.
func NewCurrent(c *Config, lookup Lookup) *Current {
	return &Current{lookup: lookup, now: c, seen: c.files, sum: c.ini.Sum}
}

// Options are those of a listener that can reload.
func (c *Current) Options() app.Options {
	o := c.now.Options()
	o.Reload, o.Changed = c.reload, c.changed
	return o
}

// Processes are those that supervisord makes, as the files say.
func (c *Current) Processes() []domain.ID { return c.now.Processes }

// reload reads the files anew. After an error all is as it was.
func (c *Current) reload() (app.Reloaded, error) {
	next, err := Load(c.now.Path, c.lookup)
	if err != nil {
		c.changed() // that is said by the error
		return app.Reloaded{}, err
	}
	if err := next.Err(); err != nil {
		c.seen, c.sum = next.files, next.ini.Sum
		return app.Reloaded{}, err
	}
	o := next.Options()
	r := app.Reloaded{Watches: o.Watches, Restarts: o.Restarts, From: next.from(c.now), Warnings: o.Warnings, Later: later(next.Listener, c.now.Listener)}
	r.Taken = func() {
		restarts := next.Listener.Restarts
		next.Listener = c.now.Listener // the rest holds from the next start on
		next.Listener.Restarts = restarts
		c.now, c.seen, c.sum = next, next.files, next.ini.Sum
	}
	return r, nil
}

// later are the settings of a listener that have changed and hold from its next start on. Only the restarts at a time hold at once.
func later(next, now app.Options) []string {
	var words []string
	before := now.Table()
	for i, row := range next.Table() {
		if row.Word != "max-restarts" && row.Source == domain.Written && row.Get() != before[i].Get() {
			words = append(words, written(row.Word))
		}
	}
	return words
}

// changed reports whether the files are other than those that were loaded, once for each change.
func (c *Current) changed() bool {
	if !c.seen.moved() {
		return false
	}
	before := look([]string{c.now.Path})
	files, err := ini.Read(c.now.Path, c.lookup)
	if err != nil {
		c.seen = look(c.seen.paths)
		news := c.sum != 0
		c.sum = 0 // that of files that cannot be read
		return news
	}
	c.seen = before.with(files)
	news := files.Sum != c.sum && files.Sum != c.now.ini.Sum
	c.sum = files.Sum
	return news
}
