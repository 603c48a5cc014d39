package config

import (
	"context"
	"errors"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// perProcess are the settings of a check that differ from process to process, or of a check with a name of its own.
type perProcess struct {
	name string
	all  []checks.Settings
	of   map[domain.ID]int // the place in all; nil: the first is for every process
}

// Parts are the settings that it is made of.
func (p *perProcess) Parts() []checks.Settings { return p.all }

// Called is its name in verdicts.
func (p *perProcess) Called() string { return p.name }

// Of are the settings for a process; there are none if that was not configured when the files were read.
func (p *perProcess) Of(id domain.ID) (checks.Settings, bool) {
	if p.of == nil {
		return p.all[0], true
	}
	i, ok := p.of[id]
	if !ok {
		return nil, false
	}
	return p.all[i], true
}

// named gives a check its name, where that is not the one of its kind.
func named(c *check, settings checks.Settings) checks.Settings {
	if settings == nil || c.name == c.kind.Name {
		return settings
	}
	return &perProcess{name: c.name, all: []checks.Settings{settings}}
}

// Build makes the checks of all processes.
func (p *perProcess) Build(w checks.World) (domain.Check, error) {
	c := &dispatch{name: p.name, of: p.of, local: true}
	for _, settings := range p.all {
		part, err := settings.Build(w)
		if err != nil {
			return nil, err
		}
		l, ok := part.(domain.Local)
		c.local = c.local && ok && l.Local()
		c.parts = append(c.parts, part)
	}
	return c, nil
}

// dispatch is a check that hands each process to the part that was made for it.
type dispatch struct {
	name  string
	parts []domain.Check
	of    map[domain.ID]int
	local bool
}

var (
	_ domain.Listening = (*dispatch)(nil)
	_ domain.Addressed = (*dispatch)(nil)
	_ domain.Local     = (*dispatch)(nil)
	_ domain.Forgetter = (*dispatch)(nil)
	_ domain.Closing   = (*dispatch)(nil)
)

// Name is the word of the check, and behind a slash its own name.
func (d *dispatch) Name() string { return d.name }

// Local reports whether all parts ask nobody but the kernel.
func (d *dispatch) Local() bool { return d.local }

// Port returns the port on which the process is expected.
func (d *dispatch) Port(p domain.Process) (int, bool) {
	part, ok := d.part(p.ID)
	if !ok {
		return 0, false
	}
	if l, ok := part.(domain.Listening); ok {
		return l.Port(p)
	}
	return 0, false
}

// Addressed reports whether the part of the process can tell the address.
func (d *dispatch) Addressed(p domain.Process) bool {
	part, _ := d.part(p.ID)
	a, ok := part.(domain.Addressed)
	return ok && a.Addressed(p)
}

// Forget has all parts forget.
func (d *dispatch) Forget(alive func(domain.Instance) bool) {
	for _, part := range d.parts {
		if f, ok := part.(domain.Forgetter); ok {
			f.Forget(alive)
		}
	}
}

// Close closes all parts.
func (d *dispatch) Close() {
	for _, part := range d.parts {
		if c, ok := part.(domain.Closing); ok {
			c.Close()
		}
	}
}

// Run judges a process by its part. One that was not configured when the files were read has none.
func (d *dispatch) Run(ctx context.Context, p domain.Process) domain.Verdict {
	part, ok := d.part(p.ID)
	if !ok {
		return domain.Unknown.Because("%s was not configured when the sections were read; \"supervisorctl signal HUP\" and the name of the listener has them read anew", p.ID)
	}
	return part.Run(ctx, p)
}

func (d *dispatch) part(id domain.ID) (domain.Check, bool) {
	if d.of == nil {
		return d.parts[0], true
	}
	i, ok := d.of[id]
	if !ok {
		return nil, false
	}
	return d.parts[i], true
}

func asSetting(err error) (*domain.SettingError, bool) {
	return errors.AsType[*domain.SettingError](err)
}
