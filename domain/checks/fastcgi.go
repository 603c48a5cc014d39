package checks

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ domain.Listening = (*fastcgiCheck)(nil)
	_ domain.Addressed = (*fastcgiCheck)(nil)
)

// FastCGI are the settings of the fastcgi check: a page that an application of FastCGI must answer, by default the ping of php-fpm.
type FastCGI struct {
	Host    string        // a name or an IP address, without brackets; default 127.0.0.1
	Port    PortSpec      // required, unless there is a Socket
	Socket  string        // the path of a unix socket to connect to, in place of Host and Port
	Path    string        // of the page; default /ping
	Expect  string        // what must be in its body; default pong
	Timeout time.Duration // of one attempt; 0 is 15 s
	Retries *int          // attempts after the first one failed; nil is 2, new(0) is none
}

// What php-fpm has by default.
const (
	pingPath = "/ping"
	pingPong = "pong"
)

// Table is the settings.
func (f *FastCGI) Table() []domain.Setting {
	timeout, again := attempts(&f.Timeout, &f.Retries, "an answer", "request is repeated")
	return forSections([]domain.Setting{
		row(f, placeForm(f, (*FastCGI).at), domain.Setting{
			Word: "address", Main: true, Value: "HOST:PORT",
			Doc: "where the application listens, such as 127.0.0.1:9000, or unix:/run/php/php-fpm.sock for a unix socket",
		}),
		portRow(&f.Port), timeout, again,
		row(&f.Path, pagePaths(), domain.Setting{
			Word: "path", Value: "PATH", Default: pingPath, Sensitive: true,
			Doc: "the page that is asked for, which is ping.path of a pool of php-fpm",
		}),
		row(&f.Expect, texts(), domain.Setting{
			Word: "expect", Value: "TEXT", Default: pingPong,
			Doc: "what must be in its body, which is ping.response of a pool of php-fpm",
		}),
	})
}

// pagePaths are what follows host and port in URLs.
func pagePaths() form[string] {
	const longest = 1 << 10
	f := texts()
	f.read = func(text string) (string, string) {
		if targetCure(text) != "" || len(text) > longest {
			return "", "write a path that begins with a slash, such as /ping, with blanks percent-encoded"
		}
		return text, ""
	}
	return f
}

// at is what an address sets.
func (f *FastCGI) at() (host *string, port *PortSpec, socket *string) {
	return &f.Host, &f.Port, &f.Socket
}

func (f FastCGI) place() place { return place{host: f.Host, port: f.Port, socket: f.Socket} }

// String names the place.
func (f FastCGI) String() string { return "fastcgi " + cmp.Or(f.place().address(), f.Port.String()) }

// Build makes the check.
func (f FastCGI) Build(w World) (domain.Check, error) {
	f.Path, f.Expect = cmp.Or(f.Path, pingPath), cmp.Or(f.Expect, pingPong)
	patience, err := newPatience(f.Timeout, f.Retries, w.Clock)
	if err := cmp.Or(f.place().invalid(), err); err != nil {
		return nil, err
	}
	if _, cure := pagePaths().read(f.Path); cure != "" {
		return nil, wrong("path", domain.WithoutQuery(f.Path), cure)
	}
	return &fastcgiCheck{prober: w.FastCGI, place: f.place(), patience: patience, path: f.Path, expect: f.Expect, echoes: echoes(f.Path, nil, "")}, nil
}

type fastcgiCheck struct {
	prober       ports.FastCGIProber
	place        place
	patience     patience
	path, expect string
	echoes       domain.Secrets // what an answer may repeat
}

// Name is "fastcgi".
func (c *fastcgiCheck) Name() string { return "fastcgi" }

// Port returns the port that is connected to.
func (c *fastcgiCheck) Port(p domain.Process) (int, bool) { return c.place.listening(p) }

// Addressed reports whether it is known where that is.
func (c *fastcgiCheck) Addressed(p domain.Process) bool { return c.place.known(p) }

// Run asks until an attempt is answered as expected or the retries are used up. A page that the application does not know is a matter
// of its configuration, or of ours, and tells nothing of how it is.
func (c *fastcgiCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	network, address, err := c.place.of(p)
	if err != nil {
		return domain.Unknown.Because("%s", err)
	}

	a, answered, took, err := ask(ctx, c.patience, func(ctx context.Context) (domain.FastCGIAnswer, error) {
		return c.prober.FastCGI(ctx, domain.FastCGIRequest{Network: network, Address: address, Path: c.path})
	}, c.judge)

	what := shown(network, address, domain.WithoutQuery(c.path))
	verdict := judgeProbe(ctx, what, "answered with "+quoted(c.expect), err, domain.Secrets{}, c.echoes)
	if err == nil && a.Status == notFound && ctx.Err() == nil {
		verdict = domain.Unknown.Because("%s: status %d: there is no such page; php-fpm has it where its pool says ping.path = %s", what, a.Status, domain.WithoutQuery(c.path))
	}
	return timed(verdict, answered, took, 0)
}

// notFound is the status of a page that is not there.
const notFound = 404

// judge says what was expected and what was seen, if that differs.
func (c *fastcgiCheck) judge(answer domain.FastCGIAnswer) error {
	switch {
	case answer.Status == notFound:
		return nil // no further attempt brings more
	case answer.Status < 200 || answer.Status > 299:
		return &domain.BadAnswer{Err: fmt.Errorf("status %d: expected one from 200 to 299", answer.Status), Beginning: answer.Body}
	case !strings.Contains(answer.Body, c.expect):
		seen := "nothing"
		if answer.Body != "" {
			seen = quoted(answer.Body, c.echoes)
		}
		return &domain.BadAnswer{Err: fmt.Errorf("expected %s, seen %s", quoted(c.expect), seen), Beginning: answer.Body}
	}
	return nil
}
