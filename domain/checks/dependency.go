package checks

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// Dependency is what the processes of a watch cannot work without: another watch, by its name, or who answers at an address.
type Dependency struct {
	Watch string // the name of another watch; empty: it is an address

	place place
	path  string // of an address that is asked by http; empty: it need only accept connections
}

// ReadDependency reads the name of a watch or an address: tcp://HOST:PORT, unix:PATH, http://HOST:PORT/PATH or http://unix:PATH:/PATH.
// What it returns besides is the cure for a bad one.
func ReadDependency(text string) (d Dependency, cure string) {
	const write = "write the name of another section, or an address such as tcp://10.0.0.5:5432, unix:/run/db.sock or http://10.0.0.5:8000/ping"
	scheme, rest, is := strings.Cut(text, "://")
	switch {
	case scheme == "tcp" && is:
		d.place, cure = readAddress(rest)
	case strings.HasPrefix(text, "unix:"):
		d.place, cure = readAddress(text)
	case scheme == "http" && is:
		var at target
		at, cure = readURL(text, "/")
		d.place, d.path = at.place, at.path
		if cure == "" && strings.Contains(d.path, "?") {
			cure = "write it without a query, which the log would show"
		}
	case is || strings.ContainsAny(text, ":/"):
		return d, write
	default:
		d.Watch = text
	}
	return d, cure
}

// Name is how the log calls it: the name of the watch, or the address. What has the same name is the same.
func (d Dependency) Name() string {
	switch {
	case d.Watch != "":
		return d.Watch
	case d.path != "":
		return "http://" + d.place.text(d.path)
	case d.place.socket != "":
		return d.place.text("")
	}
	return "tcp " + d.place.text("")
}

// Build makes what a watch has of it.
func (d Dependency) Build(w World) domain.Dependency {
	if d.Watch != "" {
		return domain.Dependency{Name: d.Watch}
	}
	return domain.Dependency{Name: d.Name(), Check: &addressCheck{Dependency: d, tcp: w.TCP, http: w.HTTP}}
}

// askedFor is how long the answer of a dependency may take.
const askedFor = 5 * time.Second

// addressCheck asks at an address. It judges no process.
type addressCheck struct {
	Dependency
	tcp  ports.TCPProber
	http ports.HTTPProber
}

// Run asks once, and needs no process.
func (c *addressCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	network, address, err := c.place.of(p)
	if err != nil {
		return domain.Unknown.Because("%s", err)
	}

	_, err = patience{timeout: askedFor}.once(ctx, func(ctx context.Context) error { return c.ask(ctx, network, address) })

	switch {
	case ctx.Err() != nil:
		return domain.Unknown.Because("%s", context.Cause(ctx))
	case err == nil:
		return domain.Healthy.Because("it answers")
	case errors.Is(err, domain.ErrProber):
		return domain.Unknown.Because("%s", line(err, domain.Secrets{}))
	}
	return domain.Unhealthy.Because("%s", line(err, domain.Secrets{}))
}

// ask is content with any answer but that the service itself is in trouble: whoever answers 401 or 404 is there.
func (c *addressCheck) ask(ctx context.Context, network, address string) error {
	if c.path == "" {
		_, err := c.tcp.TCP(ctx, domain.Dialogue{Network: network, Address: address})
		return err
	}
	answer, err := c.http.HTTP(ctx, domain.HTTPRequest{Method: "GET", Network: network, Address: address, Path: c.path})
	if err == nil && answer.Status >= 500 {
		return fmt.Errorf("status %d", answer.Status)
	}
	return err
}
